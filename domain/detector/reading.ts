import { folded } from '../redaction/folding.ts';
import { MARKER_READING } from '../redaction/kinds.ts';
import { withLatinLetters } from './confusables.ts';
import { decoded } from './decoding.ts';

/** Ways to read the same text; a rule says in which of them it looks. */
export interface Views {
  /** As it is written, but for JSON escapes. The whole text. */
  readonly original: string;
  /** What was written so that people do not read it, of the whole text, in lower case. */
  readonly decoded: string;
  /** In lower case and Latin letters, without what has no width, with its lines and signs. */
  readonly markup: string;
  /** As `markup`, but words with a space between them, and of the signs only `. ! ? : ; @ /`. */
  readonly words: string;
  /** As `words`, with digits and signs inside words as the letters that they stand for. Empty when there are none. */
  readonly leet: string;
  /** Letters alone, so that nothing is between words that were taken apart. */
  readonly squeezed: string;
}

export type View = keyof Views;

/** Evidence adds up inside a window, so that a long text does not become suspicious by its length. */
export const WINDOW_LENGTH = 8192;
/** Whatever is not longer than this stands in one window as a whole. */
export const WINDOW_OVERLAP = 2048;

/** How a letter is written that stands between others, before them, or as the last of some. */
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
};
const IN_WORDS = /[013457@$!|]{1,6}(?=[a-z])|(?<=[a-z0-9@$][a-z])[013457@$|]{1,2}(?![a-z0-9@])/g;

/** A text as views of all of it, and its windows one behind the other. */
export interface Reading {
  /** Characters in all of its windows together, each counted once. */
  readonly length: number;
  readonly whole: Pick<Views, 'original' | 'decoded'>;
  readonly windows: () => Generator<Omit<Views, 'original' | 'decoded'>>;
}

/** All of the text, whatever its length. What stands for a redacted value stays one character. */
export function reading(text: string): Reading {
  const original = withoutEscapes(text);
  const readable = readableText(original);
  const hidden = decoded(original, readable);
  // what was hidden is read like the rest, behind it
  const all = hidden === '' ? readable : `${readable}\n${readableText(hidden)}`;
  return {
    length: all.length,
    whole: { original, decoded: hidden.toLowerCase() },
    windows: () => windowsOf(all),
  };
}

function* windowsOf(text: string): ReturnType<Reading['windows']> {
  const step = WINDOW_LENGTH - WINDOW_OVERLAP;
  for (let from = 0; from === 0 || from + WINDOW_OVERLAP < text.length; from += step) {
    yield viewsOf(text.slice(from, from + WINDOW_LENGTH));
  }
}

/** Tools answer JSON; `folded` reads escapes of ASCII only. */
function withoutEscapes(text: string): string {
  return text.includes('\\u')
    ? text.replaceAll(/\\u([\da-f]{4})/gi, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      )
    : text;
}

/** INVARIANT: nothing invisible, and no run of spaces, is left to push words of a phrase into different windows. */
export function readableText(text: string): string {
  const read = folded(text).text.replaceAll('\ue000', '\n');
  const latin = /[\x80-\uffff]/.test(read) ? withLatinLetters(read) : read;
  return latin.replaceAll(/[^\S\n]+/g, ' ').replaceAll(/ ?\n(?: ?\n)*/g, '\n');
}

function viewsOf(window: string): Omit<Views, 'original' | 'decoded'> {
  const markup = window.toLowerCase();
  const words = wordsOf(markup);
  const plain = markup.replaceAll(IN_WORDS, (run) => [...run].map((each) => LEET[each] ?? each).join(''));
  return {
    markup,
    words,
    leet: plain === markup ? '' : wordsOf(plain),
    squeezed: plain.replaceAll(/[^a-z\u3040-\u9fff]+/g, ''),
  };
}

const BETWEEN_WORDS = new RegExp(`[^a-z0-9.!?:;@/${MARKER_READING}\\xc0-\\u1fff\\u3040-\\ud7ff]+`, 'g');

/** @param lowerCase - in Latin letters */
export function wordsOf(lowerCase: string): string {
  return lowerCase.replaceAll(/['\u2019`]/g, '').replaceAll(BETWEEN_WORDS, ' ');
}
