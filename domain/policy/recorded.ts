import type { DecisionKind } from '../../contracts/call.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { approvalCounts } from '../approval/approval.ts';
import { shownDigest } from '../audit/event.ts';
import { withoutMarkers } from '../redaction/kinds.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { PartialRequest, Path } from './partial.ts';
import { policyRequest, type RequestParts } from './request.ts';

/** A decision in the log. */
export type RecordedDecision = Extract<LedgerEvent, { type: 'call.decided' }>;

const DIGEST = /^sha256:[0-9a-f]{16}$/;

/**
 * What policies were asked about a recorded call, as far as the log says it.
 *
 * @param approverRoles - of the policies that are asked now
 * @returns undefined when policies were not asked, or the record was written before it kept what they were asked with
 */
export function recordedRequest(
  event: RecordedDecision,
  definition: ToolDefinition,
  approverRoles: readonly string[],
): PartialRequest | undefined {
  const { agent, workflow, tenant, context, resource } = event;
  if (context === undefined || resource === undefined) {
    return undefined;
  }
  const { mode, history, scores, origins } = context;
  const user = { id: context.user.id, roles: context.user.roles ?? [] };
  const [type = '', ...id] = resource.split('/');
  const named = { type, id: id.join('/') };
  const given = knownArguments(event.arguments, [user.id, named.id, tenant]);
  const users = (part: string) =>
    namesUnder(part, context.users ?? []).map((name) => [name, user.id] as const);
  const facts = {
    resource: {
      ...named,
      attributes: known({ ...context.resource, ...Object.fromEntries(users('resource')) }),
    },
    call: known({ ...context.facts, ...Object.fromEntries(users('facts')) }),
  };
  const asked = {
    ...{ agent, workflow, tenant, user, mode, definition, facts },
    arguments: given.known,
    approvals: { ...approvalCounts(approverRoles, undefined), ...context.approvals },
    breakGlass: event.breakGlass,
    at: event.at,
    // what the schema requires and the record does not hold is unknown to the partial engine
    ...({ history, scores, origins } as Pick<RequestParts, 'history' | 'scores' | 'origins'>),
  };
  const request = policyRequest(asked);
  const unseen = [
    ...given.hidden.map((name): Path => ['context', 'arguments', name]),
    ...namesUnder('facts', context.hidden ?? []).map((name): Path => ['context', 'facts', name]),
    ...namesUnder('resource', context.hidden ?? []).map((name): Path => ['resource', name]),
  ];
  const redacted = [
    ...given.redacted.map((name): Path => ['context', 'arguments', name]),
    ...redactedIn(context.facts).map((name): Path => ['context', 'facts', name]),
    ...redactedIn(context.resource).map((name): Path => ['resource', name]),
    // a record that says nothing of origins is not one of a call whose values came from nowhere
    ...('provenance' in request.context && origins === undefined ? [['context', 'provenance']] : []),
  ];
  return { request, hidden: [...unseen, ...redacted], notTheUser: unseen };
}

/**
 * Arguments that the log has in the clear. A digest is that of one of the candidates, or of something else than all of them.
 */
function knownArguments(logged: Readonly<Record<string, unknown>>, candidates: readonly string[]) {
  const known: Record<string, unknown> = {};
  const hidden: string[] = [];
  const redacted: string[] = [];
  for (const [name, value] of Object.entries(logged)) {
    const isDigest = typeof value === 'string' && DIGEST.test(value);
    const found = isDigest ? candidates.find((each) => shownDigest(each) === value) : undefined;
    if (found !== undefined) {
      known[name] = found;
    } else if (isDigest) {
      hidden.push(name);
    } else if (isRedacted(value)) {
      redacted.push(name);
    } else {
      known[name] = value;
    }
  }
  return { known, hidden, redacted };
}

function known(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isRedacted(value)));
}

function redactedIn(values: Readonly<Record<string, unknown>> = {}): string[] {
  return Object.keys(values).filter((name) => isRedacted(values[name]));
}

/** Something in it was replaced before it was recorded. */
function isRedacted(value: unknown): boolean {
  const text = JSON.stringify(value) ?? '';
  return withoutMarkers(text) !== text;
}

function namesUnder(part: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(`${part}.`)).map((name) => name.slice(part.length + 1));
}

/** Codes of refusals that policies have made; all others were made before they were asked, or after. */
const POLICY_REASONS: readonly string[] = ['forbidden', 'no_permit'];

/** Why the call was refused, when policies did not; undefined when they decided. */
export function refusedOutsidePolicy({ decision, reasons = [] }: RecordedDecision): string | undefined {
  return (decision satisfies DecisionKind) === 'deny'
    ? reasons.find(({ code }) => !POLICY_REASONS.includes(code))?.code
    : undefined;
}
