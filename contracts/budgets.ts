import type { Reason } from './call.ts';

/** Answer of `GET /budgets`: what the runs of a tenant have leased and spent of a day's caps. Micro-dollars. */
export interface BudgetsView {
  readonly tenant: string;
  /** `YYYY-MM-DD` in `timeZone`. */
  readonly day: string;
  readonly timeZone: string;
  /** The fullest first. */
  readonly scopes: readonly ScopeView[];
  /** Now, whichever day was asked for. */
  readonly paused: readonly PauseView[];
}

export interface ScopeView {
  /** `tenant`, `user`, `agent` or `workflow`. */
  readonly scope: string;
  readonly id: string;
  /** As it is deployed now; absent when there is none any more. */
  readonly capMicroDollars?: number;
  /** Leased by runs that are open, or spent. */
  readonly committedMicroDollars: number;
  /** Of runs that are over. */
  readonly spentMicroDollars: number;
}

/** Body of `POST /runs/{id}/cap`, answered with the run. Who sets it is the verified caller, never the body. */
export interface SetCapRequest {
  readonly tenant?: string;
  /** At most what the workflow's envelope grants; below what is used already, nothing more is held. */
  readonly capMicroDollars: number;
  /** Why, for the record. */
  readonly note: string;
}

/** A workflow that takes no new runs in a tenant, because a stop condition of its envelope was breached. */
export interface PauseView {
  readonly workflow: string;
  readonly reason: Reason;
  readonly at: string;
  /** The run whose closing breached it. */
  readonly runId: string;
}

/** Body of `POST /workflows/{workflow}/resume`, answered with the pause that is over. */
export interface ResumeWorkflowRequest {
  readonly tenant?: string;
  /** Why, for the record. */
  readonly note: string;
}
