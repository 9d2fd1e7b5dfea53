import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DEFAULT_TENANT } from '../../contracts/api.ts';
import type { BreakGlassVerdict, BreakGlassView } from '../../contracts/break-glass.ts';
import type { EventBody } from '../../contracts/events.ts';
import type { IdentityDirectory } from '../../domain/approval/directory.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import {
  CONFIRM_WITHIN_SECONDS,
  type Grant,
  hasGiven,
  MAXIMUM_MINUTES,
  roleRefusal,
  verdictRefusal,
  withVerdict,
} from '../../domain/break-glass/grant.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, secondsAfter, timestamp } from '../../domain/time.ts';
import { PRIVILEGED_TIER, type ToolDefinition } from '../../domain/tool/definition.ts';
import {
  closeGrant,
  confirmGrant,
  type GrantRecord,
  grantsOf,
  grantView,
  putGrant,
  readGrant,
} from '../adapters/break-glass.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, parsedBody, Tenant } from './http.ts';

const MAXIMUM_TEXT_LENGTH = 1000;
const MAXIMUM_TOOLS = 50;

const OpenShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  clientToken: z.string().min(1).max(128).optional(),
  workflow: z.string().min(1),
  incident: z
    .string()
    .regex(/^[A-Za-z0-9][\w.:/#-]{0,127}$/, 'expected the id of an incident, such as INC-1234'),
  reason: z.string().trim().min(1, 'expected why it is needed, for the record').max(MAXIMUM_TEXT_LENGTH),
  minutes: z.int().min(1).max(MAXIMUM_MINUTES),
  tools: z.array(z.string()).min(1).max(MAXIMUM_TOOLS).optional(),
});

const VerdictShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  verdict: z.enum(['confirm', 'reject', 'end']),
  note: z.string().min(1).max(MAXIMUM_TEXT_LENGTH).optional(),
});

export interface BreakGlassDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: Pick<PolicyBundle, 'directory' | 'envelopes'>;
  readonly directory: IdentityDirectory;
  readonly findTool: (name: string) => ToolDefinition | undefined;
  readonly clock: Clock;
  readonly randomId: () => string;
}

/** Requests that wait for a second person, and grants that are active. */
export async function listBreakGlass(
  tenant: string,
  { client, clock }: Pick<BreakGlassDependencies, 'client' | 'clock'>,
): Promise<BreakGlassView[]> {
  const now = timestamp(clock);
  return (await grantsOf(client, tenant))
    .map((grant) => grantView(grant, now))
    .filter(({ state }) => state === 'requested' || state === 'active')
    .sort((left, right) => (left.openedAt < right.openedAt ? -1 : 1));
}

/**
 * Asks for privileged access. Nothing is open until a second person confirms.
 *
 * @throws ApiFailure 400 bad body, 403 the caller may not, 404 unknown workflow, 409 client token used for something else
 */
export async function openBreakGlass(
  body: string,
  caller: string | undefined,
  dependencies: BreakGlassDependencies,
): Promise<BreakGlassView> {
  const { client, bundle, directory, clock, randomId } = dependencies;
  const person = await knownCaller(directory, caller);
  const missing = roleRefusal(person, bundle.directory.break_glass_roles);
  if (missing !== undefined) {
    throw new ApiFailure(403, missing.code, missing.message);
  }
  const { clientToken, tools: named, ...request } = parsedBody(OpenShape, body);
  const [reason, incident] = [request.reason, request.incident].map((text) => redactText(text).value);
  const asked = { ...request, reason: reason ?? '', incident: incident ?? '' };
  const { tenant, workflow } = asked;
  const envelope = envelopeOf(workflow, bundle);
  const tools = privilegedTools(named, envelope, dependencies);
  const openedBy = person.id;
  const unique = digestOf(clientToken === undefined ? randomId() : { tenant, openedBy, clientToken });
  const openedAt = timestamp(clock);
  const grant: GrantRecord = {
    ...asked,
    grantId: `${GRANT_PREFIX}${unique.slice(0, GRANT_ID_DIGITS)}`,
    agent: envelope.agent,
    tools,
    state: 'requested',
    openedBy,
    openedAt,
    confirmBefore: secondsAfter(openedAt, CONFIRM_WITHIN_SECONDS),
    requestDigest: digestOf({ ...asked, tools }),
  };
  return grantView(await recordOnce(grant, client), openedAt);
}

/** Begins the id of every grant, and of nothing else. */
export const GRANT_PREFIX = 'bg-';
const GRANT_ID_DIGITS = 20;

function envelopeOf(workflow: string, { envelopes }: BreakGlassDependencies['bundle']): Envelope {
  const envelope = Object.hasOwn(envelopes, workflow) ? envelopes[workflow] : undefined;
  if (envelope === undefined) {
    const known = Object.keys(envelopes).join(', ');
    const message = `workflow '${workflow}' does not exist, expected one of ${known}`;
    throw new ApiFailure(404, 'unknown_workflow', message);
  }
  return envelope;
}

