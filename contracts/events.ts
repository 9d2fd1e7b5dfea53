import type { BreakGlassUse } from './break-glass.ts';
import type { DecisionKind, OutcomeStatus, Reason } from './call.ts';
import type { ErasedCounts } from './retention.ts';
import type { RunMode, RunOutcome, User } from './run.ts';

/** Version of the event schema; readers refuse what they do not know. */
export const EVENT_VERSION = 1;

/**
 * Where an event lives in the ledger and what it belongs to; events of a break-glass grant have its id for a
 * run's, those of resuming a workflow `pause-<workflow>`, those of changed policies `policy-<16 digits of their digest>`, and those of
 * erasing a person `erasure-<id>`.
 */
export interface EventHeader {
  readonly v: typeof EVENT_VERSION;
  /** Unique in the run and stable across retries of the step that wrote it, for example `0002-00/decided`. */
  readonly id: string;
  /** ISO 8601 UTC, milliseconds. */
  readonly at: string;
  readonly tenant: string;
  readonly runId: string;
  readonly workflow: string;
  readonly agent: string;
}

/**
 * What a decision went by besides agent, tool, arguments and resource, as far as it is fit for the log: enough to decide the
 * call again under other policies, with what is left out unknown.
 */
export interface DecisionContext {
  readonly mode: RunMode;
  /** Without roles when there are none. */
  readonly user: Pick<User, 'id'> & Partial<User>;
  /** Attributes of the resource that are fit for the log. */
  readonly resource?: Readonly<Record<string, unknown>>;
  /** Facts of the call that are fit for the log. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Attributes, facts and hidden arguments that are the id of the user, such as `resource.owner` and `arguments.member_id`. */
  readonly users?: readonly string[];
  /** Hidden arguments that are the id of the resource, such as `arguments.order_id`. */
  readonly targets?: readonly string[];
  /** Hidden arguments that are the tenant. */
  readonly tenants?: readonly string[];
  /** Attributes and facts that the decision had and the log has not, such as `resource.email`. None is the user's id. */
  readonly hidden?: readonly string[];
  /** Distinct people behind the call by role; roles without any are left out. */
  readonly approvals?: Readonly<Record<string, number>>;
  /** Counters of the run's history that policies asked for. */
  readonly history?: Readonly<Record<string, number>>;
  /** Of what the run had read; left out where nothing was looked at. */
  readonly scores?: {
    readonly injection: number;
    readonly sentiment: number;
    readonly topics: readonly string[];
  };
  /** Origins of key arguments; left out where no policy asked. */
  readonly origins?: Readonly<Record<string, string>>;
}

/**
 * What happened. Arguments are reduced to the fields that the tool declares as fit for the log. Digests of values are keyed: HMAC-SHA256
 * under a key of the run's own, which the log does not hold. docs/events.md says what else is redacted, hashed and cut;
 * `domain/audit/event-shape.ts` is the same as a schema.
 */
