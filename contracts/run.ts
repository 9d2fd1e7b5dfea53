import type { ShownPreview } from './api.ts';
import type { CallRequest, Reason, RunRef } from './call.ts';
import type { NextStep } from './steps.ts';

/** The person or app on whose behalf a run acts. */
export interface User {
  readonly id: string;
  readonly roles: readonly string[];
}

/** Execution input of a workflow's Standard machine. The API writes it, `open-run` reads it. */
export interface RunExecutionInput {
  readonly run: RunRef;
}

/** `closed` is final. `requested` has no execution yet, or one that has not opened the run. */
export type RunStatus = 'requested' | 'open' | 'closed';

/** How a run ended. */
export type RunOutcome = 'completed' | 'stopped' | 'failed';

/** Only modes that narrow what policy allows; `autonomous` leaves it as it is. */
export type RunMode = 'autonomous' | 'read_only' | 'stopped';

/** State that the agent loop carries from turn to turn; kept small, the conversation is in the transcript. */
export interface PlanInput {
  readonly run: RunRef;
  /** The plan that was just carried out; absent on the first turn. */
  readonly planned?: { readonly plan: Plan };
  /** Answer of the synchronous governed-call execution, as Step Functions gives it. */
  readonly governed?: {
    readonly Status: string;
    /** JSON of `CallResult[]`; absent unless the execution succeeded. */
    readonly Output?: string;
    readonly Error?: string;
    readonly Cause?: string;
  };
}

/** What the plan step answers: what the machine does next. */
export interface Plan {
  readonly next: NextStep;
  /** Counts plans; names the transcript that the next plan starts from. */
  readonly turn: number;
  readonly calls: readonly CallRequest[];
  /** Present when `next` is `wait`. */
  readonly wait?: {
    readonly approvalId: string;
    readonly callId: string;
    readonly timeoutSeconds: number;
    readonly heartbeatSeconds: number;
    /** What people are shown of the call's changes; null when there is nothing, since a machine cannot leave out a member. */
    readonly preview: ShownPreview | null;
  };
  /** Present when `next` is `close`. */
  readonly outcome?: RunOutcome;
  readonly reason?: Reason;
}

/** Input of `countersign`, which stores the token and lets the machine sleep. */
export interface CountersignInput {
  readonly run: RunRef;
  readonly callId: string;
  readonly approvalId: string;
  readonly taskToken: string;
  readonly preview: ShownPreview | null;
}

/** Input of `close-run`: the plan that ends the run, or what a step of the machine failed with. */
export interface CloseRunInput {
  readonly run: RunRef;
  readonly plan?: Plan;
  readonly error?: { readonly Error?: string; readonly Cause?: string };
}
