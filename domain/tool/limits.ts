/** How often an agent may call a tool, and how many of its calls may be under way at once. */
export interface CallLimits {
  readonly callsPerMinute?: number;
  /** Calls that may follow each other at once before the rate holds. @default callsPerMinute / 10, at least 1 */
  readonly burst?: number;
  readonly concurrentCalls?: number;
}

/** A circuit breaker: how many failures in a row open it, and for how long. */
export interface BreakerRule {
  readonly failures: number;
  /** Until one call is let through to try; doubles while the tries fail. */
  readonly coolDownSeconds: number;
}

export const DEFAULT_BREAKER: BreakerRule = { failures: 5, coolDownSeconds: 30 };

/** A tenth of the writes that DynamoDB takes to one item in a second: calls of one rate write to one item. */
export const MAXIMUM_CALLS_PER_MINUTE = 6000;

/** Places are read together, and a BatchGetItem takes a hundred keys. */
export const MAXIMUM_CONCURRENT_CALLS = 100;

/** More in a row say nothing that fewer have not said. */
export const MAXIMUM_FAILURES = 100;

/** However often the tries fail: a system that is back is used again within a quarter of an hour, and some. */
export const MAXIMUM_COOL_DOWN_SECONDS = 900;
