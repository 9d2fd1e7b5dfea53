import type { BreakGlassUse } from './break-glass.ts';
import type { DecisionKind, OutcomeStatus, Proposal, Reason } from './call.ts';
import type {
  ApprovalState,
  FieldChange,
  GivenVerdict,
  LedgerEvent,
  PreviewMatch,
  Retrieved,
  Verdict,
  VerdictChannel,
} from './events.ts';
import type {
  ReceiptDecision,
  ReceiptModel,
  ReceiptPermission,
  ReceiptPrices,
  ReceiptProof,
  ReceiptQuestion,
  ReceiptVerdict,
} from './receipt.ts';
import type { RunMode, RunOutcome, RunStatus, User } from './run.ts';
import type { SettlementRecord } from './unknown-outcomes.ts';

/** Routes of the HTTP API, spelled as API Gateway spells them. */
export const ROUTES = {
  startRun: 'POST /workflows/{workflow}/runs',
  getRun: 'GET /runs/{id}',
  getEvents: 'GET /runs/{id}/events',
  getReceipt: 'GET /runs/{id}/receipt',
  listApprovals: 'GET /approvals',
  getApproval: 'GET /approvals/{id}',
  decideApproval: 'POST /approvals/{id}',
  getManifest: 'GET /agents/{agent}/manifest',
  openBreakGlass: 'POST /break-glass',
  decideBreakGlass: 'POST /break-glass/{id}',
  listBreakGlass: 'GET /break-glass',
  listUnknownOutcomes: 'GET /unknown-outcomes',
  getBudgets: 'GET /budgets',
  setCap: 'POST /runs/{id}/cap',
  resumeWorkflow: 'POST /workflows/{workflow}/resume',
  settleOutcome: 'POST /runs/{id}/calls/{callId}/outcome',
  erasePerson: 'POST /people/{id}/erasure',
  holdRun: 'POST /runs/{id}/hold',
} as const;

/** Where Slack sends what people press; the only route for callers whom IAM has not verified. */
export const SLACK_ROUTE = 'POST /slack/interactions';

/** Tenant of callers that name none. */
export const DEFAULT_TENANT = 'default';

/** Body of `POST /workflows/{workflow}/runs`. */
export interface StartRunRequest {
  readonly tenant?: string;
  /** Makes starting idempotent: the same token and body give the same run. */
  readonly clientToken?: string;
  readonly user: User;
  readonly input: RunInput;
}

export interface RunInput {
  /** The task in words, for a model. */
  readonly prompt?: string;
  /** Proposals for the `recorded` provider, one turn each. */
  readonly proposals?: readonly unknown[];
}

/** Answer of `GET /runs/{id}`, and of starting one. Amounts are micro-dollars. */
export interface RunView {
  readonly runId: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly agent: string;
  readonly user: User;
  readonly status: RunStatus;
  readonly mode?: RunMode;
  readonly requestedAt: string;
  readonly openedAt?: string;
  readonly closedAt?: string;
  readonly outcome?: RunOutcome;
  readonly reason?: Reason;
  /** The approval that the run sleeps on. */
  readonly waitingFor?: string;
  /** Its data is kept since, until somebody releases it. */
  readonly heldSince?: string;
  /** Its data was erased; whose run it was is not known any more. */
  readonly erasedAt?: string;
  readonly budget?: {
    readonly capMicroDollars: number;
    readonly heldMicroDollars: number;
    readonly spentMicroDollars: number;
    readonly callsLeft: number;
    /** That models have taken, in and out. */
    readonly tokens: number;
  };
}

/** Answer of `GET /runs/{id}/events`. Ask again with `after=<next>` for what came later. */
export interface EventsView {
  readonly events: readonly LedgerEvent[];
  /** Cursor behind the last event; equal to the one sent when there was nothing new. */
  readonly next: string;
}

/** One row of `GET /approvals`, and the answer of a verdict. */
export interface ApprovalView {
  readonly approvalId: string;
  readonly tenant: string;
  readonly runId: string;
  readonly workflow: string;
  readonly agent: string;
  readonly callId: string;
  readonly user: User;
  readonly proposal: Proposal;
  readonly resource: string;
  /** Facts on which the decision was taken. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly digest: string;
  readonly policies: readonly string[];
  /** Why people are asked, in words of the policies. */
  readonly reasons: readonly string[];
  /** Of the tool. */
  readonly tier: number;
  readonly kinds: readonly string[];
  /** The most that the call may cost, in micro-dollars. */
  readonly holdMicroDollars: number;
  /** Of what the run had read, 0 to 1000; absent where no policy asks for them. */
  readonly scores?: {
    readonly injection: number;
    readonly sentiment: number;
    readonly topics: readonly string[];
  };
  /** Ids of those who asked for the call: the person or app that the run acts for, and the principal that started it. */
  readonly requesters: readonly string[];
  /** Ids of those who gain from the call, as systems of record call them. */
  readonly beneficiaries: readonly string[];
  /** What exactly would change; absent when the tool shows nothing beforehand. */
  readonly preview?: ShownPreview;
  /** Who is asked first; the first of `asks`. */
  readonly approverRole: string;
  readonly quorum: number;
  /** Everybody who is asked, in turn; whichever quorum is reached first decides. */
  readonly asks: readonly ApprovalAsk[];
  readonly state: ApprovalState;
  readonly requestedAt: string;
  readonly expiresAt: string;
  /** Nobody was reached for so long: the run goes on without an approval. */
  readonly heartbeatSeconds: number;
  /** ISO 8601 UTC; people count as reached until then. Absent when nobody was reached yet. */
  readonly reachedUntil?: string;
  /** When people are asked in the second channel; absent when they are not. ISO 8601 UTC. */
  readonly secondChannelFrom?: string;
  readonly verdicts: readonly VerdictRecord[];
  /** Counts verdicts, and those that were taken back. */
  readonly revision: number;
  /** Where Slack shows it. */
  readonly messages: readonly ApprovalMessage[];
}

