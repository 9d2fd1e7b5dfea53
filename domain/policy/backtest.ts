import type { ToolDefinition } from '../tool/definition.ts';
import type { PolicyBundle } from './bundle.ts';
import { changeBetween, type DecisionChange, type Outcome } from './changes.ts';
import { decide, type PolicyEngine } from './decide.ts';
import { groupsOf } from './groups.ts';
import { decidePartially, type PartialDecision, type PartialEngine, type PartialRequest } from './partial.ts';
import { type RecordedDecision, recordedRequest, refusedOutsidePolicy } from './recorded.ts';
import type { PolicyRequest } from './request.ts';

/** Policies that calls are decided with again. */
export interface Judge {
  readonly bundle: Pick<PolicyBundle, 'directory' | 'envelopes' | 'policies'>;
  readonly engine: PolicyEngine;
  readonly partial: PartialEngine;
  readonly findTool: (name: string) => ToolDefinition | undefined;
}

/** Envelopes decide before policies do; this stands where the ids of policies stand. */
export const BY_ENVELOPE = 'envelope';

/** `cannot_tell` names what the record would have to hold; `outside_policy` was refused by something else, named by its code. */
export type Redecided =
  | { readonly status: 'same' }
  | { readonly status: 'changed'; readonly change: DecisionChange }
  | { readonly status: 'cannot_tell'; readonly needs: readonly string[] }
  | { readonly status: 'outside_policy'; readonly code: string };

/** A recorded decision beside what the same call would come to now. */
export function redecide(event: RecordedDecision, judge: Judge): Redecided {
  const code = refusedOutsidePolicy(event);
  const isAllowed = isInEnvelope(event, judge.bundle);
  if (code !== undefined) {
    return isAllowed && ENVELOPE_CODES.includes(code)
      ? { status: 'cannot_tell', needs: ['everything: the call was refused before policies were asked'] }
      : { status: 'outside_policy', code };
  }
  return compared(recordedOutcome(event), decideRecorded(event, judge));
}

/** Codes of refusals by the envelope alone. */
export const ENVELOPE_CODES = ['tool_not_in_envelope', 'no_envelope'];

/** The same recorded call under two sets of policies. */
export function compareRecorded(event: RecordedDecision, before: Judge, after: Judge): Redecided {
  const code = refusedOutsidePolicy(event);
  if (code === undefined && isReachedByTheSame(event, before, after)) {
    return { status: 'same' };
  }
  const [from, to] = [decideRecorded(event, before), decideRecorded(event, after)];
  if (code !== undefined && !(ENVELOPE_CODES.includes(code) && to.kind !== 'deny')) {
    return { status: 'outside_policy', code };
  }
  if (from.kind === 'unknown') {
    return { status: 'cannot_tell', needs: from.needs };
  }
  return compared(from, to);
}

/** The same policies decide the same, whatever is hidden. */
function isReachedByTheSame(event: RecordedDecision, before: Judge, after: Judge): boolean {
  const definition = after.findTool(event.tool);
  const actions = [event.tool, ...(definition === undefined ? [] : groupsOf(definition))];
  const reaching = ({ bundle }: Judge) =>
    bundle.policies
      .filter(
        ({ scope }) =>
          (scope.principal ?? event.agent) === event.agent &&
          (scope.actions?.some((action) => actions.includes(action)) ?? true),
      )
      .map(({ id, text }) => [id, text]);
  return (
    isInEnvelope(event, before.bundle) === isInEnvelope(event, after.bundle) &&
    JSON.stringify(reaching(before)) === JSON.stringify(reaching(after))
  );
}

function compared(from: Outcome, to: PartialDecision): Redecided {
  if (to.kind === 'unknown') {
    return { status: 'cannot_tell', needs: to.needs };
  }
  const change = changeBetween(from, to);
  return change === undefined ? { status: 'same' } : { status: 'changed', change };
}

export function recordedOutcome({ decision, policies, quorum, approverRole }: RecordedDecision): Outcome {
  return {
    kind: decision,
    policies,
    ...(quorum === undefined || approverRole === undefined
      ? {}
      : { quorum: { people: quorum, approverRole } }),
  };
}

/** What a recorded call comes to under these policies, as far as the record says what they would be asked with. */
export function decideRecorded(event: RecordedDecision, judge: Judge): PartialDecision {
  const { bundle, findTool, partial } = judge;
  if (!isInEnvelope(event, bundle)) {
    return { kind: 'deny', policies: [BY_ENVELOPE] };
  }
  const definition = findTool(event.tool);
  if (definition === undefined) {
    return { kind: 'unknown', needs: [`tool '${event.tool}', which is not registered any more`] };
  }
  const recorded = recordedRequest(event, definition, bundle.directory.approver_roles);
  if (recorded === undefined) {
    return { kind: 'unknown', needs: ['context, which the record does not have'] };
  }
  return wholeOutcome(recorded, judge) ?? decidePartially(partial, recorded);
}

/** @returns undefined when something is hidden of what the call was decided with, or nothing is decided */
export function wholeOutcome(
  { request, hidden }: PartialRequest,
  judge: Pick<Judge, 'engine'>,
): Outcome | undefined {
  return hidden.length === 0 ? decideKnown(request, judge) : undefined;
}

/** What a request comes to that nothing is hidden of. */
export function decideGoverned(
  request: PolicyRequest,
  workflow: string,
  judge: Pick<Judge, 'bundle' | 'engine'>,
): Outcome {
  const isAllowed = isInEnvelope({ workflow, tool: request.action.id }, judge.bundle);
  return isAllowed
    ? (decideKnown(request, judge) ?? { kind: 'undecided', policies: [] })
    : { kind: 'deny', policies: [BY_ENVELOPE] };
}

/** @returns undefined when nothing is decided: a policy fails, or the request does not fit the schema of today */
function decideKnown(request: PolicyRequest, { engine }: Pick<Judge, 'engine'>): Outcome | undefined {
  try {
    const { kind, policies, quorum } = decide(engine, request);
    return { kind, policies, ...(quorum === undefined ? {} : { quorum }) };
  } catch {
    return undefined;
  }
}

export function isInEnvelope(
  { workflow, tool }: Pick<RecordedDecision, 'workflow' | 'tool'>,
  { envelopes }: Judge['bundle'],
): boolean {
  return envelopes[workflow]?.permissions.allowed_tools.includes(tool) ?? false;
}
