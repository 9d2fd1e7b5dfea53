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
