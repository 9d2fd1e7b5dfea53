import { statSync } from 'node:fs';
import { decideGoverned, decideRecorded, recordedOutcome } from '../../domain/policy/backtest.ts';
import { requestOf } from '../../domain/policy/case.ts';
import type { Outcome } from '../../domain/policy/changes.ts';
import {
  type Clause,
  type Explanation,
  explain,
  failedClauses,
  type SeenValue,
} from '../../domain/policy/explain.ts';
import type { PartialDecision, PartialRequest } from '../../domain/policy/partial.ts';
import {
  type RecordedDecision,
  recordedRequest,
  refusedOutsidePolicy,
} from '../../domain/policy/recorded.ts';
import { readCase } from '../../infra/policy/cases.ts';
import { apiClient } from '../client.ts';
import type { ConnectionOptions } from '../connection.ts';
import { CommandFailure, EXIT, type ExitCode, usageFailure } from '../failure.ts';
import type { Output } from '../output.ts';
import { facts, printable } from '../render/text.ts';
import { messageOf, type OpenedPolicies, openPolicies } from './project.ts';
import { type PolicySession, rootOf } from './session.ts';

interface ExplainOptions extends ConnectionOptions {
  readonly root?: string;
  readonly tenant: string;
}

/** A call to explain, as far as it is known. */
interface ExplainedCall {
  readonly name: string;
  readonly agent: string;
  readonly workflow: string;
  readonly tool: string;
  readonly resource?: string;
  readonly user?: string;
  /** What was decided when it was made. */
  readonly recorded?: Outcome & { readonly at: string; readonly refusedBy?: string };
  readonly decision: PartialDecision;
  /** Absent when policies are not asked about such a call, or the record has nothing that they were asked with. */
  readonly partial?: PartialRequest;
}

/** Why a call was decided as it was. @throws CommandFailure with exit code 2 when there is no such call */
export async function explainCall(
  session: PolicySession,
  call: string,
  options: ExplainOptions,
): Promise<ExitCode> {
  const policies = openPolicies(rootOf(session, options));
  const isFile = statSync(call, { throwIfNoEntry: false })?.isFile() ?? false;
  const explained = isFile ? caseCall(call, policies) : await recordedCall(session, call, options, policies);
  const { partial, decision, ...about } = explained;
  const explanation =
    partial === undefined
      ? { decision, decidedBy: [], wouldAllow: [] }
      : explain(decision, partial, policies.partial, policies.bundle.policies);
  session.output.show({ call: about, ...explanation }, () => [
    ...headLines(explained),
    ...explanationLines(explanation, policies, session.output),
  ]);
  return EXIT.ok;
}

function caseCall(file: string, policies: OpenedPolicies): ExplainedCall {
  const read = readCase(file);
  if ('problems' in read) {
    throw usageFailure(`${file} is no case: ${read.problems.join('; ')}`);
  }
  const { case: it } = read;
  const { agent, workflow, tool, resource, user } = it;
  try {
    const request = requestOf(it, policies.bundle, policies.findTool);
    return {
      ...{ name: file, agent, workflow, tool, user: user.id, resource: `${resource.type}/${resource.id}` },
      decision: decideGoverned(request, workflow, policies),
      partial: { request, hidden: [], notTheUser: [] },
    };
  } catch (error) {
    throw usageFailure(`${file} cannot be decided: ${messageOf(error as Error)}`);
  }
}

async function recordedCall(
  { connect }: PolicySession,
  call: string,
  options: ExplainOptions,
  policies: OpenedPolicies,
): Promise<ExplainedCall> {
  const [, runId, callId] = /^([^/]+)\/([^/]+)$/.exec(call) ?? [];
  if (runId === undefined || callId === undefined) {
    throw usageFailure(`'${printable(call)}' is neither a file nor <run>/<call>`);
  }
  const { events } = await apiClient(await connect(options)).getEvents(options.tenant, runId);
  // after people were asked, the same call is decided again
  const event = events.findLast(
    (each): each is RecordedDecision => each.type === 'call.decided' && each.callId === callId,
  );
  if (event === undefined) {
    const calls = events.flatMap((each) => (each.type === 'call.decided' ? [each.callId] : []));
    throw new CommandFailure(
      `run ${runId} has decided no call ${callId}, expected one of ${[...new Set(calls)].join(', ') || 'none'}`,
      { code: 'no_such_call', exitCode: EXIT.usage },
    );
  }
  return describedEvent(call, event, policies);
}

