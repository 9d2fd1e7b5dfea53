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
  return approved < needed
    ? { code: 'approval_missing', why: `${approved} people have approved it, expected ${needed}` }
    : undefined;
}

/**
 * The quorum of the role that was asked first, unless the decision says that it was another role whose people approved: their quorum is
 * not in the log, only how many they were.
 */
function peopleNeeded(
  { approverRole, quorum }: NonNullable<CallState['asked']>,
  { approvals }: NonNullable<CallState['allowed']>,
): number {
  const first = typeof quorum === 'number' && quorum >= 1 ? quorum : 1;
  const counted = approvals ?? {};
  const ofFirst = Number(counted[String(approverRole)] ?? 0);
  const others = Object.values(counted).map(Number).filter(Number.isFinite);
  return approvals === undefined || ofFirst >= first || others.length === 0 ? first : Math.max(1, ...others);
}
