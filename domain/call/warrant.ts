import type { ExecuteResult, Proposal, WarrantRef } from '../../contracts/call.ts';
import type { User } from '../../contracts/run.ts';
import type { Facts } from '../tool/definition.ts';

/**
 * The right to execute one exact call once.
 *
 *     authorized --consume--> executing --settle--> succeeded | failed
 *         |                       |
 *         | expiresAt             | deadline, nobody settled
 *         v                       v
 *      (useless)               unknown
 *
 * Only `authorize` creates one, only an executor moves it, and never backwards.
 */
export interface Warrant extends WarrantRef {
  readonly state: WarrantState;
  readonly workflow: string;
  readonly agent: string;
  readonly user: User;
  readonly proposal: Proposal;
  readonly resource: Facts['resource'];
  readonly holdMicroDollars: number;
  readonly policies: readonly string[];
  readonly policyDigest: string;
  readonly approvalId?: string;
  readonly authorizedAt: string;
  /** ISO 8601 UTC; not to be consumed at or after this. */
  readonly expiresAt: string;
  /** ISO 8601 UTC; set when consumed. An unsettled execution is `unknown` from then on. */
  readonly deadline?: string;
  /** Set when settled. */
  readonly outcome?: ExecuteResult;
}

export type WarrantState = 'authorized' | 'executing' | 'succeeded' | 'failed' | 'unknown';

/** Long enough for retries of Execute by the state machine, short enough that facts are still true. */
export const WARRANT_LIFETIME_SECONDS = 120;

/** Added to the tool's own timeout before an unsettled execution counts as unknown: settling and one retry. */
export const SETTLE_MARGIN_SECONDS = 20;

/** Warrants hold arguments and outputs, so they go once nobody can ask for the outcome again. */
export const WARRANT_KEPT_DAYS = 7;
