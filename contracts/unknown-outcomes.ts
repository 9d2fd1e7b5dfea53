import type { Reason } from './call.ts';
import type { User } from './run.ts';

/** Writes of which nobody knows whether they happened, and what people have found out about them. */

/** One row of `GET /unknown-outcomes`: what a person needs to look the effect up in the system behind the tool. */
export interface UnknownOutcomeView {
  readonly tenant: string;
  readonly runId: string;
  readonly callId: string;
  readonly workflow: string;
  readonly agent: string;
  readonly user: User;
  readonly tool: string;
  /** Those that are fit for the log as they are, the others as digests. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly resource: string;
  /** What the attempts are known to have touched; there may be more. */
  readonly effects: readonly string[];
  readonly error?: Reason;
  /** What the tool declares about attempts that break off. */
  readonly idempotency?: string;
  /** Given to the system behind the tool by every attempt at this call, where that system takes one. */
  readonly idempotencyKey: string;
  readonly attempts: number;
  readonly costMicroDollars: number;
  /** Who may settle it. */
  readonly reviewerRole: string;
  readonly unknownSince: string;
}

/** Body of `POST /runs/{id}/calls/{callId}/outcome`. Who settles is the verified caller, never the body. */
export interface SettleOutcomeRequest {
  readonly tenant?: string;
  readonly happened: boolean;
  readonly note: string;
  /** Where it can be seen: an id or address in the other system. */
  readonly evidence?: string;
}

/** What a person has found out about a call whose outcome was unknown. */
export interface SettlementRecord {
  readonly happened: boolean;
  readonly by: string;
  readonly at: string;
  readonly note: string;
  readonly evidence?: string;
}

/** Answer of settling. */
export interface SettledOutcomeView {
  readonly tenant: string;
  readonly runId: string;
  readonly callId: string;
  readonly tool: string;
  readonly status: 'succeeded' | 'failed';
  readonly settled: SettlementRecord;
}
