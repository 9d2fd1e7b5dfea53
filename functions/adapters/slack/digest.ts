import type { ActionsBlock, DividerBlock, RichTextBlock } from '@slack/types';
import type { Approval } from '../../../domain/approval/approval.ts';
import { isQuestionId } from '../../../domain/approval/question.ts';
import { detailsButton, verdictButtons } from './buttons.ts';
import { changeBlocks, type Room } from './changes.ts';
import { askLines, pairs, requesterWords } from './facts.ts';
import { forSlack } from './for-slack.ts';
import { LIMITS } from './limits.ts';
import { outcomeLine } from './outcome.ts';
import { bold, instant, line, named, plain, richText } from './rich.ts';
import { type MessageContext, standingOf, titleOf } from './words.ts';

type Entry = RichTextBlock | ActionsBlock | DividerBlock;

/** From the most that one entry shows to the least. INVARIANT: ten entries with the least of all texts fit into a message. */
const ROOMS: readonly Room[] = [
  { changes: 6, effects: 3, field: 60, value: 60 },
  { changes: 4, effects: 2, field: 48, value: 48 },
  { changes: 2, effects: 1, field: 40, value: 40 },
  { changes: 1, effects: 1, field: 34, value: 34 },
];
const SHORTEST_TITLE = 50;

/** Entries of a digest, in as much detail as all of them together have room for. */
export function digestEntries(given: readonly Approval[], context: MessageContext): Entry[] {
  const approvals = given.map((each) => forSlack(each).approval);
  const [most, ...others] = ROOMS.map((room) =>
    approvals.flatMap((approval, index) => [
      ...(index === 0 ? [] : [{ type: 'divider' as const }]),
      ...entry(approval, context, room),
    ]),
  );
  const fitting = [most, ...others].find((blocks) => textLength(blocks) <= LIMITS.messageText);
  return fitting ?? others.at(-1) ?? [];
}

function entry(approval: Approval, context: MessageContext, room: Room): Entry[] {
  const standing = standingOf(approval, context.now);
  const title = line(bold(titleOf(approval), Math.max(SHORTEST_TITLE, room.value)));
  if (standing !== 'open') {
    return [
      richText(title, outcomeLine(approval, standing, context, room.value * 3)),
      detailsButton(approval),
    ];
  }
  const isQuestion = isQuestionId(approval.approvalId);
  const facts = { most: room.effects, value: room.value };
  return [
    richText(
      title,
      ...(isQuestion ? [] : changeBlocks(approval.preview, room).flatMap(({ elements }) => elements)),
      ...(isQuestion ? [] : [named('With', ...pairs(approval.proposal.arguments, facts))]),
      ...askLines({ ...approval, policies: [] }, context, facts),
      named('Asked for by', plain(requesterWords(approval, context), room.value * 2)),
      named('Decide by', instant(approval.expiresAt)),
    ),
    verdictButtons(approval),
  ];
}

/** Characters of all texts in blocks, those of buttons among them. */
function textLength(blocks: unknown): number {
  if (typeof blocks !== 'object' || blocks === null) {
    return 0;
  }
  return Object.entries(blocks).reduce(
    (sum, [name, value]) =>
      sum + (name === 'text' && typeof value === 'string' ? value.length : textLength(value)),
    0,
  );
}
