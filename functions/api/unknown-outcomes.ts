import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { DEFAULT_TENANT } from '../../contracts/api.ts';
import type { RunRef } from '../../contracts/call.ts';
import type {
  SettledOutcomeView,
  SettlementRecord,
  UnknownOutcomeView,
} from '../../contracts/unknown-outcomes.ts';
import type { IdentityDirectory } from '../../domain/approval/directory.ts';
import { ledgerEvent, loggedArguments } from '../../domain/audit/event.ts';
import { idempotencyKeyOf } from '../../domain/call/governed-call.ts';
import { settlementRefusal } from '../../domain/call/settlement.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { redactText } from '../../domain/redaction/redact.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent, eventAt } from '../adapters/events.ts';
import { readWarrant, settleByPerson, type UnknownWarrant, unknownWarrants } from '../adapters/warrants.ts';
import { knownCaller } from './caller.ts';
import { ApiFailure, parsedBody, Tenant } from './http.ts';

const MAXIMUM_TEXT_LENGTH = 1000;

const SettleShape = z.strictObject({
  tenant: Tenant.default(DEFAULT_TENANT),
  happened: z.boolean(),
  note: z.string().trim().min(1, 'expected how it was found out, for the record').max(MAXIMUM_TEXT_LENGTH),
  evidence: z.string().trim().min(1).max(MAXIMUM_TEXT_LENGTH).optional(),
});

export interface OutcomeDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: Pick<PolicyBundle, 'envelopes'>;
  readonly directory: IdentityDirectory;
  readonly findTool: (name: string) => ToolDefinition | undefined;
  readonly clock: Clock;
}

/** Calls of a tenant of which nobody knows whether they happened, the oldest first. */
export async function listUnknownOutcomes(
  tenant: string,
  dependencies: OutcomeDependencies,
): Promise<UnknownOutcomeView[]> {
  const unknown = await unknownWarrants(dependencies.client, tenant);
  return Promise.all(unknown.map((warrant) => outcomeView(warrant, dependencies)));
}

async function outcomeView(
  warrant: UnknownWarrant,
  { client, bundle, findTool }: OutcomeDependencies,
): Promise<UnknownOutcomeView> {
  const { tenant, runId, callId, workflow, agent, user, proposal, resource, outcome, unknownSince } = warrant;
  const definition = findTool(proposal.tool);
  // settling wrote both in one transaction, at one instant
  const executed = await eventAt(client, warrant, { at: unknownSince, id: `${callId}/executed` });
  return {
    ...{ tenant, runId, callId, workflow, agent, user, unknownSince },
    tool: proposal.tool,
    arguments: loggedArguments(definition, proposal.arguments, warrant),
    resource: `${resource.type}/${resource.id}`,
    effects: executed?.type === 'call.executed' ? executed.effects : [],
    ...(outcome?.error === undefined ? {} : { error: outcome.error }),
    ...(definition?.idempotency === undefined ? {} : { idempotency: definition.idempotency }),
    idempotencyKey: idempotencyKeyOf(warrant.digest),
    attempts: warrant.attempt ?? 0,
    costMicroDollars: outcome?.costMicroDollars ?? warrant.holdMicroDollars,
    reviewerRole: bundle.envelopes[workflow]?.reviewer_role ?? NO_ROLE,
  };
}

/** Of a workflow that is deployed no more: nobody can settle its calls until it is again. */
const NO_ROLE = '(none)';

/** Refusals that say who may not; the others say that there is nothing to settle. */
const FORBIDDEN = ['missing_role', 'own_request'];

const RECORDING_TRIES = 3;

/**
 * Records what a person has found out about a call whose outcome is unknown, once. The same by the same person again
 * changes nothing and answers the same. The run's money stays as it is: an unknown call was charged in full.
 *
 * @throws ApiFailure 400 bad body, 403 the caller may not, 404 unknown call, 409 nothing to settle
 */
export async function settleOutcome(
  call: { readonly runId: string; readonly callId: string },
  body: string,
  caller: string | undefined,
  {
    client,
    bundle,
    directory,
    clock,
  }: Pick<OutcomeDependencies, 'client' | 'bundle' | 'directory' | 'clock'>,
): Promise<SettledOutcomeView> {
  const { tenant, happened, ...told } = parsedBody(SettleShape, body);
  const note = redactText(told.note).value;
  const evidence = told.evidence === undefined ? undefined : redactText(told.evidence).value;
  const person = await knownCaller(directory, caller);
  for (let attempt = 1; ; attempt += 1) {
    const warrant = await existingWarrant(client, { tenant, ...call });
    if (warrant.settled?.by === person.id && warrant.settled.happened === happened) {
      return settledView(warrant, warrant.settled);
    }
    const refusal = settlementRefusal(warrant, person, reviewerRoleOf(warrant, bundle));
    if (refusal !== undefined) {
      throw new ApiFailure(FORBIDDEN.includes(refusal.code) ? 403 : 409, refusal.code, refusal.message);
    }
    const at = timestamp(clock);
    const found = { happened, by: person.id, note, ...(evidence === undefined ? {} : { evidence }) };
    const { callId, proposal } = warrant;
    try {
      await transact(client, {
        warrant: settleByPerson(warrant, { ...found, at }),
        event: appendEvent(
          ledgerEvent(warrant, `${callId}/settled`, at, {
            type: 'call.settled',
            callId,
            tool: proposal.tool,
            ...found,
          }),
        ),
      });
      return settledView(warrant, { ...found, at });
    } catch (error) {
      // somebody else was quicker, and the next look says who
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
    }
  }
}

async function existingWarrant(
  client: DynamoDBDocumentClient,
  call: RunRef & { readonly callId: string },
): Promise<Warrant> {
  const warrant = await readWarrant(client, call);
  if (warrant === undefined || warrant.state === 'refused' || warrant.digest === undefined) {
    const { tenant, runId, callId } = call;
    const message = `tenant '${tenant}' has no call '${callId}' in a run '${runId}' that was ever allowed`;
    throw new ApiFailure(404, 'unknown_call', message);
  }
  return warrant;
}

function reviewerRoleOf({ workflow }: Warrant, { envelopes }: OutcomeDependencies['bundle']): string {
  const envelope = envelopes[workflow];
  if (envelope === undefined) {
    const message = `workflow '${workflow}' is deployed no more, so nobody reviews it; deploy its envelope again`;
    throw new ApiFailure(409, 'no_envelope', message);
  }
  return envelope.reviewer_role;
}

function settledView(
  { tenant, runId, callId, proposal }: Warrant,
  settled: SettlementRecord,
): SettledOutcomeView {
  const status = settled.happened ? 'succeeded' : 'failed';
  return { tenant, runId, callId, tool: proposal.tool, status, settled };
}
