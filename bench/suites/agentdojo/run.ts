import { parseProposal } from '../../../domain/call/proposal.ts';
import { contextScores, NOTHING_FOUND } from '../../../domain/detector/detector.ts';
import { countersOf } from '../../../domain/history/counters.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { type Decision, decide } from '../../../domain/policy/decide.ts';
import { policyRequest } from '../../../domain/policy/request.ts';
import { type NamesSeen, originsOf, seenInOutput, seenInPrompt } from '../../../domain/provenance/origin.ts';
import type { ToolNamespace } from '../../../domain/tool/definition.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { AGENT, suiteBundle } from './bundle.ts';
import type { SuiteCall, SuiteFile } from './data.ts';
import { suiteFacts } from './facts.ts';
import { suiteNamespace } from './tools.ts';

/** A run of the assistant for one person, as far as decisions go: what was said, answered and done so far. */
export interface SuiteRun {
  /** Asks as authorize does, and counts the call if it is allowed. */
  readonly decide: (call: SuiteCall) => Decision;
  /** What a call answered, to whoever proposes the next. */
  readonly hear: (call: SuiteCall, output: unknown) => void;
}

/** @returns begins a run with what the person asks for */
export function suiteRuns(suite: string, file: SuiteFile): (prompt: string) => SuiteRun {
  const namespace = suiteNamespace(suite, file);
  const bundle = suiteBundle(namespace);
  const engine = cedarEngine(bundle);
  const factsOf = suiteFacts(file);
  const toolOf = new Map(file.tools.map((tool) => [`${suite}.${tool.name}`, tool]));
  return (prompt) => {
    const key = 'of one run';
    const seen: NamesSeen[] = [seenInPrompt(prompt, key)];
    const history = new Map(Object.keys(bundle.history).map((counter) => [counter, 0]));
    return {
      decide({ tool, args }) {
        const proposal = { tool: `${suite}.${tool}`, arguments: withoutNulls(args) };
        const parsed = parseProposal(proposal, findIn(namespace));
        const known = toolOf.get(proposal.tool);
        if (!parsed.ok || known === undefined) {
          return { kind: 'deny', policies: [], reasons: parsed.ok ? [] : parsed.reasons };
        }
        const { definition } = parsed;
        const facts = factsOf(known, parsed.proposal.arguments);
        const decision = decide(
          engine,
          policyRequest({
            ...{ agent: AGENT, workflow: AGENT, tenant: suite, user: { id: 'owner', roles: [] } },
            ...{ mode: 'autonomous', definition, arguments: parsed.proposal.arguments, facts },
            approvals: approvalsOf(bundle),
            at: '2026-01-31T12:00:00.000Z',
            history: Object.fromEntries(history),
            scores: contextScores(NOTHING_FOUND),
            origins: originsOf(
              ...([
                definition,
                parsed.proposal.arguments,
                facts.resource,
                seen,
                key,
                findIn(namespace),
              ] as const),
            ),
          }),
        );
        if (decision.kind === 'allow') {
          for (const counter of countersOf(bundle.history, definition, 'allowed')) {
            history.set(counter, (history.get(counter) ?? 0) + 1);
          }
        }
        return decision;
      },
      hear({ tool, args }, output) {
        const definition = findIn(namespace)(`${suite}.${tool}`);
        if (definition !== undefined && output !== undefined) {
          seen.push(seenInOutput(definition, args, output, key));
        }
      },
    };
  };
}

function findIn({ tools }: ToolNamespace) {
  return (name: string) => tools.find((tool) => tool.name === name);
}

function approvalsOf({ directory }: PolicyBundle): Record<string, number> {
  return Object.fromEntries(directory.approver_roles.map((role) => [role, 0]));
}

/** The suites write null for what is not given. */
function withoutNulls(parameters: SuiteCall['args']): SuiteCall['args'] {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
}
