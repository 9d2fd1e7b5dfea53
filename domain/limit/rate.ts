import type { Reason } from '../../contracts/call.ts';
import type { LimitedCalls } from '../../contracts/tables.ts';
import type { CallLimits } from '../tool/limits.ts';

/**
 * A rate with its burst, for the generic cell rate algorithm (ITU-T I.371): calls are expected an interval apart, and
 * one may come early by the tolerance. All that is kept of the past is when the next call is expected.
 */
export interface Rate {
  readonly callsPerMinute: number;
  readonly burst: number;
  readonly intervalMilliseconds: number;
  readonly toleranceMilliseconds: number;
}

const MILLISECONDS_PER_MINUTE = 60_000;

/** Of a burst that is not declared: six seconds' worth of calls. */
const BURST_SHARE = 10;

/** @returns undefined when the calls have no rate */
export function rateOf({ callsPerMinute, burst }: CallLimits): Rate | undefined {
  if (callsPerMinute === undefined) {
    return undefined;
  }
  const atOnce = burst ?? Math.max(1, Math.floor(callsPerMinute / BURST_SHARE));
  // rounded up, so that a minute never takes more than it should
  const intervalMilliseconds = Math.ceil(MILLISECONDS_PER_MINUTE / callsPerMinute);
  return {
    callsPerMinute,
    burst: atOnce,
    intervalMilliseconds,
    toleranceMilliseconds: intervalMilliseconds * (atOnce - 1),
  };
}

export type Arrival =
  | { readonly admitted: true; readonly expectedMilliseconds: number }
  | { readonly admitted: false; readonly waitMilliseconds: number };

/**
 * What comes of a call that arrives now. Only an admitted one moves the expectation: who is refused and asks again is
 * none the worse for it.
 *
 * @param expectedMilliseconds - when the next call is expected, since 1970; undefined when there was none before
 */
export function arrive(
  rate: Rate,
  expectedMilliseconds: number | undefined,
  nowMilliseconds: number,
): Arrival {
  const expected = Math.max(expectedMilliseconds ?? nowMilliseconds, nowMilliseconds);
  const waitMilliseconds = expected - rate.toleranceMilliseconds - nowMilliseconds;
  return waitMilliseconds > 0
    ? { admitted: false, waitMilliseconds }
    : { admitted: true, expectedMilliseconds: expected + rate.intervalMilliseconds };
}

export function rateRefusal(
  { agent, tool }: LimitedCalls,
  { callsPerMinute, burst }: Rate,
  waitMilliseconds: number,
): Reason {
  const allowance = `agent '${agent}' may call ${tool} ${callsPerMinute} times a minute and ${burst} times at once`;
  const message = `${allowance}, propose it again in ${waitMilliseconds / 1000} seconds`;
  return { code: 'rate_limited', message };
}
