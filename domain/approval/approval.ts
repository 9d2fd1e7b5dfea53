import type { ApprovalAsk, ApprovalView, VerdictRecord } from '../../contracts/api.ts';
import type { Reason } from '../../contracts/call.ts';
import type { ApprovalState, GivenVerdict, VerdictChannel } from '../../contracts/events.ts';
import type { Person } from './directory.ts';

/**
 * A question to people about one exact call.
 *
 *     requested --machine sleeps--> waiting --quorum--> approved --authorize--> used
 *                                      |--one rejection------------> rejected
 *                                      |--expiresAt----------------> expired
 *                                      |--nobody can be reached----> unreachable
 */
export type Approval = ApprovalView;

/** What a person says, and where. */
export interface GivenBy {
  readonly verdict: GivenVerdict;
  readonly note?: string;
  readonly via: VerdictChannel;
}

/** Who is asked at an instant. INVARIANT: only time adds to them, so nobody can be asked earlier by whoever tells people. */
export function asked({ asks }: Pick<Approval, 'asks'>, now: string): readonly ApprovalAsk[] {
  return asks.filter(({ from }) => now >= from);
}

/** Those of the roles asked that a person has. */
export function rolesAsked(
  approval: Pick<Approval, 'asks'>,
  person: Pick<Person, 'roles'>,
  now: string,
): string[] {
  return asked(approval, now)
    .map(({ approverRole }) => approverRole)
    .filter((role) => person.roles.includes(role));
}

/**
 * Why nothing can be said to this approval now, whoever says it; undefined when it can. Who may is for policy
 * (`MayCountersign`). Silence never approves.
 */
export function verdictRefusal(
  approval: Approval,
  person: Pick<Person, 'id'>,
  verdict: GivenVerdict,
  now: string,
): Reason | undefined {
  if (approval.state === 'requested') {
    return { code: 'not_waiting_yet', message: 'the run is not waiting yet, try again in a second' };
  }
  if (approval.state !== 'waiting') {
    return {
      code: 'already_decided',
      message: `the approval is ${approval.state}, nothing is left to decide`,
    };
  }
  if (now >= approval.expiresAt) {
    return { code: 'approval_expired', message: `the approval expired at ${approval.expiresAt}` };
  }
  if (isUnreachable(approval, now)) {
    return {
      code: 'approval_unreachable',
      message: 'the run has given up waiting, since nobody could be reached',
    };
  }
  const given = approval.verdicts.some(({ by }) => by === person.id);
  if (verdict === 'withdraw') {
    return given
      ? undefined
      : { code: 'nothing_to_withdraw', message: `${person.id} has approved nothing here` };
  }
  // whoever has approved may say no as quickly as anybody
  return given && verdict === 'approve'
    ? {
        code: 'decided_twice',
        message: `${person.id} has decided already, a quorum is of distinct people`,
      }
    : undefined;
}

/** The approval with one more verdict, or one less: the first rejection ends it, the quorum's last approval too. */
export function withVerdict(
  approval: Approval,
  person: Pick<Person, 'id' | 'roles'>,
  { verdict, note, via }: GivenBy,
  at: string,
): Pick<Approval, 'state' | 'verdicts' | 'revision'> {
  const revision = approval.revision + 1;
  const others = approval.verdicts.filter(({ by }) => by !== person.id);
  if (verdict === 'withdraw') {
    return { state: 'waiting', verdicts: others, revision };
  }
  const record: VerdictRecord = {
    by: person.id,
    verdict,
    at,
    ...(note === undefined ? {} : { note }),
    roles: rolesAsked(approval, person, at),
    via,
  };
  const verdicts = [...others, record];
  return { state: stateAfter(approval, verdicts, at), verdicts, revision };
}

function stateAfter(approval: Approval, verdicts: readonly VerdictRecord[], now: string): ApprovalState {
  if (verdicts.some(({ verdict }) => verdict === 'reject')) {
    return 'rejected';
  }
  const isReached = asked(approval, now).some(
    ({ approverRole, quorum }) => peopleOf(approverRole, verdicts).size >= quorum,
  );
  return isReached ? 'approved' : 'waiting';
}

/** Distinct people who have approved as somebody of the role. */
function peopleOf(role: string, verdicts: readonly VerdictRecord[]): ReadonlySet<string> {
  return new Set(
    verdicts
      .filter(({ verdict, roles }) => verdict === 'approve' && roles.includes(role))
      .map(({ by }) => by),
  );
}

/** How many more people each role that is asked has to find. */
export function missing(
  approval: Approval,
  now: string,
): readonly { readonly approverRole: string; readonly people: number }[] {
  return asked(approval, now).map(({ approverRole, quorum }) => ({
    approverRole,
    people: Math.max(0, quorum - peopleOf(approverRole, approval.verdicts).size),
  }));
}

/**
 * Whether nobody could be asked. Until `expiresAt` it takes `heartbeatSeconds` without a sign that people are reached; then it
 * is enough that there never was one.
 */
export function isUnreachable(
  {
    requestedAt,
    expiresAt,
    heartbeatSeconds,
    reachedUntil,
  }: Pick<Approval, 'requestedAt' | 'expiresAt' | 'heartbeatSeconds' | 'reachedUntil'>,
  now: string,
): boolean {
  if (now >= expiresAt) {
    return reachedUntil === undefined;
  }
  const until = reachedUntil ?? new Date(Date.parse(requestedAt) + heartbeatSeconds * 1000).toISOString();
  return now >= until;
}

/** How long people have been asked. */
export function waitedSeconds({ requestedAt }: Pick<Approval, 'requestedAt'>, now: string): number {
  return Math.max(0, Math.round((Date.parse(now) - Date.parse(requestedAt)) / 1000));
}

/** What policies see of an approval: how many distinct people of each role stand behind this call. */
export function approvalCounts(
  approverRoles: readonly string[],
  approved: Pick<Approval, 'verdicts'> | undefined,
): Record<string, number> {
  return Object.fromEntries(
    approverRoles.map((role) => [role, approved === undefined ? 0 : peopleOf(role, approved.verdicts).size]),
  );
}
