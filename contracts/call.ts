/** Shapes that travel through the state machines. Everything here is JSON. */

/** Names the run that a step works for. `tenant` and `runId` together are its key everywhere. */
export interface RunRef {
  readonly tenant: string;
  readonly runId: string;
}

/** What a model, or a caller, asks to do. Untrusted until `authorize` has parsed it. */
export interface Proposal {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Input of one governed call. `proposal` is passed on exactly as it was proposed. */
export interface CallRequest extends RunRef {
  /** Unique in the run and stable across retries: `<turn>-<index>`, both zero padded. */
  readonly callId: string;
  readonly proposal: unknown;
  /** Present when people have been asked about this very call. */
  readonly approvalId?: string;
}

export type DecisionKind = 'allow' | 'deny' | 'needs_approval';

/** One reason of a decision: a stable code for programs and one sentence for people. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** Who may countersign a call, taken from the policy that would allow it. */
export interface ApprovalNeed {
  readonly approvalId: string;
  readonly approverRole: string;
  /** Number of distinct people. */
  readonly quorum: number;
  readonly timeoutSeconds: number;
  /** Without a sign that people can be reached the machine wakes after so long; less than `timeoutSeconds`. */
  readonly heartbeatSeconds: number;
}

/** What `authorize` answers. */
export type AuthorizeResult =
  | {
      readonly decision: 'allow';
      readonly callId: string;
      /** Ids of the policies that decided. */
      readonly policies: readonly string[];
      readonly warrant: WarrantRef;
      /** Name of the executor function of the tool's namespace. */
      readonly executor: string;
    }
  | {
      readonly decision: 'deny';
      readonly callId: string;
      readonly policies: readonly string[];
      readonly reasons: readonly Reason[];
    }
  | {
      readonly decision: 'needs_approval';
      readonly callId: string;
      readonly policies: readonly string[];
      readonly approval: ApprovalNeed;
    };

/** Names one warrant and the exact call it stands for. */
export interface WarrantRef extends RunRef {
  readonly callId: string;
  /** SHA-256 of the canonical call, hex. */
  readonly digest: string;
}

export type OutcomeStatus = 'succeeded' | 'failed' | 'unknown';

/** What `execute` answers. Asking again gives the same, but for the output. */
export interface ExecuteResult {
  readonly decision: 'allow';
  readonly callId: string;
  readonly status: OutcomeStatus;
  /** The tool's validated output, when it has just succeeded. It is nowhere kept, so asking again gives none. */
  readonly output?: unknown;
  /** What the call touched, for example `orders/W1`; absent when nothing. */
  readonly effects?: readonly string[];
  /** Why it did not succeed; absent when `succeeded`. */
  readonly error?: Reason;
  /** The call that takes this one back, to be proposed like any other; absent where there is none. */
  readonly undo?: Proposal;
  readonly costMicroDollars: number;
}

/** A call on which `authorize` could not decide. Callers fail closed: nothing was done. */
export interface UndecidedResult {
  readonly decision: 'undecided';
  readonly callId: string;
  readonly error: string;
}

/**
 * A call that was allowed but whose execution gave no answer. Its effect may have happened, or may happen yet: the
 * reconciler will find out. Callers must not repeat it.
 */
export interface UnresolvedResult {
  readonly decision: 'unresolved';
  readonly callId: string;
  readonly error: string;
}

/** What governed-call returns for one call. */
export type CallResult =
  | ExecuteResult
  | UnresolvedResult
  | Exclude<AuthorizeResult, { decision: 'allow' }>
  | UndecidedResult;
