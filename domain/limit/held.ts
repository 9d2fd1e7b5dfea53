import type { RunRef } from '../../contracts/call.ts';

/** What an allowed call holds of its limits, and what was known of the breaker. Kept in its warrant for the executor. */
export interface HeldLimits {
  /** Number of its place among the calls under way; absent when the tool declares none. */
  readonly slot?: number;
  /** Failures in a row when it was allowed; absent when there were none. */
  readonly failures?: number;
  /** Present when the call tries whether an open breaker may close. */
  readonly trial?: { readonly failedTrials: number };
}

/** Codes of refusals by limits. */
export const LIMIT_CODES = ['rate_limited', 'too_many_at_once', 'dependency_unavailable'] as const;

/** Says whose a place or a trial is; unique in a tenant. */
export function callName({ runId, callId }: RunRef & { readonly callId: string }): string {
  return `${runId}/${callId}`;
}
