import type { RichTextBlock, RichTextDate, RichTextElement, RichTextSection } from '@slack/types';
import { LIMITS } from './limits.ts';
import { shortened, utcText } from './text.ts';

/**
 * Pieces of rich text. Slack interprets nothing in them: no mention, no link, no emoji and no formatting comes out of what somebody
 * wrote.
 *
 * INVARIANT: whatever is not written in this folder goes through here, and nowhere into `mrkdwn`.
 */
export function plain(text: string, limit: number = LIMITS.text): RichTextElement {
  return { type: 'text', text: shortened(text, limit) };
}

export function bold(text: string, limit: number = LIMITS.text): RichTextElement {
  return { type: 'text', text: shortened(text, limit), style: { bold: true } };
}

/** A value, set apart from the words around it. */
export function code(text: string, limit: number): RichTextElement {
  return { type: 'text', text: shortened(text, limit), style: { code: true } };
}

/** An instant in the reader's own time zone. */
export function instant(iso: string): RichTextDate {
  return {
    type: 'date',
    timestamp: Math.floor(Date.parse(iso) / 1000),
    format: '{date_short_pretty} at {time}',
    fallback: utcText(iso),
  };
}

export function line(...elements: readonly RichTextElement[]): RichTextSection {
  return { type: 'rich_text_section', elements: [...elements] };
}

/** `Risk  3 of 4` with the name in bold. */
export function named(name: string, ...elements: readonly RichTextElement[]): RichTextSection {
  return line(bold(`${name}: `), ...elements);
}

export function richText(...elements: RichTextBlock['elements']): RichTextBlock {
  return { type: 'rich_text', elements };
}
