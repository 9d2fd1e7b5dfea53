import type { ExecuteResult, Proposal, WarrantRef } from '../../contracts/call.ts';
import type { User } from '../../contracts/run.ts';
import type { SettlementRecord } from '../../contracts/unknown-outcomes.ts';
import type { HeldLimits } from '../limit/held.ts';
import type { WorkflowRedaction } from '../redaction/workflow.ts';
import type { Facts } from '../tool/facts.ts';

/**
 * The right to execute one exact call once.
 *
 *     authorized --begin--> executing --settle--> succeeded | failed | unknown
 *         |                  |     ^                                   |
 *         | expiresAt        +-----+ another attempt,                  | a person says what became of it
 *         v                          where repeating is safe           v
 *      (useless)                                            known as succeeded | failed
 *
 * What people find out is written beside `state`, never into it: `knownOutcome` puts the two together.
 *
 * Only `authorize` creates one, only an executor moves it, and never backwards. An attempt that is begun after another
 * takes its place: only the latest may settle, so what a late one did or failed to do cannot overwrite the record.
 */
export interface Warrant extends WarrantRef {
  readonly state: WarrantState;
  readonly workflow: string;
  readonly agent: string;
  readonly user: User;
  readonly proposal: Proposal;
  readonly resource: Facts['resource'];
  readonly holdMicroDollars: number;
  /** Of the hold, what somebody else charges for the call once it is attempted; absent when nothing. */
  readonly priceMicroDollars?: number;
  readonly policies: readonly string[];
  readonly policyDigest: string;
  readonly approvalId?: string;
  /** Keyed digest of the changes that people were shown before they approved, hex; absent when they were shown none. */
  readonly previewDigest?: string;
  /** Absent when the call holds nothing of its limits. */
  readonly limits?: HeldLimits;
  /** Of the run; digests in the log of what the call is, answers and changes are made with it. */
  readonly digestKey: string;
  /** Of the run; names that the call's answer brings into the run are kept under it. Absent when no policy asks. */
  readonly provenanceKey?: string;
  /** Detectors look at what the call answers; absent when no policy asks for scores. */
  readonly detects?: boolean;
  /** Counters of the run's history that its success adds to; absent when none. */
  readonly counters?: readonly string[];
  /** What the workflow redacts beside what always is; absent when nothing. */
  readonly redaction?: WorkflowRedaction;
  /** Of a read: an answer of up to this age may be given again. Absent where the envelope allows none. */
  readonly cache?: { readonly seconds: number };
  /** Of a write: answers about its resource may be cached, and must not outlive it. */
  readonly invalidates?: true;
  readonly authorizedAt: string;
  /** ISO 8601 UTC; not to be consumed at or after this. */
  readonly expiresAt: string;
  /** Counts from 1; set when consumed. */
  readonly attempt?: number;
  /** ISO 8601 UTC; set with each attempt, which has ended by then whether or not it was settled. */
  readonly deadline?: string;
  /** Set when settled. */
  readonly outcome?: RecordedOutcome;
  /** Set when a person has found out what became of a call whose outcome was unknown. */
  readonly settled?: SettlementRecord;
}

/** Without what the tool answered: it may be large, and is people's data. */
export type RecordedOutcome = Omit<ExecuteResult, 'output' | 'undo'>;

export type WarrantState = 'authorized' | 'executing' | 'succeeded' | 'failed' | 'unknown';

/** Long enough for retries of Execute by the state machine, short enough that facts are still true. */
export const WARRANT_LIFETIME_SECONDS = 120;

/** Added to the tool's own timeout for what the executor does around it; its function is ended then. */
export const SETTLE_MARGIN_SECONDS = 20;

/** Warrants hold arguments, so they go once nobody can ask for the outcome again; one that is unknown waits for that. */
export const WARRANT_KEPT_DAYS = 7;