function describedEvent(name: string, event: RecordedDecision, policies: OpenedPolicies): ExplainedCall {
  const { agent, workflow, tool, resource, context, at } = event;
  const definition = policies.findTool(tool);
  const partial = definition && recordedRequest(event, definition, policies.bundle.directory.approver_roles);
  const refusedBy = refusedOutsidePolicy(event);
  return {
    ...{ name, agent, workflow, tool },
    ...(resource === undefined ? {} : { resource }),
    ...(context === undefined ? {} : { user: context.user.id }),
    recorded: { ...recordedOutcome(event), at, ...(refusedBy === undefined ? {} : { refusedBy }) },
    decision: decideRecorded(event, policies),
    ...(partial === undefined ? {} : { partial }),
  };
}

function headLines({
  name,
  agent,
  workflow,
  tool,
  resource,
  user,
  recorded,
}: ExplainedCall): readonly string[] {
  const on = resource === undefined ? '' : ` on ${printable(resource)}`;
  const refused =
    recorded?.refusedBy === undefined ? '' : `, refused by ${recorded.refusedBy} and not by policies`;
  return facts([
    ['call', printable(name)],
    ['tool', `${printable(tool)}${on}`],
    ['agent', `${agent} in ${workflow}`],
    ['user', user && printable(user)],
    ['recorded', recorded && `${recorded.at}: ${outcomeText(recorded)}${refused}`],
  ]);
}

function explanationLines(
  { decision, decidedBy, wouldAllow }: Explanation,
  { bundle }: OpenedPolicies,
  { paint }: Output,
): readonly string[] {
  const people = new Map(bundle.policies.map(({ id, annotations }) => [id, annotations]));
  return [
    '',
    paint('bold', outcomeText(decision)),
    ...decidedBy.flatMap(({ id, effect, file, line, text, clauses }) => [
      '',
      `${id} (${file}:${line}) ${decision.kind === 'needs_approval' ? 'would permit it' : `${effect}s it`}`,
      ...text.split('\n').map((each) => paint('dim', `    | ${printable(each)}`)),
      ...clauses.map(
        (clause) => `  ${clause.verdict.padEnd(5)}  ${printable(clause.text)}${wasText(clause)}`,
      ),
    ]),
    ...(wouldAllow.length === 0 ? [] : ['', 'it would have been another decision if']),
    ...wouldAllow.flatMap((policy) => {
      const { approvers, quorum = '1' } = people.get(policy.id) ?? {};
      const asked = approvers === undefined ? '' : `, and ${quorum} ${approvers} approves`;
      return failedClauses(policy).map(
        (clause) => `  ${policy.id}:${policy.line} needs ${printable(clause.text)}${wasText(clause)}${asked}`,
      );
    }),
  ];
}

function outcomeText(decision: PartialDecision | Outcome): string {
  if (decision.kind === 'unknown') {
    return `depends on what the record does not hold: ${decision.needs.map(printable).join(', ')}`;
  }
  const { kind, policies, quorum } = decision;
  const by = policies.length === 0 ? 'no policy permits it' : `by ${printable(policies.join(', '))}`;
  return quorum === undefined
    ? `${kind}, ${by}`
    : `${kind}, ${by} if ${quorum.people} ${quorum.approverRole} approves`;
}

/** `, was 50001`; of several values each with its path. */
function wasText({ saw }: Clause): string {
  const [first] = saw;
  if (first === undefined) {
    return '';
  }
  return saw.length === 1
    ? `, was ${valueText(first)}`
    : `, ${saw.map((value) => `${value.path} was ${valueText(value)}`).join(', ')}`;
}

function valueText({ state, value }: SeenValue): string {
  return state === 'known' ? printable(JSON.stringify(value)) : state;
}
