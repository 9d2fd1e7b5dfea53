import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { capsOf } from '../../domain/budget/budget.ts';
import { callDigest } from '../../domain/call/governed-call.ts';
import { SETTLE_MARGIN_SECONDS, type Warrant } from '../../domain/call/warrant.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type Clock, secondsAfter, timestamp } from '../../domain/time.ts';
import { ConditionsFailed, transact } from '../../functions/adapters/dynamodb.ts';
import { fitHold } from '../../functions/adapters/leases.ts';
import { type OpenRunRecord, readOpenedRun } from '../../functions/adapters/runs.ts';
import { beginFirstAttempt, beginNextAttempt, readWarrant } from '../../functions/adapters/warrants.ts';
import {
  type DecidedCall,
  type Recorder,
  recordAllow,
  recordRefusal,
} from '../../functions/authorize/record.ts';
import { runRefusal } from '../../functions/authorize/refusals.ts';
import type { Attempt } from '../../functions/execute/run-tool.ts';
import { settleCall } from '../../functions/execute/settle.ts';
import { mark, REFUSALS, watchedLeases } from './watched-leases.ts';
import type { PlannedCall } from './workload.ts';

export interface Surroundings {
  readonly client: DynamoDBDocumentClient;
  /** That is deployed when it is asked for. */
  readonly bundle: () => PolicyBundle;
  readonly clock: Clock;
}

/** As authorize has it: others of the run, and of the day, get in between. */
const RECORDING_TRIES = 12;
/** A tool's own time, at most; so calls of different runs mix. */
const TOOL_MILLISECONDS = 30;

/**
 * One governed call, without state machines, policies and a tool: what authorize and an executor do with money, by their own code.
 * Repeating it, after whoever made it was killed, goes on where that one was.
 */
export async function paidCall(
  run: { readonly tenant: string; readonly runId: string },
  call: PlannedCall,
  surroundings: Surroundings,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await decideAndRecord(run, call, surroundings);
      break;
    } catch (error) {
      if (!(error instanceof ConditionsFailed) || attempt === RECORDING_TRIES) {
        throw error;
      }
      // as authorize: the recorded answer counts, anything else is looked at again
      if (error.parts.includes('warrant')) {
        break;
      }
    }
  }
  const warrant = await readWarrant(surroundings.client, { ...run, callId: call.callId });
  if (warrant !== undefined && warrant.state !== 'refused') {
    await executeCall(warrant, call, surroundings);
  }
}

async function decideAndRecord(
  { tenant, runId }: { readonly tenant: string; readonly runId: string },
  call: PlannedCall,
  { client, bundle, clock }: Surroundings,
): Promise<void> {
  const { callId, definition } = call;
  const { budgets, envelopes } = bundle();
  const run = await readOpenedRun(client, { tenant, runId });
  const envelope = envelopes[run.workflow];
  const recorder: Recorder = { client, run, callId, at: timestamp(clock), policyDigest: 'bench', envelope };
  const decided = decidedCall(run, call);
  const hold = definition.maximumCostMicroDollars;
  const refusal = runRefusal(run, capsOf(run, envelope), hold);
  if (refusal !== undefined) {
    await recordRefusal(recorder, decided, { policies: [], reasons: [refusal] });
    return;
  }
  const watched = watchedLeases(client);
  const fitted = await fitHold(watched.client, run, hold, { budgets, envelope, clock });
  if ('refusal' in fitted) {
    await mark(client, REFUSALS, randomUUID(), { runId, callId, without: watched.without() });
    await recordRefusal(recorder, decided, { policies: [], reasons: [fitted.refusal] });
    return;
  }
  await recordAllow({ ...recorder, run: fitted.run }, decided, undefined, 'bench', {});
}

function decidedCall(run: OpenRunRecord, { callId, definition }: PlannedCall): DecidedCall {
  const { tenant, runId, workflow, agent, user, mode, digestKey } = run;
  const proposal = { tool: definition.name, arguments: {} };
  const facts = { resource: { type: definition.resource, id: 'purse', attributes: {} }, call: {} };
  const resource = `${definition.resource}/purse`;
  const where = { tenant, runId, callId, workflow, agent, digestKey };
  return {
    ...{ ...proposal, definition, facts, resource },
    digest: callDigest({ ...where, userId: user.id, proposal, resource }),
    decision: { kind: 'allow', policies: ['bench'], reasons: [] },
    counting: { adds: [], seen: {} },
    ...{ counters: [], detects: false, caching: {}, priceMicroDollars: 0 },
    logged: { tenant, definition, arguments: {}, facts, user, mode, approvals: {} },
  };
}

/** A call that somebody has begun, and who was killed, is taken over; what it has cost nobody knows then. */
async function executeCall(
  warrant: Warrant,
  { callId, definition, costMicroDollars }: PlannedCall,
  { client, clock }: Surroundings,
): Promise<void> {
  if (warrant.state !== 'authorized' && warrant.state !== 'executing') {
    return;
  }
  const mine = await begin(warrant, client, timestamp(clock));
  if (mine === undefined) {
    return;
  }
  await sleep(Math.random() * TOOL_MILLISECONDS);
  const attempt: Attempt = { status: 'succeeded', output: callId, effects: [], costMicroDollars };
  await settleCall(client, mine, definition, attempt, timestamp(clock));
}

/** @returns undefined when somebody else was quicker, or it has expired */
async function begin(
  warrant: Warrant,
  client: DynamoDBDocumentClient,
  now: string,
): Promise<(Warrant & { readonly attempt: number }) | undefined> {
  const deadline = secondsAfter(now, SETTLE_MARGIN_SECONDS);
  if (warrant.state === 'authorized') {
    const begun = await beginFirstAttempt(client, warrant, now, deadline);
    return begun ? { ...warrant, attempt: 1 } : undefined;
  }
  const { attempt: brokenOff = 1 } = warrant;
  try {
    await transact(client, { warrant: beginNextAttempt(warrant, brokenOff, deadline) });
    return { ...warrant, attempt: brokenOff + 1 };
  } catch (error) {
    if (error instanceof ConditionsFailed) {
      return undefined;
    }
    throw error;
  }
}

const NEVER_BEGUN: Attempt = {
  ...{ status: 'failed', effects: [], costMicroDollars: 0 },
  error: { code: 'warrant_expired', message: 'it was allowed and never begun' },
};

/**
 * What the executors do for the reconciler with a call of a closed run: one that was never begun has cost nothing, one that broke
 * off is charged in full. Nobody can be at it any more.
 */
export async function settleLate(
  warrant: Warrant,
  definition: PlannedCall['definition'],
  { client, clock }: Surroundings,
): Promise<void> {
  const isUnbegun = warrant.state === 'authorized';
  // an unused warrant is taken out of the world as one that could still be used
  const mine = await begin(warrant, client, isUnbegun ? warrant.authorizedAt : timestamp(clock));
  if (mine !== undefined) {
    const attempt: Attempt = isUnbegun ? NEVER_BEGUN : { ...NEVER_BEGUN, status: 'unknown' };
    await settleCall(client, mine, definition, attempt, timestamp(clock));
  }
}
