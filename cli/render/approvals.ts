import type { ApprovalView, VerdictRecord } from '../../contracts/api.ts';
import type { GivenVerdict } from '../../contracts/events.ts';
import { argumentText, facts, printable, table } from './text.ts';

const COLUMNS = ['approval', 'requested', 'tool', 'resource', 'user', 'needs', 'expires', 'arguments'].map(
  (title) => ({ title }),
);

/** One row for each approval that waits. */
export function approvalTable(approvals: readonly ApprovalView[]): readonly string[] {
  if (approvals.length === 0) {
    return ['no approval is waiting'];
  }
  const rows = approvals.map((approval) => [
    approval.approvalId,
    approval.requestedAt,
    printable(approval.proposal.tool),
    printable(approval.resource),
    printable(approval.user.id),
    needText(approval),
    approval.expiresAt,
    argumentText(approval.proposal.arguments),
  ]);
  return table(COLUMNS, rows);
}

/** Everything that a person should see before deciding: the exact call, and the facts that were looked up for it. */
export function approvalLines(approval: ApprovalView): readonly string[] {
  const { proposal, verdicts } = approval;
  return facts([
    ['approval', approval.approvalId],
    ['state', approval.state],
    ['tool', printable(proposal.tool)],
    ['arguments', argumentText(proposal.arguments)],
    ['resource', printable(approval.resource)],
    ['facts', argumentText(approval.facts)],
    ['user', printable(approval.user.id)],
    ['run', `${approval.runId}, call ${approval.callId} of ${approval.agent} in ${approval.workflow}`],
    ['policies', approval.policies.map(printable).join(', ')],
    ['needs', needText(approval)],
    ['verdicts', verdicts.map(verdictText).join('; ') || 'none'],
    ['requested', approval.requestedAt],
    ['expires', approval.expiresAt],
    ['digest', approval.digest],
  ]);
}

function needText({ quorum, approverRole, verdicts }: ApprovalView): string {
  const approved = verdicts.filter(({ verdict }) => verdict === 'approve').length;
  return `${approved} of ${quorum} ${printable(approverRole)}`;
}

/** `maria approve at 2026-01-31T09:00:00.000Z: note` */
export function verdictText({
  by,
  verdict,
  at,
  note,
}: Pick<VerdictRecord, 'by' | 'at' | 'note'> & { readonly verdict: GivenVerdict }): string {
  return `${printable(by)} ${verdict} at ${at}${note === undefined ? '' : `: ${printable(note)}`}`;
}
