import {
  phrases,
  type RemainingPolicy,
  toolsByPhrase,
  type WhoCanRow,
  whoCan,
} from '../../domain/policy/who-can.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import type { Output } from '../output.ts';
import { printable } from '../render/text.ts';
import { openPolicies } from './project.ts';
import { type PolicySession, rootOf } from './session.ts';

interface WhoCanOptions {
  readonly root?: string;
}

/** Which agents can do what a phrase says. @throws CommandFailure with exit code 2 when it says nothing that a tool does */
export function answerWhoCan(session: PolicySession, phrase: string, options: WhoCanOptions): ExitCode {
  const { output } = session;
  const { bundle, partial } = openPolicies(rootOf(session, options));
  const tools = NAMESPACES.flatMap((namespace) => namespace.tools);
  const match = toolsByPhrase(phrase, tools);
  if (match.tools.length === 0) {
    throw new CommandFailure(
      `no tool is meant by '${printable(phrase)}', try one of: ${phrases(tools).join(', ')}`,
      { code: 'no_such_tool', exitCode: EXIT.usage },
    );
  }
  const rows = whoCan(match, bundle, (agent, { name, resource }, context) =>
    partial.evaluateOpen({ agent, tool: name, resourceType: resource, context }),
  );
  const can = rows.filter(({ answer }) => answer !== 'never');
  const document = {
    phrase,
    matched: match.tools.map(({ tool, matched }) => ({ tool: tool.name, by: matched })),
    unmatched: match.unmatched,
    answers: rows.map(({ matched: _, ...row }) => row),
  };
  output.show(document, () => [
    ...match.tools.map(({ tool, matched }) => `matched  ${tool.name}  (${matched.join(', ')})`),
    ...(match.unmatched.length === 0 ? [] : [`no tool has  ${match.unmatched.map(printable).join(', ')}`]),
    '',
    ...rows.flatMap((row) => rowLines(row, output)),
  ]);
  return can.length > 0 ? EXIT.ok : EXIT.refused;
}

const STYLES = { always: 'red', when: 'yellow', never: 'dim' } as const;

function rowLines(row: WhoCanRow, { paint }: Output): readonly string[] {
  const { agent, workflow, tool, answer, because, permits, guardrails } = row;
  const head = `${paint(STYLES[answer], answer.padEnd(6))}  ${agent} (${workflow}) by ${tool}`;
  if (because !== undefined) {
    return [`${head}: ${because}`];
  }
  return [
    head,
    ...permits.flatMap((policy) => policyLines(answer === 'always' ? 'by' : 'if', policy)),
    ...guardrails.flatMap((policy) => policyLines('unless', policy)),
  ];
}

function policyLines(word: string, policy: RemainingPolicy): readonly string[] {
  const { id, file, line, conditions, approverRole, quorum } = policy;
  const people = approverRole === undefined ? '' : `, approved by ${quorum} ${approverRole}`;
  const indent = ' '.repeat(8);
  return [
    `${indent}${word} ${id} (${file}:${line})${people}`,
    ...conditions.map(
      (condition, index) => `${indent}     ${index === 0 ? '' : '&& '}${printable(condition)}`,
    ),
  ];
}
