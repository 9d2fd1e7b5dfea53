import type { HeaderBlock, KnownBlock, RichTextSection } from '@slack/types';
import type { Approval } from '../../../domain/approval/approval.ts';
import { isQuestionId } from '../../../domain/approval/question.ts';
import { detailsButton, verdictButtons } from './buttons.ts';
import { changeBlocks, type Room } from './changes.ts';
import { digestEntries } from './digest.ts';
import { askLines, type FactsRoom, factLines, pairs, redactedLine } from './facts.ts';
import { forSlack } from './for-slack.ts';
import { LIMITS } from './limits.ts';
import { OUTCOME_SIGNS, outcomeLine } from './outcome.ts';
import { bold, code, instant, line, named, plain, richText } from './rich.ts';
import { shortened } from './text.ts';
import { consequenceWords, type MessageContext, standingOf, titleOf } from './words.ts';

export type { MessageContext } from './words.ts';

/** What `chat.postMessage` and `chat.update` take. */
export interface SlackMessage {
  /** For notifications. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Goes with every message, so that Slack makes nothing of its text. */
export const POSTING = {
  mrkdwn: false,
  parse: 'none',
  link_names: false,
  unfurl_links: false,
  unfurl_media: false,
} as const;

/** Approvals in one digest; more would not be read, and would not fit. */
export const MOST_IN_DIGEST = 10;

const CHANGES: Room = { changes: 10, effects: 5, field: 80, value: 80 };
const FACTS: FactsRoom = { most: 5, value: 80 };
const NOTIFICATION_LENGTH = 200;

/** The request to people to decide on one call, or on whether a run goes on; its outcome once there is one. */
export function approvalMessage(given: Approval, context: MessageContext): SlackMessage {
  const { approval, isRedacted } = forSlack(given);
  const standing = standingOf(approval, context.now);
  const title = titleOf(approval);
  const isOpen = standing === 'open';
  const isRefused = ['rejected', 'expired', 'unreachable'].includes(standing);
  const verb = isRefused ? 'Would have changed' : 'Changes';
  return {
    text: notification(isOpen ? 'Waits for you' : OUTCOME_SIGNS[standing], title),
    blocks: [
      header(title),
      isOpen ? richText(ifApproved(approval)) : richText(outcomeLine(approval, standing, context)),
      ...(isQuestionId(approval.approvalId) ? [] : changeBlocks(approval.preview, CHANGES, verb)),
      { type: 'divider' },
      richText(
        ...askLines(approval, context, FACTS),
        ...(isOpen ? [deadline(approval)] : [withArguments(approval, 'With')]),
      ),
      { type: 'divider' },
      richText(...factLines(approval, context, FACTS), ...(isRedacted ? [redactedLine(approval)] : [])),
      isOpen ? verdictButtons(approval) : detailsButton(approval),
    ],
  };
}

function ifApproved(approval: Approval): RichTextSection {
  const { yes } = consequenceWords(approval);
  return isQuestionId(approval.approvalId) ? line(bold(`${yes}.`)) : withArguments(approval, `${yes}, with`);
}

function withArguments({ proposal }: Approval, words: string): RichTextSection {
  return named(words, ...pairs(proposal.arguments, FACTS));
}

function deadline(approval: Approval): RichTextSection {
  const { silence } = consequenceWords(approval);
  return named('Decide by', instant(approval.expiresAt), plain(`. ${silence}`));
}

/**
 * Several requests at once, each with buttons and an outcome of its own.
 *
 * @param approvals - at most `MOST_IN_DIGEST`, each once
 * @param more - how many others wait that are not among them
 * @throws Error for more, or for one twice
 */
export function digestMessage(
  approvals: readonly Approval[],
  more: number,
  context: MessageContext,
): SlackMessage {
  const ids = new Set(approvals.map(({ approvalId }) => approvalId));
  if (approvals.length > MOST_IN_DIGEST || ids.size !== approvals.length) {
    throw new Error(
      `${approvals.length} approvals with ${ids.size} ids in one message, expected at most ${MOST_IN_DIGEST}, each once`,
    );
  }
  const open = approvals.filter((approval) => standingOf(approval, context.now) === 'open').length;
  const waits = `${open} ${open === 1 ? 'request waits' : 'requests wait'} for an answer`;
  const title = open === 0 ? 'Nothing in here waits any more' : waits;
  return {
    text: title,
    blocks: [
      header(title),
      ...digestEntries(approvals, context),
      ...(more > 0
        ? [richText(line(bold(`And ${more} more wait: `), code('countersign approvals', LIMITS.text)))]
        : []),
    ],
  };
}

function header(text: string): HeaderBlock {
  return { type: 'header', text: { type: 'plain_text', text: shortened(text, LIMITS.header), emoji: false } };
}

/**
 * INVARIANT: Slack may interpret this text wherever `POSTING` is forgotten, so it has nothing in it that could be formatting, a
 * mention or a link.
 */
function notification(what: string, title: string): string {
  const words = title.replaceAll(/[^\p{L}\p{N} .,:()#?-]/gu, ' ').replaceAll(/[.](?=\S)/g, ' ');
  return shortened(`${what}: ${words}`, NOTIFICATION_LENGTH);
}
