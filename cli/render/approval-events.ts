import type { EventBody, GivenVerdict } from '../../contracts/events.ts';
import type { Line } from './events.ts';
import { printable, type Style, shortDigest } from './text.ts';

type ApprovalEvent = Extract<EventBody, { type: `approval.${string}` }>;

const VERDICT_LABELS: Readonly<Record<GivenVerdict, readonly [string, Style]>> = {
  approve: ['approved', 'green'],
  reject: ['rejected', 'red'],
  withdraw: ['withdrawn', 'yellow'],
};

/** Why people were told there and then. */
export const TOLD_BECAUSE = {
  asked: 'who is asked',
  second_channel: 'since nobody had answered',
  next_role: 'since those asked before did not decide',
} as const;

/** What happened to an approval, as the events of its run tell it. */
export function approvalLine(event: ApprovalEvent): Line {
  const { callId, approvalId } = event;
  switch (event.type) {
    case 'approval.waiting': {
      const { expiresAt, previewDigest: shown } = event;
      const preview = shown === undefined ? '' : `, shown changes ${shortDigest(shown)}`;
      return ['waiting', 'yellow', `${callId} for approval ${approvalId} until ${expiresAt}${preview}`];
    }
    case 'approval.told': {
      const { approverRole, channel, why } = event;
      const text = `${printable(approverRole)} in slack channel ${printable(channel)}, ${TOLD_BECAUSE[why]}`;
      return ['told', 'dim', `${callId} ${text}, approval ${approvalId}`];
    }
    case 'approval.verdict': {
      const [label, style] = VERDICT_LABELS[event.verdict];
      const note = event.note === undefined ? '' : `: ${printable(event.note)}`;
      const by = `by ${printable(event.by)} via ${event.via}`;
      return [label, style, `${callId} ${by}, approval ${approvalId} is ${event.state}${note}`];
    }
  }
}
