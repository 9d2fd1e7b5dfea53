import type { GivenVerdict } from '../../../contracts/events.ts';
import type { Approval } from '../../../domain/approval/approval.ts';
import { isUnreachable } from '../../../domain/approval/approval.ts';
import { isQuestionId } from '../../../domain/approval/question.ts';
import { textForSlack } from './for-slack.ts';

/** What rendering needs to know beside the approval. */
export interface MessageContext {
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Name of a person of the directory; the id itself of somebody whom it does not know. */
  readonly nameOf: (personId: string) => string;
  /** Where the run's execution is shown; empty where there is no such page. */
  readonly runUrl: (approval: Approval) => string;
}

/** What has become of an approval; `open` while people can still say something. */
export type Standing = 'open' | 'approved' | 'used' | 'rejected' | 'expired' | 'unreachable';

/** INVARIANT: what time has ended is shown as ended, whether or not anybody has written that down yet. */
export function standingOf(approval: Approval, now: string): Standing {
  const { state, expiresAt } = approval;
  if (state !== 'requested' && state !== 'waiting') {
    return state;
  }
  if (isUnreachable(approval, now)) {
    return 'unreachable';
  }
  return now >= expiresAt ? 'expired' : 'open';
}

/** `Refund order` of `shop.refund_order`. */
export function actionWords(tool: string): string {
  const words = tool.slice(tool.indexOf('.') + 1).replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What people are asked, in one line. */
export function titleOf({ approvalId, proposal, resource, runId }: Approval): string {
  return isQuestionId(approvalId) ? `May run ${runId} go on?` : `${actionWords(proposal.tool)}: ${resource}`;
}

const TIERS = [
  'changes nothing',
  'low: little harm when wrong',
  'medium: customers notice',
  'high: money or production',
  'highest: privileged access',
] as const;

/** `3 of 4, high: money or production; money`. */
export function riskWords({ tier, kinds }: Pick<Approval, 'tier' | 'kinds'>): string {
  const words = TIERS[tier];
  const risk = words === undefined ? `${tier}, which has no words here` : `${tier} of 4, ${words}`;
  return kinds.length === 0 ? risk : `${risk}; kind: ${kinds.join(', ')}`;
}

/** What the buttons say; to a call and to a run other words. */
export function verdictWords({
  approvalId,
}: Pick<Approval, 'approvalId'>): Readonly<Record<GivenVerdict, string>> {
  return isQuestionId(approvalId)
    ? { approve: 'Let it go on', reject: 'End the run', withdraw: 'Take back my yes' }
    : { approve: 'Approve', reject: 'Reject', withdraw: 'Take back my approval' };
}

/** What comes of a yes, and of silence. */
export function consequenceWords({ approvalId }: Pick<Approval, 'approvalId'>): {
  readonly yes: string;
  readonly silence: string;
} {
  return isQuestionId(approvalId)
    ? { yes: 'If you say yes, the run takes its next step', silence: 'Without an answer the run ends.' }
    : { yes: 'If you approve, this call is made once', silence: 'Without an answer the call is not made.' };
}

/** `maria, theo and femi`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** A person by name, as far as that may leave for Slack. */
export function personWords(id: string, { nameOf }: Pick<MessageContext, 'nameOf'>): string {
  return textForSlack(nameOf(id));
}
