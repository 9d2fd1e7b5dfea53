/** Privileged access for a named incident: what the API and the command line say about it. */

/**
 * `requested` until a second person confirms, `active` until its time is over. The last four are final: refused, never
 * confirmed in time, ended by a person, and over by itself.
 */
export type BreakGlassState = 'requested' | 'active' | 'rejected' | 'unconfirmed' | 'ended' | 'expired';

export type BreakGlassVerdict = 'confirm' | 'reject' | 'end';

/** One row of `GET /break-glass`, and the answer of opening and of every verdict. */
export interface BreakGlassView {
  readonly grantId: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly agent: string;
  /** Id of the incident, as the incident's own system has it. */
  readonly incident: string;
  readonly reason: string;
  /** Tools of tier 4 that it opens, and nothing else. */
  readonly tools: readonly string[];
  /** Counted from the confirmation. */
  readonly minutes: number;
  readonly state: BreakGlassState;
  readonly openedBy: string;
  readonly openedAt: string;
  /** Without a confirmation before this it lapses. */
  readonly confirmBefore: string;
  /** Present once confirmed. */
  readonly confirmedBy?: string;
  readonly confirmedAt?: string;
  /** Over from this instant on. */
  readonly expiresAt?: string;
  /** Who rejected or ended it, and when. */
  readonly closedBy?: string;
  readonly closedAt?: string;
}

/** Body of `POST /break-glass`. Who opens is the verified caller, never the body. */
export interface OpenBreakGlassRequest {
  readonly tenant?: string;
  /** Makes opening idempotent: the same token, caller and body give the same request. */
  readonly clientToken?: string;
  readonly workflow: string;
  readonly incident: string;
  readonly reason: string;
  /** 1 to 60. */
  readonly minutes: number;
  /** @default every tool of tier 4 that the workflow's envelope allows */
  readonly tools?: readonly string[];
}

/** Body of `POST /break-glass/{id}`. */
export interface BreakGlassVerdictRequest {
  readonly tenant?: string;
  readonly verdict: BreakGlassVerdict;
  readonly note?: string;
}

/** The grant under which a call was decided. */
export interface BreakGlassUse {
  readonly grantId: string;
  readonly incident: string;
}
