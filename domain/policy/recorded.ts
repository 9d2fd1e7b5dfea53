import { z } from 'zod';
import type { DecisionKind } from '../../contracts/call.ts';
import { EVENT_VERSION, type LedgerEvent } from '../../contracts/events.ts';
import type { User } from '../../contracts/run.ts';
import { approvalCounts } from '../approval/approval.ts';
import { ARGUMENTS_PART } from '../audit/decision-context.ts';
import { isShownDigest } from '../audit/event.ts';
import { withoutMarkers } from '../redaction/kinds.ts';
import type { ToolDefinition } from '../tool/definition.ts';
import type { Facts } from '../tool/facts.ts';
import type { PartialRequest, Path } from './partial.ts';
import { policyRequest, type RequestParts } from './request.ts';

/** A decision in the log. */
export type RecordedDecision = Extract<LedgerEvent, { type: 'call.decided' }>;

const Values = z.record(z.string(), z.unknown());
const Names = z.array(z.string());
const Counts = z.record(z.string(), z.number());

/** As much of a decision's event as is decided with again; members of other versions of it are passed over. */
export const RecordedDecisionShape = z.object({
  v: z.literal(EVENT_VERSION),
  id: z.string(),
  at: z.iso.datetime(),
  tenant: z.string(),
  runId: z.string(),
  workflow: z.string(),
  agent: z.string(),
  type: z.literal('call.decided'),
  callId: z.string(),
  tool: z.string(),
  arguments: Values,
  digest: z.string().optional(),
  resource: z.string().optional(),
  decision: z.enum(['allow', 'deny', 'needs_approval']),
  policies: Names,
  policyDigest: z.string(),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })).optional(),
  approvalId: z.string().optional(),
  approverRole: z.string().optional(),
  quorum: z.number().optional(),
  breakGlass: z.looseObject({ grantId: z.string(), incident: z.string() }).optional(),
  context: z
    .object({
      mode: z.enum(['autonomous', 'read_only', 'stopped']),
      user: z.object({ id: z.string(), roles: Names.optional() }),
      resource: Values.optional(),
      facts: Values.optional(),
      users: Names.optional(),
      targets: Names.optional(),
      tenants: Names.optional(),
      hidden: Names.optional(),
      approvals: Counts.optional(),
      history: Counts.optional(),
      scores: z
        .object({ injection: z.number(), sentiment: z.number().optional(), topics: Names.optional() })
        .optional(),
      origins: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

/** What the log says of a call, by the names that policies know; what it does not say is among the names of what is missing. */
export interface RecordedParts {
  readonly user: User;
  /** The resource with as many of its attributes as the log has. */
  readonly resource: Facts['resource'];
  readonly facts: Facts['call'];
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Paths from the request on; nothing of their values is known but that they are not the user's id. */
  readonly unseen: readonly Path[];
  /** Paths of values in which something was redacted. */
  readonly redacted: readonly Path[];
}

/**
 * @returns undefined when policies were not asked, the record was written before it kept what they were asked with, or
 *   something was redacted in the id of the resource: which one it was nothing tells then
 */
export function recordedParts(
  event: Pick<RecordedDecision, 'tenant' | 'context' | 'resource' | 'arguments'>,
): RecordedParts | undefined {
  const { tenant, context, resource } = event;
  if (context === undefined || resource === undefined || isRedacted(resource)) {
    return undefined;
  }
  const user = { id: context.user.id, roles: context.user.roles ?? [] };
  const [type = '', ...id] = resource.split('/');
  const named = { type, id: id.join('/') };
  const idOf = (id: string, names: readonly string[] = []) =>
    namesUnder(ARGUMENTS_PART, names).map((name): [string, string] => [name, id]);
  const given = knownArguments(event.arguments, [
    ...idOf(tenant, context.tenants),
    ...idOf(named.id, context.targets),
    ...idOf(user.id, context.users),
  ]);
  const users = (part: string) =>
    Object.fromEntries(namesUnder(part, context.users ?? []).map((name) => [name, user.id]));
  return {
    user,
    resource: { ...named, attributes: known({ ...context.resource, ...users('resource') }) },
    facts: known({ ...context.facts, ...users('facts') }),
    arguments: given.known,
    unseen: [
      ...given.hidden.map((name): Path => ['context', 'arguments', name]),
      ...namesUnder('facts', context.hidden ?? []).map((name): Path => ['context', 'facts', name]),
      ...namesUnder('resource', context.hidden ?? []).map((name): Path => ['resource', name]),
    ],
    redacted: [
      ...given.redacted.map((name): Path => ['context', 'arguments', name]),
      ...redactedIn(context.facts).map((name): Path => ['context', 'facts', name]),
      ...redactedIn(context.resource).map((name): Path => ['resource', name]),
    ],
  };
}

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
  const { agent, workflow, tenant, context } = event;
  const parts = recordedParts(event);
  if (context === undefined || parts === undefined) {
    return undefined;
  }
  const { mode, history, scores, origins } = context;
  const { user, resource, facts, unseen, redacted } = parts;
  const asked = {
    ...{ agent, workflow, tenant, user, mode, definition, facts: { resource, call: facts } },
    arguments: parts.arguments,
    approvals: { ...approvalCounts(approverRoles, undefined), ...context.approvals },
    breakGlass: event.breakGlass,
    at: event.at,
    // what the schema requires and the record does not hold is unknown to the partial engine
    ...({ history, scores, origins } as Pick<RequestParts, 'history' | 'scores' | 'origins'>),
  };
  const request = policyRequest(asked);
  // a record that says nothing of origins is not one of a call whose values came from nowhere
  const nowhere = 'provenance' in request.context && origins === undefined ? [['context', 'provenance']] : [];
  return { request, hidden: [...unseen, ...redacted, ...nowhere], notTheUser: unseen };
}

/**
 * Arguments that the log has in the clear.
 *
 * @param ids - hidden arguments of which the record says what they are; a hidden one that is not among them is none of these ids
 */
function knownArguments(
  logged: Readonly<Record<string, unknown>>,
  ids: readonly (readonly [name: string, id: string])[],
) {
  const identified = new Map(ids);
  const known: Record<string, unknown> = {};
  const hidden: string[] = [];
  const redacted: string[] = [];
  for (const [name, value] of Object.entries(logged)) {
    const isDigest = isShownDigest(value);
    const found = isDigest ? identified.get(name) : undefined;
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
