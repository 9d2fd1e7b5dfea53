import { EgressFailed } from './errors.ts';
import type { Incoming } from './exchange.ts';

/** First try included. Two more get over a restart; a longer outage is the caller's to see, not ours to hammer at. */
export const MAXIMUM_TRIES = 3;

/** Doubles with each try; a wait is anything up to it, so that callers that failed together do not return together. */
const FIRST_WAIT_MILLISECONDS = 200;
const LONGEST_WAIT_MILLISECONDS = 2000;

const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const PASSING_FAILURES: ReadonlySet<EgressFailed['code']> = new Set([
  'unresolved',
  'not_connected',
  'connect_timed_out',
  'dropped',
]);

/** Whether the same request may well be answered in a moment. */
export function isPassing(outcome: Incoming | Error): boolean {
  if (outcome instanceof Error) {
    return outcome instanceof EgressFailed && PASSING_FAILURES.has(outcome.code);
  }
  return PASSING_STATUSES.has(outcome.status);
}

/**
 * How long to wait before the next try.
 *
 * @param tries - made so far
 * @param random - at least 0, less than 1
 */
export function waitMilliseconds(
  outcome: Incoming | Error,
  tries: number,
  random: () => number,
  now: Date,
): number {
  const ceiling = Math.min(LONGEST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** (tries - 1));
  const asked =
    outcome instanceof Error ? undefined : retryAfter(outcome.headers.get('retry-after') ?? '', now);
  return Math.max(random() * ceiling, asked ?? 0);
}

/** `Retry-After` in milliseconds from now: whole seconds, or a date. */
function retryAfter(value: string, now: Date): number | undefined {
  if (/^\d+$/.test(value)) {
    return Number(value) * 1000;
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
