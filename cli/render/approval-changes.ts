import type { ApprovalView, VerdictRecord } from '../../contracts/api.ts';
import type { GivenVerdict } from '../../contracts/events.ts';
import { TOLD_BECAUSE } from './approval-events.ts';
import { verdictText } from './approvals.ts';
import { type Paint, printable, type Style, unpainted } from './text.ts';

const LABEL_WIDTH = 11;

const OUTCOMES: Readonly<Partial<Record<ApprovalView['state'], readonly [Style, string]>>> = {
  approved: ['green', 'the call is decided afresh'],
  rejected: ['red', 'the call is not made'],
  expired: ['red', 'nobody decided in time, the call is not made'],
  unreachable: ['red', 'nobody could be reached, the call is not made'],
  used: ['green', 'the call was let through with it'],
};

interface Change {
  readonly change: 'asked' | 'told' | 'verdict' | 'withdrawn' | 'outcome';
  readonly approval: ApprovalView;
  readonly verdict?: VerdictRecord;
}

/** One line for something that happened to an approval. */
export function changeLine(change: Change, paint: Paint = unpainted): string {
  const [label, style, text] = partsOf(change);
  return `${change.approval.approvalId}  ${paint(style, label.padEnd(LABEL_WIDTH))}  ${text}`;
}

function partsOf({ change, approval, verdict }: Change): readonly [string, Style, string] {
  switch (change) {
    case 'asked': {
      const { proposal, resource, approverRole, requestedAt } = approval;
      const what = `${printable(proposal.tool)} on ${printable(resource)}`;
      return ['asked', 'yellow', `${what}, of ${printable(approverRole)} at ${requestedAt}`];
    }
    case 'told': {
      const last = approval.messages.at(-1);
      const why = last === undefined ? '' : `, ${TOLD_BECAUSE[last.why]}`;
      return ['told', 'dim', `${printable(last?.approverRole ?? '')} in slack${why}`];
    }
    case 'outcome': {
      const [style, text] = OUTCOMES[approval.state] ?? ['dim', 'nothing is known of it'];
      return [approval.state, style, text];
    }
    default: {
      const said: GivenVerdict = change === 'withdrawn' ? 'withdraw' : (verdict?.verdict ?? 'approve');
      const style = said === 'approve' ? 'green' : said === 'reject' ? 'red' : 'yellow';
      return [change, style, verdict === undefined ? '' : saidText(verdict, said)];
    }
  }
}

/** Of what was taken back it is known who gave it and when, and not when it was taken back. */
function saidText(verdict: VerdictRecord, said: GivenVerdict): string {
  return said === 'withdraw'
    ? `${printable(verdict.by)} has taken back what was approved at ${verdict.at}`
    : verdictText(verdict);
}