export type EventBody =
  | { readonly type: 'run.requested'; readonly user: User; readonly requestedBy: string }
  | {
      readonly type: 'run.opened';
      readonly owner: string;
      readonly mode: RunMode;
      readonly policyDigest: string;
      readonly envelopeDigest: string;
      readonly capMicroDollars: number;
    }
  | {
      readonly type: 'model.called';
      readonly model: string;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly costMicroDollars: number;
      /** Absent when it was asked for proposals. */
      readonly purpose?: 'triage';
      /** The model that was to be asked, and why it was not. */
      readonly insteadOf?: { readonly model: string; readonly why: Reason };
      /** Present when whoever asked has died before saying what it took: charged the most that it may have cost. */
      readonly lost?: true;
      /** Present when an earlier answer to the same request was used; nothing was asked or paid then. */
      readonly cached?: true;
      /** What was wrong with its proposals; nothing of the answer is carried out then. */
      readonly invalid?: readonly Reason[];
      /** Version of the price table. */
      readonly prices?: string;
    }
  | {
      readonly type: 'model.routed';
      /** Which of the envelope's models works on the run, or that none is needed. */
      readonly route: 'none' | 'router' | 'reasoning';
      readonly model?: string;
      readonly reason: Reason;
      /** What later plans of the run use, whatever is deployed meanwhile; absent when no model is needed. */
      readonly pinned?: {
        readonly router?: string;
        readonly reasoning: string;
        readonly fallback?: string;
        /** SHA-256 of the instructions, hex. */
        readonly promptDigest: string;
        readonly max_output_tokens: number;
      };
    }
  | {
      readonly type: 'budget.step';
      readonly step: BudgetStep;
      /** Share of a cap from which on the step is taken, 0 to 1. */
      readonly share: number;
      /** The cap that is used up so far, such as `run dollars` or `tenant acme on 2026-11-21`. */
      readonly cap: string;
      readonly used: number;
      readonly of: number;
    }
  | {
      readonly type: 'budget.cap_changed';
      readonly beforeMicroDollars: number;
      readonly capMicroDollars: number;
      readonly by: string;
      readonly note: string;
    }
  | {
      readonly type: 'loop.found';
      readonly loop: LoopKind;
      /** What is done about it. */
      readonly action: 'ask' | 'stop';
      readonly reason: Reason;
      /** The calls that show it. */
      readonly callIds: readonly string[];
    }
  | {
      readonly type: 'run.questioned';
      readonly approvalId: string;
      readonly approverRole: string;
      /** Why people are asked whether the run may go on. */
      readonly reason: Reason;
    }
  | {
      readonly type: 'run.continued';
      readonly approvalId: string;
    }
  | {
      readonly type: 'call.decided';
      readonly callId: string;
      readonly tool: string;
      /** Of the tool as it was deployed then; absent when there was no such tool, and in events before 2026-12. */
      readonly tier?: number;
      readonly arguments: Readonly<Record<string, unknown>>;
      /** Keyed digest of the canonical call, hex; absent when the proposal could not be parsed. */
      readonly digest?: string;
      readonly resource?: string;
      readonly decision: DecisionKind;
      readonly policies: readonly string[];
      readonly policyDigest: string;
      readonly reasons?: readonly Reason[];
      /** Set aside on the run's budget; present when allowed. */
      readonly holdMicroDollars?: number;
      /** The approval that is asked for, or that allowed the call. */
      readonly approvalId?: string;
      readonly approverRole?: string;
      readonly quorum?: number;
      /** Roles that are asked when those before them have not answered; absent where there are none. */
      readonly laterAsks?: readonly LaterAsk[];
      /** Present when it was decided under break-glass. */
      readonly breakGlass?: BreakGlassUse;
      /** Present when policies were asked. */
      readonly context?: DecisionContext;
    }
  | {
      readonly type: 'approval.waiting';
      readonly callId: string;
      readonly approvalId: string;
      readonly expiresAt: string;
      /** Keyed digest of the changes that people are shown, hex; absent when there is nothing to show. */
      readonly previewDigest?: string;
    }
  | {
      readonly type: 'approval.told';
      readonly callId: string;
      readonly approvalId: string;
      readonly approverRole: string;
      /** Of Slack. */
      readonly channel: string;
      readonly messageTs: string;
      /** Why there and then: the role is asked, nobody had answered in the first channel, or the role before it did not. */
      readonly why: 'asked' | 'second_channel' | 'next_role';
    }
  | {
      readonly type: 'approval.verdict';
      readonly callId: string;
      readonly approvalId: string;
      readonly verdict: GivenVerdict;
      readonly by: string;
      readonly note?: string;
      /** Where it was given. */
      readonly via: VerdictChannel;
      /** Seconds since people were asked. */
      readonly afterSeconds: number;
      /** State of the approval after this verdict. */
      readonly state: ApprovalState;
    }
  | {
      readonly type: 'call.executed';
      readonly callId: string;
      readonly tool: string;
      readonly status: OutcomeStatus;
      readonly error?: Reason;
      /** Keyed digest of the canonical output, hex. */
      readonly outputDigest?: string;
      /** What the call touched, for example `orders/W1`. */
      readonly effects: readonly string[];
      /** How often something of a kind was redacted before anybody saw it; absent when nothing was. */
      readonly redacted?: Readonly<Record<string, number>>;
      /** What exactly changed, by effect; a value is a digest unless the tool declares its field fit for the log. */
      readonly changes?: Readonly<Record<string, readonly FieldChange[]>>;
      /** The tool that takes the call back, where it can be. */
      readonly undo?: { readonly tool: string };
      /** Whether it changed exactly what people were shown before they approved; absent when they were shown nothing. */
      readonly preview?: PreviewMatch;
      /** Present when an earlier answer to the same read was given again; the tool was not asked and nothing was paid. */
      readonly cached?: true;
      /** What was retrieved; present when the tool declares that it retrieves, and has succeeded. */
      readonly retrieved?: Retrieved;
      readonly costMicroDollars: number;
      readonly releasedMicroDollars: number;
    }
  | {
      readonly type: 'call.settled';
      readonly callId: string;
      readonly tool: string;
      readonly happened: boolean;
      readonly by: string;
      readonly note: string;
      readonly evidence?: string;
    }
  | {
      readonly type: 'break_glass.opened';
      readonly incident: string;
      readonly reason: string;
      readonly tools: readonly string[];
      readonly minutes: number;
      readonly by: string;
      readonly confirmBefore: string;
    }
  | {
      readonly type: 'break_glass.confirmed';
      readonly by: string;
      readonly note?: string;
      /** Over from this instant on, unless a person ends it before; no event of its own says so. */
      readonly expiresAt: string;
    }
  | {
      readonly type: 'break_glass.rejected' | 'break_glass.ended';
      readonly by: string;
      readonly note?: string;
    }
  | {
      readonly type: 'break_glass.used';
      readonly usedByRun: string;
      readonly callId: string;
      readonly tool: string;
      readonly resource: string;
      /** For whom that run acts. */
      readonly userId: string;
    }
  | {
      readonly type: 'policy.changed';
      /** Digest of the bundle that runs of the tenant were opened under before; absent when there was none. */
      readonly before?: string;
      readonly after: string;
      /** Envelopes that are new, changed or gone, by digest, in the order of their names. */
      readonly envelopes: readonly EnvelopeChange[];
      /** Envelopes that changed beside these. */
      readonly more?: Rest;
      /** The first run that was opened under it. */
      readonly firstRun: string;
    }
  | { readonly type: 'workflow.paused'; readonly reason: Reason }
  | { readonly type: 'workflow.resumed'; readonly by: string; readonly note: string }
  /** The run's data is kept beyond its days, or no longer. */
  | { readonly type: 'run.held' | 'run.released'; readonly by: string; readonly note: string }
  | ({
      readonly type: 'person.erased';
      /** Keyed digest of whom it was about; its key went in the same transaction. */
      readonly person: string;
      readonly by: string;
      readonly note: string;
    } & ErasedCounts)
  | {
      readonly type: 'run.closed';
      readonly outcome: RunOutcome;
      readonly reason?: Reason;
      readonly spentMicroDollars: number;
      readonly calls: number;
    };

