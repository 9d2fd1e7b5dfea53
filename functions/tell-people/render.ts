import type { KnownBlock } from '@slack/types';
import type { ApprovalMessage } from '../../contracts/api.ts';
import type { Approval } from '../../domain/approval/approval.ts';
import { isOver } from '../../domain/approval/telling.ts';
import {
  approvalMessage,
  digestMessage,
  type MessageContext,
  type SlackMessage,
} from '../adapters/slack/message.ts';
import { line, plain, richText } from '../adapters/slack/rich.ts';

type Why = ApprovalMessage['why'];

/** An approval in a message, and why it is told there. */
export interface Shown {
  readonly approval: Approval;
  readonly why: Why;
}

const WHY: Readonly<Record<Why, string | undefined>> = {
  asked: undefined,
  second_channel: 'Asked here too, because nobody has answered in the first channel.',
  next_role: 'Your role is asked too now, because those who were asked before have not answered.',
};

export function singleMessage({ approval, why }: Shown, context: MessageContext): SlackMessage {
  const { text, blocks } = approvalMessage(approval, context);
  const words = isOver(approval) ? undefined : WHY[why];
  return { text, blocks: words === undefined ? blocks : under(blocks, words) };
}

/** @param more - how many wait for the channel that are not in it */
export function gatheredMessage(
  shown: readonly Shown[],
  more: number,
  context: MessageContext,
): SlackMessage {
  const { text, blocks } = digestMessage(
    shown.map(({ approval }) => approval),
    more,
    context,
  );
  const escalated = shown.filter(({ approval, why }) => why !== 'asked' && !isOver(approval)).length;
  const words = `${escalated} of them ${escalated === 1 ? 'is' : 'are'} asked here too, because nobody has answered elsewhere.`;
  return { text, blocks: escalated === 0 ? blocks : under(blocks, words) };
}

/** Under the header, which says what it is about. */
function under([header, ...blocks]: readonly KnownBlock[], words: string): KnownBlock[] {
  return [...(header === undefined ? [] : [header]), richText(line(plain(words))), ...blocks];
}
