import type { ApprovalView } from '../../contracts/api.ts';
import { TOLD_BECAUSE } from './approval-events.ts';
import { approvedAs, askedNow, verdictText } from './approvals.ts';
import { fieldText } from './changes.ts';
import { age, timeUntil } from './duration.ts';
import { argumentText, facts, money, printable } from './text.ts';

const TIERS = ['read-only', 'low-impact write', 'customer-facing', 'money or production', 'privileged'];

/**
 * Everything that a person should see before deciding: the exact call, what it would change, why people are asked, and who else.
 *
 * INVARIANT: nothing of it is cut, since what somebody approves is what they saw.
 */
export function approvalCard(approval: ApprovalView, now: Date): readonly string[] {
  const { proposal, verdicts, reasons, requestedAt, expiresAt } = approval;
  const list = (texts: readonly string[]) => texts.map(printable).join(', ') || undefined;
  const call: readonly Fact[] = [
    ['approval', approval.approvalId],
    ['state', approval.state],
    ['tool', `${printable(proposal.tool)}, ${tierText(approval)}`],
    ['arguments', argumentText(proposal.arguments) || 'none'],
    ['resource', printable(approval.resource)],
    ['user', printable(approval.user.id)],
    ['run', `${approval.runId}, call ${approval.callId} of ${approval.agent} in ${approval.workflow}`],
    ['cost', `at most ${money(approval.holdMicroDollars)}`],
  ];
  const people: readonly Fact[] = [
    ['why', reasons.map(printable).join('; ') || undefined],
    ['policies', list(approval.policies)],
    ['evidence', argumentText(approval.facts) || undefined],
    ['scores', scoreText(approval)],
    ['asked for by', list(approval.requesters)],
    ['gains', list(approval.beneficiaries)],
    ['decided', verdicts.map(verdictText).join('; ') || 'nobody yet'],
    ['must sign', missingText(approval, now)],
    ['asked next', nextText(approval, now)],
    ['requested', `${requestedAt}, ${age(requestedAt, now)} ago`],
    ['expires', `${expiresAt}, ${timeLeft(approval, now)}`],
    ['reached', reachedText(approval, now)],
    ['in slack', messageText(approval)],
    ['digest', approval.digest],
  ];
  // one block, so that all values are in one column
  const lines = facts([...call, ...people]);
  return [...lines.slice(0, call.length), ...changeLines(approval), ...lines.slice(call.length)];
}

type Fact = readonly [name: string, value: string | undefined];

function tierText({ tier, kinds }: ApprovalView): string {
  const words = `tier ${tier}, ${TIERS[tier] ?? 'unknown'}`;
  return kinds.length === 0 ? words : `${words} (${kinds.map(printable).join(', ')})`;
}

/** A line for each field, under what it is of. */
function changeLines({ preview }: ApprovalView): readonly string[] {
  if (preview === undefined) {
    return ['changes', '  the tool shows nothing beforehand'];
  }
  if ('error' in preview) {
    return ['changes', `  cannot be shown: ${printable(preview.error)}`];
  }
  const effects = Object.entries(preview.changes);
  return [
    'changes',
    ...(effects.length === 0 ? ['  none'] : []),
    ...effects.flatMap(([effect, changes]) => [
      `  ${printable(effect)}`,
      ...changes.map((change) => `    ${printable(fieldText(change))}`),
    ]),
  ];
}

function scoreText({ scores }: ApprovalView): string | undefined {
  if (scores === undefined) {
    return undefined;
  }
  const topics = scores.topics.length === 0 ? '' : `, topics ${scores.topics.map(printable).join(', ')}`;
  return `injection ${scores.injection}, sentiment ${scores.sentiment} of 1000${topics}`;
}

/** `1 more release_manager, or 2 more head_of_platform`; undefined when nobody is asked any more. */
export function missingText(approval: ApprovalView, now: Date): string | undefined {
  if (approval.state !== 'waiting' && approval.state !== 'requested') {
    return undefined;
  }
  return askedNow(approval, now)
    .map(({ approverRole, quorum }) => {
      const people = Math.max(0, quorum - approvedAs(approval, approverRole));
      return `${people} more ${printable(approverRole)}`;
    })
    .join(', or ');
}

function nextText({ asks }: ApprovalView, now: Date): string | undefined {
  const later = asks.filter(({ from }) => Date.parse(from) > now.getTime());
  return (
    later
      .map(({ approverRole, quorum, from }) => `${quorum} ${printable(approverRole)} from ${from}`)
      .join(', ') || undefined
  );
}

function timeLeft({ expiresAt, state }: ApprovalView, now: Date): string {
  const left = timeUntil(expiresAt, now);
  return state !== 'waiting' && state !== 'requested' ? state : left === 'over' ? 'over' : `${left} left`;
}

/** Says when the run gives up because nobody could be asked. */
function reachedText({ reachedUntil, state }: ApprovalView, now: Date): string | undefined {
  if (state !== 'waiting') {
    return undefined;
  }
  if (reachedUntil === undefined) {
    return 'nobody yet';
  }
  return `people are told until ${reachedUntil}, ${timeUntil(reachedUntil, now)}`;
}

function messageText({ messages }: ApprovalView): string | undefined {
  const shown = messages.map(
    ({ channel, ts, why, approverRole }) =>
      `${printable(channel)} ${ts}, ${printable(approverRole)} ${TOLD_BECAUSE[why]}`,
  );
  return shown.join('; ') || undefined;
}
