import type { ModalView } from '@slack/types';
import type { Approval } from '../../../domain/approval/approval.ts';
import { chapterBlocks, chaptersOf, withinView } from './everything.ts';
import { askLines, factLines, redactedLine } from './facts.ts';
import { forSlack } from './for-slack.ts';
import { LIMITS } from './limits.ts';
import { outcomeLine } from './outcome.ts';
import { bold, line, richText } from './rich.ts';
import { privateMetadata, REASON_VIEW } from './values.ts';
import { type MessageContext, standingOf, titleOf, verdictWords } from './words.ts';

/** As long as the note of a verdict may be. */
const REASON_LENGTH = 1000;
/** Leaves room in each block for its heading. */
const CHARACTERS_PER_BLOCK = 2800;
/** Blocks that come before the chapters, and after them. */
const OTHER_BLOCKS = 3;
const OTHER_BYTES = 20_000;
const FACTS = { most: 5, value: 80 };

/** All that people may see of an approval, as far as a view has room for it. */
export function detailsView(given: Approval, context: MessageContext): ModalView {
  const { approval } = forSlack(given);
  const standing = standingOf(approval, context.now);
  const chapters = chaptersOf(approval).flatMap((chapter) => chapterBlocks(chapter, CHARACTERS_PER_BLOCK));
  const room = { blocks: LIMITS.viewBlocks - OTHER_BLOCKS, bytes: LIMITS.viewBytes - OTHER_BYTES };
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Details', emoji: false },
    close: { type: 'plain_text', text: 'Close', emoji: false },
    blocks: [
      richText(
        line(bold(titleOf(approval), LIMITS.header)),
        ...(standing === 'open' ? [] : [outcomeLine(approval, standing, context)]),
        redactedLine(approval),
      ),
      richText(...askLines(approval, context, FACTS), ...factLines(approval, context, FACTS)),
      ...withinView(chapters, room, approval),
    ],
  };
}

/** Asks why somebody rejects. Sending it is the rejection. */
export function reasonView(
  given: Approval,
  message: { readonly channel: string; readonly ts: string },
): ModalView {
  const { approval } = forSlack(given);
  const { reject } = verdictWords(approval);
  return {
    type: 'modal',
    callback_id: REASON_VIEW.callbackId,
    private_metadata: privateMetadata(given, message),
    title: { type: 'plain_text', text: reject, emoji: false },
    submit: { type: 'plain_text', text: reject, emoji: false },
    close: { type: 'plain_text', text: 'Cancel', emoji: false },
    blocks: [
      richText(line(bold(titleOf(approval), LIMITS.header))),
      {
        type: 'input',
        block_id: REASON_VIEW.blockId,
        label: { type: 'plain_text', text: 'Why?', emoji: false },
        hint: {
          type: 'plain_text',
          text: 'The agent is told, and it is kept in the audit log.',
          emoji: false,
        },
        element: {
          type: 'plain_text_input',
          action_id: REASON_VIEW.actionId,
          multiline: true,
          min_length: 1,
          max_length: REASON_LENGTH,
          focus_on_load: true,
        },
      },
    ],
  };
}
