import type { LoggedEvent } from './entry.ts';

/** What the log has said of one call so far, in whatever order. */
export interface CallState {
  readonly tenant: string;
  readonly run: string;
  readonly call: string;
  asked?: Asked;
  allowed?: Allowed;
  executed?: Executed;
  /** Leaf of what a person has found out. */
  settled?: number;
  /** What each person has said last, by approval and person. */
  readonly said: Map<string, Said>;
}

interface Asked {
  readonly leaf: number;
  readonly approvalId: unknown;
  readonly approverRole: unknown;
  readonly quorum: unknown;
  /** Roles that are asked after the first. */
  readonly laterAsks: unknown;
  readonly digest: unknown;
}

interface Allowed {
  readonly leaf: number;
  readonly at: string;
  readonly tool: unknown;
  readonly approvalId: unknown;
  readonly digest: unknown;
  /** How many people of each role stood behind the call when it was decided. */
  readonly approvals: Readonly<Record<string, unknown>> | undefined;
}

interface Executed {
  readonly leaf: number;
  readonly tool: unknown;
  readonly status: unknown;
}

interface Said {
  readonly approvalId: unknown;
  readonly verdict: unknown;
  readonly order: string;
}

export function askedBy(event: LoggedEvent, leaf: number): Asked {
  const { approvalId, approverRole, quorum, laterAsks, digest } = event;
  return { leaf, approvalId, approverRole, quorum, laterAsks, digest };
}

export function allowedBy({ at, tool, approvalId, digest, context }: LoggedEvent, leaf: number): Allowed {
  const { approvals } = (context ?? {}) as { readonly approvals?: Allowed['approvals'] };
  return { leaf, at, tool, approvalId, digest, approvals };
}

export function executedBy({ tool, status }: LoggedEvent, leaf: number): Executed {
  return { leaf, tool, status };
}

const REVISION_DIGITS = 9;

/** Keeps what a person has said last. Of one instant the later revision counts, the number at the end of the event's id. */
export function hear(call: CallState, { at, id, by, approvalId, verdict }: LoggedEvent): void {
  const revision = /(\d+)$/.exec(id)?.[1] ?? '';
  const order = `${at}#${revision.padStart(REVISION_DIGITS, '0')}`;
  const who = JSON.stringify([approvalId, by]);
  const before = call.said.get(who);
  if (before === undefined || before.order < order) {
    call.said.set(who, { approvalId, verdict, order });
  }
}