/** A role that is asked, from an instant on. */
export interface ApprovalAsk {
  readonly approverRole: string;
  /** Number of distinct people. */
  readonly quorum: number;
  /** ISO 8601 UTC. */
  readonly from: string;
}

/** Changes by effect, such as `orders/W1`, as the tool records them when it has made them; or why there are none to show. */
export type ShownPreview =
  | {
      readonly changes: Readonly<Record<string, readonly FieldChange[]>>;
      /** Keyed digest of the canonical changes, hex. */
      readonly digest: string;
    }
  | { readonly error: string };

/** A message that people can decide in. */
export interface ApprovalMessage {
  readonly channel: string;
  /** Slack's id of the message within the channel. */
  readonly ts: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly approverRole: string;
  readonly why: 'asked' | 'second_channel' | 'next_role';
  /** Ids of all approvals in the message, this one among them; absent when it has the message to itself. */
  readonly digest?: readonly string[];
  /** Of what the message shows of this approval; another one is to be rendered again. */
  readonly shown?: string;
}

export interface VerdictRecord {
  readonly by: string;
  readonly verdict: Verdict;
  readonly at: string;
  readonly note?: string;
  /** Those of the roles asked that the person had then. */
  readonly roles: readonly string[];
  readonly via: VerdictChannel;
}

/** Body of `POST /approvals/{id}`. Who decides is the verified caller, never the body. */
export interface VerdictRequest {
  readonly tenant?: string;
  readonly verdict: GivenVerdict;
  readonly note?: string;
}

/** Answer of `GET /runs/{id}/receipt`: the account of a run from its events, and the proof of them. */
export interface Receipt {
  readonly run: RunView;
  /** The principal that started it. */
  readonly startedBy: string;
  readonly owner: string;
  readonly policyDigest: string;
  readonly envelopeDigest: string;
  readonly permission: ReceiptPermission;
  readonly calls: readonly ReceiptCall[];
  readonly questions: readonly ReceiptQuestion[];
  readonly models: readonly ReceiptModel[];
  /** In three parts: model; tools and infrastructure; people. Infrastructure and people at `prices`. */
  readonly cost: {
    readonly modelMicroDollars: number;
    readonly toolsMicroDollars: number;
    readonly infrastructureMicroDollars: number;
    /** The time of those who gave verdicts and settled outcomes. */
    readonly peopleMicroDollars: number;
    readonly totalMicroDollars: number;
    /** Model and tools: what the run's budget was charged. */
    readonly budgetMicroDollars: number;
  };
  readonly prices: ReceiptPrices;
  /** Number of events and the SHA-256 over their canonical JSON in order; recompute it from the audit bucket. */
  readonly events: { readonly count: number; readonly digest: string };
  readonly proof: ReceiptProof;
}

export interface ReceiptCall {
  readonly callId: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly resource?: string;
  /** The last decision, which is the one that counted. */
  readonly decision: DecisionKind;
  readonly policies: readonly string[];
  readonly reasons: readonly Reason[];
  /** All of them, in order. */
  readonly decisions: readonly ReceiptDecision[];
  readonly approval?: {
    readonly approvalId: string;
    readonly approverRole: string;
    readonly quorum: number;
    readonly askedAt: string;
    /** Of the changes that people were shown. */
    readonly previewDigest?: string;
    readonly verdicts: readonly ReceiptVerdict[];
  };
  /** Present when it was decided under break-glass. */
  readonly breakGlass?: BreakGlassUse;
  readonly outcome?: {
    /** As it is known now: a person may have settled what the execution left `unknown`. */
    readonly status: OutcomeStatus;
    readonly at: string;
    readonly effects: readonly string[];
    /** How often something of a kind was redacted; absent when nothing was. */
    readonly redacted?: Readonly<Record<string, number>>;
    /** Of the exact changes, by effect; a value is a digest unless it is fit for the log. */
    readonly changes?: Readonly<Record<string, readonly FieldChange[]>>;
    /** Whether it changed exactly what people were shown; absent when they were shown nothing. */
    readonly preview?: PreviewMatch;
    /** The tool that takes the call back, where it can be. */
    readonly undo?: { readonly tool: string };
    /** The documents that it was answered with; absent when the tool retrieves none. */
    readonly retrieved?: Retrieved;
    readonly error?: Reason;
    /** Present when an earlier answer to the same read was given again. */
    readonly cached?: true;
    /** SHA-256 of the canonical output, hex. */
    readonly outputDigest?: string;
    readonly costMicroDollars: number;
    readonly settled?: SettlementRecord;
  };
}

/** Every error answer. `fields` names each bad field of a 400. */
export interface ApiError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: readonly { readonly field: string; readonly message: string }[];
  };
}