/** A role that is asked after others, and how many of its people it takes. */
export interface LaterAsk {
  readonly approverRole: string;
  readonly quorum: number;
}

/** What is done as a cap is used up. `ask`: a person says whether the run may go on. */
export const BUDGET_STEPS = ['alert', 'smaller_model', 'less_context', 'ask', 'stop'] as const;
export type BudgetStep = (typeof BUDGET_STEPS)[number];

export type LoopKind = 'same_call' | 'same_cycle' | 'no_progress';

/** One field that a call has changed. Without `from` it is new, without `to` it is gone. */
export interface FieldChange {
  /** Path such as `items[0].price`. */
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Documents that a call has retrieved, and from where. */
export interface Retrieved {
  /** Name of the index or store. */
  readonly from: string;
  /** The first of them, in the order in which they were retrieved; empty when nothing was found. */
  readonly documents: readonly RetrievedDocument[];
  /** Documents beside these. */
  readonly more?: Rest;
}

export interface RetrievedDocument {
  readonly id: string;
  readonly version?: string;
  /** Who answers for the document, as the store says it: a person, a team, a run. */
  readonly owner?: string;
  /** When this version was written, as the store says it. */
  readonly at?: string;
}

/** What did not fit: how much, and a digest by which equal rests can be seen to be equal. */
export interface Rest {
  readonly count: number;
  readonly digest: string;
}

/** SHA-256, hex. Without `before` the envelope is new, without `after` it is gone. */
export interface EnvelopeChange {
  readonly workflow: string;
  readonly before?: string;
  readonly after?: string;
}

export type EventType = EventBody['type'];
export type LedgerEvent = EventHeader & EventBody;

export type Verdict = 'approve' | 'reject';

/** `withdraw` takes back what the same person approved, for as long as others are still asked. */
export type GivenVerdict = Verdict | 'withdraw';

export type VerdictChannel = 'api' | 'slack';

/** What an approved call has changed, against what people were shown. */
export type PreviewMatch = 'as_shown' | 'otherwise';

/**
 * `requested` until the machine sleeps on it, `waiting` until people or time decide. `expired`: people were asked, and nobody
 * decided in time. `unreachable`: nobody could be asked.
 */
export type ApprovalState =
  | 'requested'
  | 'waiting'
  | 'approved'
  | 'rejected'
  | 'expired'
  | 'unreachable'
  | 'used';
