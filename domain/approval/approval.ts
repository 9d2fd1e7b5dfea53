import type { ApprovalView, VerdictRecord, VerdictRequest } from '../../contracts/api.ts';
import type { Reason } from '../../contracts/call.ts';
import type { ApprovalState, Verdict } from '../../contracts/events.ts';
import type { Person } from './directory.ts';

/**
 * A question to people about one exact call.
 *
 *     requested --machine sleeps--> waiting --quorum--> approved --authorize--> used
 *                                      |--one rejection--> rejected
 *                                      |--expiresAt------> expired
 */
export type Approval = ApprovalView;

/**
 * Why this person may not decide on this approval now; undefined when they may. Silence never approves, and neither
 * does the person for whom the run acts.
 */
export function verdictRefusal(approval: Approval, person: Person, now: string): Reason | undefined {
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
  if (!person.roles.includes(approval.approverRole)) {
    const message = `${person.id} lacks the role '${approval.approverRole}', ask somebody who has it`;
    return { code: 'missing_role', message };
  }
  if (person.id === approval.user.id) {
    return { code: 'own_request', message: `${person.id} is the one the run acts for, ask somebody else` };
  }
  if (approval.verdicts.some(({ by }) => by === person.id)) {
    return {
      code: 'decided_twice',
      message: `${person.id} has decided already, a quorum is of distinct people`,
    };
  }
  return undefined;
}

/** The approval with one more verdict: the first rejection ends it, the quorum's last approval too. */
export function withVerdict(
  approval: Approval,
  by: string,
  { verdict, note }: VerdictRequest,
  at: string,
): { readonly state: ApprovalState; readonly verdicts: readonly VerdictRecord[] } {
  const verdicts = [...approval.verdicts, { by, verdict, at, ...(note === undefined ? {} : { note }) }];
  return { state: stateAfter(verdicts, verdict, approval.quorum), verdicts };
}

function stateAfter(verdicts: readonly VerdictRecord[], latest: Verdict, quorum: number): ApprovalState {
  if (latest === 'reject') {
    return 'rejected';
  }
  return verdicts.length >= quorum ? 'approved' : 'waiting';
}

/** How long people have been asked. */
export function waitedSeconds({ requestedAt }: Pick<Approval, 'requestedAt'>, now: string): number {
  return Math.max(0, Math.round((Date.parse(now) - Date.parse(requestedAt)) / 1000));
}

/** What policies see of an approval: how many distinct people of each role stand behind this call. */
export function approvalCounts(
  approverRoles: readonly string[],
  approved: Pick<Approval, 'approverRole' | 'verdicts'> | undefined,
): Record<string, number> {
  const people = new Set(
    approved?.verdicts.filter(({ verdict }) => verdict === 'approve').map(({ by }) => by),
  );
  return Object.fromEntries(
    approverRoles.map((role) => [role, role === approved?.approverRole ? people.size : 0]),
  );
}