/**
 * The tools that a grant opens, spelled out, so that who confirms sees them all, and one that is deployed later is not
 * among them.
 */
function privilegedTools(
  named: readonly string[] | undefined,
  { workflow, permissions }: Envelope,
  { findTool }: BreakGlassDependencies,
): string[] {
  const privileged = permissions.allowed_tools.filter((name) => findTool(name)?.tier === PRIVILEGED_TIER);
  if (privileged.length === 0) {
    const message = `the envelope of '${workflow}' allows no tool of tier ${PRIVILEGED_TIER}, its tools need no break-glass`;
    throw new ApiFailure(400, 'nothing_to_open', message, [{ field: 'workflow', message }]);
  }
  const fields = (named ?? [])
    .filter((name) => !privileged.includes(name))
    .map((name) => ({ field: 'tools', message: `'${name}', expected one of ${privileged.join(', ')}` }));
  if (fields.length > 0) {
    throw new ApiFailure(
      400,
      'invalid_request',
      'break-glass opens tools of tier 4 of the envelope only',
      fields,
    );
  }
  return [...new Set(named ?? privileged)].sort();
}

/** In one transaction: the request and its event. With one client token there is one request. */
async function recordOnce(grant: GrantRecord, client: DynamoDBDocumentClient): Promise<GrantRecord> {
  const { incident, reason, tools, minutes, openedBy: by, confirmBefore } = grant;
  const body = { type: 'break_glass.opened', incident, reason, tools, minutes, by, confirmBefore } as const;
  try {
    await transact(client, { grant: putGrant(grant), event: event(grant, 'opened', grant.openedAt, body) });
    return grant;
  } catch (error) {
    const existing = error instanceof ConditionsFailed ? await readGrant(client, grant) : undefined;
    if (existing === undefined) {
      throw error;
    }
    if (existing.requestDigest !== grant.requestDigest) {
      const message = `the client token was used for another request (${grant.grantId}), send a new token`;
      throw new ApiFailure(409, 'client_token_reused', message);
    }
    return existing;
  }
}

/** Refusals that say who may not; the others say that it is too early or too late. */
const FORBIDDEN = ['missing_role', 'own_request'];

/** Each round somebody has decided, and a grant is decided twice at most. */
const RECORDING_TRIES = 4;

/**
 * Records one person's verdict. The same verdict by the same person again changes nothing and answers the same.
 *
 * @throws ApiFailure 400 bad body, 403 the caller may not, 404 unknown grant, 409 nothing to decide
 */
export async function decideBreakGlass(
  grantId: string,
  body: string,
  caller: string | undefined,
  {
    client,
    bundle,
    directory,
    clock,
  }: Pick<BreakGlassDependencies, 'client' | 'bundle' | 'directory' | 'clock'>,
): Promise<BreakGlassView> {
  const { tenant, verdict, note } = parsedBody(VerdictShape, body);
  const said = note === undefined ? undefined : redactText(note).value;
  const { id: by, ...person } = await knownCaller(directory, caller);
  for (let attempt = 1; ; attempt += 1) {
    const grant = await readGrant(client, { tenant, grantId });
    if (grant === undefined) {
      throw new ApiFailure(404, 'unknown_grant', `tenant '${tenant}' has no break-glass grant '${grantId}'`);
    }
    const at = timestamp(clock);
    if (hasGiven(grant, by, verdict)) {
      return grantView(grant, at);
    }
    const { break_glass_roles } = bundle.directory;
    const refusal = verdictRefusal(grant, { id: by, ...person }, verdict, break_glass_roles, at);
    if (refusal !== undefined) {
      throw new ApiFailure(FORBIDDEN.includes(refusal.code) ? 403 : 409, refusal.code, refusal.message);
    }
    const decided = withVerdict(grant, by, verdict, at);
    try {
      await transact(client, {
        grant: verdict === 'confirm' ? confirmGrant(decided) : closeGrant(decided),
        event: event(decided, EVENT_NAMES[verdict], at, bodyOf(decided, by, verdict, said)),
      });
      return grantView(decided, at);
    } catch (error) {
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
    }
  }
}

const EVENT_NAMES = { confirm: 'confirmed', reject: 'rejected', end: 'ended' } as const;

function bodyOf(
  { expiresAt = '' }: Grant,
  by: string,
  verdict: BreakGlassVerdict,
  note: string | undefined,
): EventBody {
  const said = { by, ...(note === undefined ? {} : { note }) };
  return verdict === 'confirm'
    ? { type: 'break_glass.confirmed', ...said, expiresAt }
    : { type: `break_glass.${EVENT_NAMES[verdict]}`, ...said };
}

/** Grants have a stream of events of their own, in which their id stands for a run's. */
function event({ tenant, grantId, workflow, agent }: Grant, name: string, at: string, body: EventBody) {
  return appendEvent(
    ledgerEvent({ tenant, runId: grantId, workflow, agent }, `break-glass/${name}`, at, body),
  );
}
