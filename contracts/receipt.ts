import type { DecisionKind, Reason } from './call.ts';
import type { DecisionContext, GivenVerdict, LedgerEvent, VerdictChannel } from './events.ts';
import type { ManifestPolicy } from './manifest.ts';
import type { RunMode } from './run.ts';

/** Parts of a receipt; `Receipt` itself is in api.ts, and docs/receipt.md tells what each member says. Amounts are micro-dollars. */

/** What a run was allowed to do. */
export interface ReceiptPermission {
  /** Absent when the run was never opened. */
  readonly mode?: RunMode;
  /** With which it was opened. */
  readonly capMicroDollars?: number;
  /** What people made of the cap, in order. */
  readonly capChanges: readonly ReceiptCapChange[];
  /** Digests of other policies than the run's, under which calls of it were decided: they were deployed while it ran. */
  readonly laterPolicyDigests: readonly string[];
  /** What the log does not have: absent in a receipt that was made from the log alone. */
  readonly granted?: ReceiptGrant;
}

export interface ReceiptCapChange {
  readonly at: string;
  readonly beforeMicroDollars: number;
  readonly capMicroDollars: number;
  readonly by: string;
  readonly note: string;
}

/** Envelope and policies as they are deployed. Whether they are those of the run, their digests tell. */
export interface ReceiptGrant {
  /** `of_the_run`: by their digests the very ones that the run was opened with; `deployed_now`: others, shown for orientation. */
  readonly source: 'of_the_run' | 'deployed_now';
  readonly policyDigest: string;
  readonly envelopeDigest: string;
  /** In the team's own counting. */
  readonly envelopeVersion: string;
  /** Answers for access, models and change control. */
  readonly steward: string;
  readonly reviewerRole: string;
  readonly toolCallsPerRun: number;
  readonly tools: readonly ReceiptTool[];
  /** Those that decided calls of the run, as far as they are still there. */
  readonly policies: readonly ReceiptPolicy[];
}

export interface ReceiptTool {
  readonly name: string;
  readonly effect: 'read' | 'write';
  readonly tier: number;
  /** Policies that permit it; empty: it can never be called. */
  readonly permittedBy: readonly string[];
  readonly approvers: readonly { readonly approverRole: string; readonly quorum: number }[];
}

export interface ReceiptPolicy extends ManifestPolicy {
  /** In the words of the policy. */
  readonly reason?: string;
}

/** One decision of a call. A call that waited for people has two. */
export interface ReceiptDecision {
  readonly at: string;
  readonly decision: DecisionKind;
  readonly policies: readonly string[];
  readonly reasons: readonly Reason[];
  /** Set aside on the run's budget. */
  readonly holdMicroDollars?: number;
  /** What it went by, as far as that is fit for the log. */
  readonly context?: DecisionContext;
}

/** In the order in which they were given; those that were taken back too. */
export interface ReceiptVerdict {
  readonly by: string;
  readonly verdict: GivenVerdict;
  readonly at: string;
  readonly note?: string;
  readonly via: VerdictChannel;
}

/** People were asked whether the run may go on. */
export interface ReceiptQuestion {
  readonly approvalId: string;
  readonly at: string;
  readonly approverRole: string;
  readonly reason: Reason;
  readonly verdicts: readonly ReceiptVerdict[];
  readonly continued: boolean;
}

/** All that one model was asked in a run. */
export interface ReceiptModel {
  readonly model: string;
  readonly answers: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroDollars: number;
}

/** Prices of what is counted in the events and not charged there; the deployment's when the receipt was made. */
export interface ReceiptPrices {
  readonly version: string;
  readonly infrastructure: {
    readonly usd_per_run: number;
    readonly usd_per_turn: number;
    readonly usd_per_call: number;
  };
  readonly people: { readonly usd_per_hour: number; readonly minutes_per_verdict: number };
}

/**
 * That the events are in the log: each is hashed to its leaf and, along its path, to the root that the checkpoint signs. Who has
 * the log's public key from elsewhere needs nothing but this.
 */
export interface ReceiptProof {
  /** Latest signed checkpoint, https://c2sp.org/tlog-checkpoint; absent as long as nothing was ever signed. */
  readonly checkpoint?: string;
  /** Name of the key that signs the log, which is the log's origin. */
  readonly key: string;
  /** Events that no checkpoint has yet; the log is signed every minute. */
  readonly pending: number;
  /** The same in words. */
  readonly says: string;
  /** Every event of the run, in order. */
  readonly entries: readonly ReceiptEntry[];
  /** Base64 of 32 bytes each, once for all paths that go over them. */
  readonly hashes: readonly string[];
}

export interface ReceiptEntry {
  /** In full. Its canonical JSON (RFC 8785) is the entry of the log. */
  readonly event: LedgerEvent;
  /** Index of its leaf; absent while pending. */
  readonly leaf?: number;
  /** RFC 6962 inclusion path, the nearest first, as positions in `hashes`. */
  readonly path?: readonly number[];
}
