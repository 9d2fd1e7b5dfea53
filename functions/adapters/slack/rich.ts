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
  return { type: 'text', text: visible(text, limit) };
}

export function bold(text: string, limit: number = LIMITS.text): RichTextElement {
  return { type: 'text', text: visible(text, limit), style: { bold: true } };
}

/** A value, set apart from the words around it. */
export function code(text: string, limit: number): RichTextElement {
  return { type: 'text', text: visible(text, limit), style: { code: true } };
}

/** Slack takes no empty text, and nothing is not to look like something that was forgotten. */
function visible(text: string, limit: number): string {
  return text === '' ? '(empty)' : shortened(text, limit);
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

/** Lines that follow each other become one section, as Slack's own editor writes them: every client then breaks them alike. */
export function richText(...elements: RichTextBlock['elements']): RichTextBlock {
  const joined: RichTextBlock['elements'] = [];
  for (const element of elements) {
    const last = joined.at(-1);
    if (element.type === 'rich_text_section' && last?.type === 'rich_text_section') {
      joined[joined.length - 1] = line(...last.elements, LINE_BREAK, ...element.elements);
    } else {
      joined.push(element);
    }
  }
  return { type: 'rich_text', elements: joined };
}

const LINE_BREAK: RichTextElement = { type: 'text', text: '\n' };
