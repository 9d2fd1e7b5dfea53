import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { breakerKey, LIMITS, type LimitedCalls } from '../../../contracts/tables.ts';
import { type Breaker, CLOSED } from '../../../domain/limit/breaker.ts';
import { epochSeconds } from '../../../domain/time.ts';
import type { BreakerRule } from '../../../domain/tool/limits.ts';
import { environment } from '../../runtime/environment.ts';
import { limitItemKey, updateLimit } from './table.ts';

/** Which breaker: agents of a tenant share a tool's. */
export type BreakerRef = Omit<LimitedCalls, 'agent'>;

// A breaker is closed while its item has no `state`; one that never failed has no item.
const IS_CLOSED = 'attribute_not_exists(#state)';
const HAS_FAILED_ENOUGH = 'failures >= :enough';
const IS_OPEN = '#state = :open';
const COOL_DOWN_IS_OVER = 'retryAt <= :now';
const IS_HALF_OPEN = '#state = :halfOpen';
/** INVARIANT: a trial whose executor died ends by itself. */
const TRIAL_IS_OVER = 'trialEndsAt <= :now';
/** INVARIANT: only the call that tries says what came of it. */
const TRIAL_IS_MINE = 'trialCall = :call';

/** A breaker that nobody has moved for so long says nothing; a cool-down is far shorter. */
const KEPT_SECONDS = 86_400;

/** Eventually consistent: what opened a moment ago may be seen a moment later. */
export async function readBreaker(client: DynamoDBDocumentClient, ref: BreakerRef): Promise<Breaker> {
  const { Item } = await client.send(
    new GetCommand({ TableName: environment(ENV.limitsTable), Key: limitItemKey(breakerKey(ref)) }),
  );
  return breakerOf(Item);
}

/**
 * Counts a failure of a call that passed freely, and opens the breaker when it was one too many. Two writes, so that
 * failures at the same time are all counted; a crash between them leaves the opening to the next failure.
 *
 * @param isFirst - the row of failures begins with this one
 * @returns whether this failure has opened it
 */
export async function countFailure(
  client: DynamoDBDocumentClient,
  ref: BreakerRef,
  rule: BreakerRule,
  { isFirst, now, retryAt }: { readonly isFirst: boolean; readonly now: string; readonly retryAt: string },
): Promise<boolean> {
  const counted = await updateLimit(client, breakerKey(ref), {
    UpdateExpression: `SET failures = ${isFirst ? ':one' : 'if_not_exists(failures, :zero) + :one'}, #purgeAt = :purgeAt`,
    ConditionExpression: IS_CLOSED,
    ExpressionAttributeNames: { '#state': 'state', '#purgeAt': LIMITS.timeToLive },
    ExpressionAttributeValues: {
      ':one': 1,
      ...(isFirst ? {} : { ':zero': 0 }),
      ':purgeAt': epochSeconds(now) + KEPT_SECONDS,
    },
  });
  if (!counted.done || Number(counted.item.failures) < rule.failures) {
    return false;
  }
  const opened = await updateLimit(client, breakerKey(ref), {
    UpdateExpression: 'SET #state = :open, failedTrials = :zero, retryAt = :retryAt',
    ConditionExpression: `${IS_CLOSED} AND ${HAS_FAILED_ENOUGH}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':open': 'open',
      ':zero': 0,
      ':retryAt': retryAt,
      ':enough': rule.failures,
    },
  });
  return opened.done;
}

/** The row of failures has ended. */
export async function forgetFailures(client: DynamoDBDocumentClient, ref: BreakerRef): Promise<void> {
  await updateLimit(client, breakerKey(ref), {
    UpdateExpression: 'REMOVE failures',
    ConditionExpression: IS_CLOSED,
    ExpressionAttributeNames: { '#state': 'state' },
  });
}

/**
 * Takes the trial of a breaker whose cool-down, or whose trial, is over; of many that try, one gets it.
 *
 * @returns the breaker as it is now: half open with this call, or whatever kept the call from it
 */
export async function takeTrial(
  client: DynamoDBDocumentClient,
  ref: BreakerRef,
  { call, now, endsAt }: { readonly call: string; readonly now: string; readonly endsAt: string },
): Promise<Breaker> {
  const taken = await updateLimit(client, breakerKey(ref), {
    UpdateExpression:
      'SET #state = :halfOpen, trialCall = :call, trialEndsAt = :endsAt, #purgeAt = :purgeAt REMOVE retryAt',
    ConditionExpression: `(${IS_OPEN} AND ${COOL_DOWN_IS_OVER}) OR (${IS_HALF_OPEN} AND (${TRIAL_IS_MINE} OR ${TRIAL_IS_OVER}))`,
    ExpressionAttributeNames: { '#state': 'state', '#purgeAt': LIMITS.timeToLive },
    ExpressionAttributeValues: {
      ':open': 'open',
      ':halfOpen': 'half_open',
      ':call': call,
      ':now': now,
      ':endsAt': endsAt,
      ':purgeAt': epochSeconds(endsAt) + KEPT_SECONDS,
    },
  });
  return breakerOf(taken.done ? taken.item : taken.found);
}

/** The call that tries was answered. */
export async function closeBreaker(
  client: DynamoDBDocumentClient,
  ref: BreakerRef,
  call: string,
): Promise<void> {
  await updateLimit(client, breakerKey(ref), {
    UpdateExpression: 'REMOVE #state, failures, failedTrials, trialCall, trialEndsAt',
    ConditionExpression: `${IS_HALF_OPEN} AND ${TRIAL_IS_MINE}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':halfOpen': 'half_open', ':call': call },
  });
}

/**
 * The call that tried has failed, or never tried after all.
 *
 * @param failedTrials - after this one
 * @returns whether the trial was still this call's
 */
export async function reopenBreaker(
  client: DynamoDBDocumentClient,
  ref: BreakerRef,
  {
    call,
    retryAt,
    failedTrials,
  }: { readonly call: string; readonly retryAt: string; readonly failedTrials: number },
): Promise<boolean> {
  const reopened = await updateLimit(client, breakerKey(ref), {
    UpdateExpression:
      'SET #state = :open, retryAt = :retryAt, failedTrials = :failedTrials REMOVE trialCall, trialEndsAt',
    ConditionExpression: `${IS_HALF_OPEN} AND ${TRIAL_IS_MINE}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':open': 'open',
      ':halfOpen': 'half_open',
      ':call': call,
      ':retryAt': retryAt,
      ':failedTrials': failedTrials,
    },
  });
  return reopened.done;
}

function breakerOf(item: Readonly<Record<string, unknown>> | undefined): Breaker {
  const { state, failures = 0, failedTrials = 0, retryAt, trialCall, trialEndsAt } = item ?? {};
  switch (state) {
    case undefined:
      return failures === 0 ? CLOSED : { state: 'closed', failures: Number(failures) };
    case 'open':
      return { state, failedTrials: Number(failedTrials), retryAt: String(retryAt) };
    case 'half_open':
      return {
        state,
        failedTrials: Number(failedTrials),
        trialCall: String(trialCall),
        trialEndsAt: String(trialEndsAt),
      };
    default:
      throw new Error(`breaker in state '${state}', expected open, half_open or none`);
  }
}
