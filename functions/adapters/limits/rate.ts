import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LIMITS, type LimitedCalls, rateKey } from '../../../contracts/tables.ts';
import { type Arrival, arrive, type Rate } from '../../../domain/limit/rate.ts';
import { updateLimit } from './table.ts';

/** `expected`: when the next call is expected, milliseconds since 1970. A number, because DynamoDB must add to it. */
const IS_IDLE = 'attribute_not_exists(expected) OR expected <= :now';
/** INVARIANT: nothing is admitted that comes earlier than the tolerance, whoever else is admitted meanwhile. */
const IS_IN_TOLERANCE = 'expected <= :latest';

/** Long enough that a clock that is behind finds it still. */
const KEPT_SECONDS = 3600;

/**
 * Takes one call from a rate: one write when calls are an interval apart, two within a burst. Neither is conditional on
 * a value that somebody has read, so of calls that arrive together exactly as many are admitted as the burst has left.
 */
export async function takeFromRate(
  client: DynamoDBDocumentClient,
  calls: LimitedCalls,
  rate: Rate,
  now: Date,
): Promise<Arrival> {
  const key = rateKey(calls);
  const nowMilliseconds = now.getTime();
  const { intervalMilliseconds, toleranceMilliseconds } = rate;
  const latest = nowMilliseconds + toleranceMilliseconds;
  const common = {
    ':purgeAt': Math.ceil((latest + intervalMilliseconds) / 1000) + KEPT_SECONDS,
  };
  const names = { '#purgeAt': LIMITS.timeToLive };
  const idle = await updateLimit(client, key, {
    UpdateExpression: 'SET expected = :next, #purgeAt = :purgeAt',
    ConditionExpression: IS_IDLE,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: {
      ...common,
      ':now': nowMilliseconds,
      ':next': nowMilliseconds + intervalMilliseconds,
    },
  });
  if (idle.done) {
    return { admitted: true, expectedMilliseconds: nowMilliseconds + intervalMilliseconds };
  }
  const asFound = arrive(rate, Number(idle.found?.expected), nowMilliseconds);
  if (!asFound.admitted) {
    return asFound;
  }
  const busy = await updateLimit(client, key, {
    UpdateExpression: 'SET expected = expected + :interval, #purgeAt = :purgeAt',
    ConditionExpression: IS_IN_TOLERANCE,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ...common, ':latest': latest, ':interval': intervalMilliseconds },
  });
  return busy.done
    ? { admitted: true, expectedMilliseconds: Number(busy.item.expected) }
    : {
        admitted: false,
        waitMilliseconds: Number(busy.found?.expected ?? latest + intervalMilliseconds) - latest,
      };
}
