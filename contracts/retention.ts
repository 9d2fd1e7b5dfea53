/** Erasing a person's data, and keeping a run's beyond its days: what the API, its two functions and the command line say about it. */

/** Body of `POST /people/{id}/erasure`. Who erases is the verified caller, never the body. */
export interface ErasePersonRequest {
  readonly tenant?: string;
  /** Why, for the record. */
  readonly note: string;
}

/** What has gone so far. */
export interface ErasedCounts {
  readonly runs: number;
  /** Versions of transcripts, the request of each run among them. */
  readonly transcripts: number;
  /** Items of names that came into runs. */
  readonly names: number;
  /** Calls with their arguments, and refusals. */
  readonly calls: number;
  readonly approvals: number;
}

/** Answer of it. Ask again until it is finished: what is done is not done twice. */
export interface ErasureView extends ErasedCounts {
  readonly erasureId: string;
  readonly finished: boolean;
  readonly runsLeft: number;
}

/** Body of `POST /runs/{id}/hold`, answered with the run. */
export interface HoldRunRequest {
  readonly tenant?: string;
  /** False releases it. */
  readonly hold: boolean;
  /** Why, for the record. */
  readonly note: string;
}

/** What the API hands on: who it is has been verified, and may. */
export interface ErasePersonInput {
  readonly tenant: string;
  readonly userId: string;
  readonly by: string;
  readonly note: string;
}

export interface HoldRunInput {
  readonly tenant: string;
  readonly runId: string;
  readonly by: string;
  readonly note: string;
  readonly hold: boolean;
}

/** Why it was not done; nothing was changed by it. */
export interface RetentionRefusal {
  readonly code: string;
  readonly message: string;
}

export type ErasePersonAnswer = ErasureView | { readonly refused: RetentionRefusal };
export type HoldRunAnswer = { readonly held: boolean } | { readonly refused: RetentionRefusal };
