import type { CallState } from './calls.ts';

/** Why the approval of an allowed call does not hold. */
interface Unfounded {
  readonly code: 'approval_missing' | 'approval_of_another_call';
  readonly why: string;
}

const ID_DIGITS = 20;

/**
 * @returns undefined when people have approved the call as they were asked to, or nobody was asked
 */
export function unfoundedApproval({ asked, allowed, said }: CallState): Unfounded | undefined {
  if (allowed === undefined || (asked === undefined && allowed.approvalId === undefined)) {
    return undefined;
  }
  if (asked === undefined || allowed.approvalId === undefined) {
    const why =
      asked === undefined ? 'nobody was asked for it' : 'people were asked, and it was allowed without';
    return { code: 'approval_missing', why };
  }
  const { approvalId, digest } = allowed;
  // INVARIANT: the id of an approval is made from the digest of its call, so that it stands for no other
  const isOfCall =
    asked.approvalId === approvalId &&
    asked.digest === digest &&
    approvalId === `apr-${String(digest).slice(0, ID_DIGITS)}`;
  if (!isOfCall) {
    return {
      code: 'approval_of_another_call',
      why: `it was allowed by ${String(approvalId)}, asked for was ${String(asked.approvalId)}`,
    };
  }
  const verdicts = [...said.values()].filter((each) => each.approvalId === approvalId);
  if (verdicts.some(({ verdict }) => verdict === 'reject')) {
    return { code: 'approval_missing', why: 'somebody has rejected it' };
  }
  const approved = verdicts.filter(({ verdict }) => verdict === 'approve').length;
  const needed = peopleNeeded(asked, allowed);
  if (needed === undefined) {
    return { code: 'approval_missing', why: 'of no role that was asked have as many approved as it takes' };
  }
  return approved < needed
    ? { code: 'approval_missing', why: `${approved} people have approved it, expected ${needed}` }
    : undefined;
}

/**
 * What the decision counted, by role, has to be enough of a role that was asked, and as many people as it counted have to have approved.
 *
 * @returns undefined when it counted too few of each role; what the first role takes when it says nothing of whom it counted
 */
function peopleNeeded(
  { approverRole, quorum, laterAsks }: NonNullable<CallState['asked']>,
  { approvals }: NonNullable<CallState['allowed']>,
): number | undefined {
  if (approvals === undefined) {
    return peopleIn(quorum);
  }
  const later = Array.isArray(laterAsks) ? (laterAsks as readonly Ask[]) : [];
  const isReached = [{ approverRole, quorum }, ...later].some(
    (ask) => Number(approvals[String(ask.approverRole)] ?? 0) >= peopleIn(ask.quorum),
  );
  return isReached ? Math.max(...Object.values(approvals).map(Number)) : undefined;
}

interface Ask {
  readonly approverRole: unknown;
  readonly quorum: unknown;
}

function peopleIn(quorum: unknown): number {
  return typeof quorum === 'number' && quorum >= 1 ? quorum : 1;
}
