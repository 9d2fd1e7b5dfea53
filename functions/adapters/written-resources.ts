import { ENV } from '../../contracts/environment.ts';
import { CACHE } from '../../contracts/tables.ts';
import { writtenKey } from '../../domain/cache/keys.ts';
import { UNSURE_SECONDS } from '../../domain/cache/written.ts';
import type { RecordedOutcome, Warrant } from '../../domain/call/warrant.ts';
import { callName } from '../../domain/limit/held.ts';
import { epochSeconds, secondsAfter } from '../../domain/time.ts';
import { environment } from '../runtime/environment.ts';
import { itemKey } from './cache.ts';
import type { TransactItem } from './dynamodb.ts';

/**
 * Longer than any answer is kept, so that of an item that is gone no answer is left; and longer than a warrant is, so that a
 * call that nobody can settle any more does not keep its resource out of the cache for ever.
 */
const KEPT_SECONDS = 30 * 86_400;

/**
 * In the transaction that begins the first attempt: no answer about the resource is given again until the outcome is recorded,
 * however many attempts it takes.
 *
 * @returns undefined for a call that writes to nothing of which answers are cached
 */
export function beginWriting(warrant: Warrant, now: string): TransactItem | undefined {
  return update(warrant, now, 'SET #purgeAt = :purgeAt ADD writing :calls', {});
}

/**
 * In the transaction that records the outcome, whatever it is: what was read before does not hold any more. Of an outcome that
 * is unknown the effect may come later yet.
 */
export function endWriting(
  warrant: Warrant,
  status: RecordedOutcome['status'],
  at: string,
): TransactItem | undefined {
  const ended = { ':call': callName(warrant) };
  return status === 'unknown'
    ? update(
        warrant,
        at,
        'SET version = :call, unsureUntil = :until, #purgeAt = :purgeAt DELETE writing :calls',
        { ...ended, ':until': secondsAfter(at, UNSURE_SECONDS) },
      )
    : update(warrant, at, 'SET version = :call, #purgeAt = :purgeAt DELETE writing :calls', ended);
}

function update(
  warrant: Warrant,
  at: string,
  UpdateExpression: string,
  values: Readonly<Record<string, string>>,
): TransactItem | undefined {
  if (warrant.invalidates !== true) {
    return undefined;
  }
  return {
    Update: {
      TableName: environment(ENV.cacheTable),
      Key: itemKey(writtenKey(warrant)),
      UpdateExpression,
      ExpressionAttributeNames: { '#purgeAt': CACHE.timeToLive },
      ExpressionAttributeValues: {
        ...values,
        ':calls': new Set([callName(warrant)]),
        ':purgeAt': epochSeconds(at) + KEPT_SECONDS,
      },
    },
  };
}
