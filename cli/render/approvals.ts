import type { ApprovalAsk, ApprovalView, VerdictRecord } from '../../contracts/api.ts';
import type { GivenVerdict } from '../../contracts/events.ts';
import { age, timeUntil } from './duration.ts';
import { printable, table } from './text.ts';

const COLUMNS = ['approval', 'age', 'left', 'needs', 'tool', 'resource'].map((title) => ({ title }));

/** With an id of 24 characters and two durations a row has at most 120; the card shows everything whole. */
const MAXIMUM_WIDTHS = { needs: 20, tool: 30, resource: 16 };

/** One row for each approval that waits, the oldest first. */
export function approvalTable(approvals: readonly ApprovalView[], now: Date): readonly string[] {
  if (approvals.length === 0) {
    return ['no approval is waiting'];
  }
  const rows = oldestFirst(approvals).map((approval) => [
    approval.approvalId,
    age(approval.requestedAt, now),
    timeUntil(approval.expiresAt, now),
    cut(needText(approval, now), MAXIMUM_WIDTHS.needs),
    cut(printable(approval.proposal.tool), MAXIMUM_WIDTHS.tool),
    cut(printable(approval.resource), MAXIMUM_WIDTHS.resource),
  ]);
  return table(COLUMNS, rows);
}

export function oldestFirst(approvals: readonly ApprovalView[]): readonly ApprovalView[] {
  return approvals.toSorted((left, right) => (left.requestedAt < right.requestedAt ? -1 : 1));
}

/** `3 wait, the oldest for 2 h 5 min` */
export function waitingText(approvals: readonly ApprovalView[], now: Date): string {
  const [oldest] = oldestFirst(approvals);
  return oldest === undefined
    ? 'no approval is waiting'
    : `${approvals.length} ${approvals.length === 1 ? 'waits' : 'wait'}, the oldest for ${age(oldest.requestedAt, now)}`;
}

/** Roles that are asked by now. */
export function askedNow({ asks }: ApprovalView, now: Date): readonly ApprovalAsk[] {
  return asks.filter(({ from }) => Date.parse(from) <= now.getTime());
}

/** Distinct people who have approved as somebody of a role. */
export function approvedAs({ verdicts }: ApprovalView, role: string): number {
  const people = verdicts.filter(({ verdict, roles }) => verdict === 'approve' && roles.includes(role));
  return new Set(people.map(({ by }) => by)).size;
}

/** `1/2 release_manager`, of each role that is asked by now. */
function needText(approval: ApprovalView, now: Date): string {
  return askedNow(approval, now)
    .map(
      ({ approverRole, quorum }) =>
        `${approvedAs(approval, approverRole)}/${quorum} ${printable(approverRole)}`,
    )
    .join(', ');
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** `maria approve via slack at 2026-01-31T09:00:00.000Z: note` */
export function verdictText({
  by,
  verdict,
  at,
  note,
  via,
}: Pick<VerdictRecord, 'by' | 'at' | 'note' | 'via'> & { readonly verdict: GivenVerdict }): string {
  return `${printable(by)} ${verdict} via ${via} at ${at}${note === undefined ? '' : `: ${printable(note)}`}`;
}
