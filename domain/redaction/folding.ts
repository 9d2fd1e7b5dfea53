import { withoutMarkers } from './kinds.ts';

/** A text as it reads, and where each of its characters stands in the text as it is written. */
export interface Folded {
  readonly text: string;
  /** Position in the original; takes the length of `text` too. */
  readonly positionOf: (position: number) => number;
}

/** Printable ASCII that URLs, JSON in JSON and HTML write in another way, and whatever is not ASCII. */
const WRITTEN_OTHERWISE =
  /\[redacted: [a-z_]{1,20}\]|%[2-7][\dA-F]|\\u00[2-7][\dA-F]|\\[/nrt]|&#(?:x[2-7][\dA-F]|\d{2,3});|&(?:quot|amp|lt|gt);|[^\0-\x7f]/giu;

/** A line break or tab that a text spells out. Neither a letter nor a space, so that it ends words and no values. */
const SPELT_BREAK = '\ue000';

const ENTITIES: Readonly<Record<string, string>> = { '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Format characters, joiners and fillers: they have no width, and hide a form from whoever looks for it. */
const INVISIBLE = /^(?:\p{Cf}|\p{Variation_Selector}|\u034f|[\u115f\u1160\u3164])$/u;

/**
 * The text with what has no width left out, with the digits, letters, spaces and dashes of other scripts and widths as
 * ASCII where they have one, and with percent encoding, JSON escapes and HTML character references read once.
 */
export function folded(original: string): Folded {
  const starts: number[] = [];
  const shifts: number[] = [];
  const known = new Map<string, string>();
  let shift = 0;
  const text = original.replace(WRITTEN_OTHERWISE, (written, offset: number) => {
    const read = known.get(written) ?? readingOf(written);
    known.set(written, read);
    if (read.length !== written.length) {
      shift += written.length - read.length;
      starts.push(offset + written.length - shift);
      shifts.push(shift);
    }
    return read;
  });
  return { text, positionOf: (position) => position + (shifts[lastAtMost(starts, position)] ?? 0) };
}

/** Index of the last entry that is at most `value`, -1 when there is none. Entries ascend. */
function lastAtMost(entries: readonly number[], value: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = (entries[middle] ?? 0) <= value ? [middle + 1, high] : [low, middle];
  }
  return low - 1;
}

function readingOf(written: string): string {
  switch (written[0]) {
    case '[':
      return withoutMarkers(written);
    case '%':
      return String.fromCharCode(Number.parseInt(written.slice(1), 16));
    case '\\':
      return escapeReading(written);
    case '&':
      return ENTITIES[written.toLowerCase()] ?? referenceReading(written);
    default:
      return characterReading(written);
  }
}

function escapeReading(written: string): string {
  if (/^\\u/i.test(written)) {
    return String.fromCharCode(Number.parseInt(written.slice(2), 16));
  }
  return /^\\[nrt]$/i.test(written) ? SPELT_BREAK : written.slice(1);
}

function referenceReading(written: string): string {
  const hexadecimal = /^&#x/i.test(written);
  const code = hexadecimal ? Number.parseInt(written.slice(3), 16) : Number(written.slice(2, -1));
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : written;
}

function characterReading(character: string): string {
  if (INVISIBLE.test(character)) {
    return '';
  }
  if (/^\p{Zs}$/u.test(character)) {
    return ' ';
  }
  if (/^[\p{Pd}\u2212]$/u.test(character)) {
    return '-';
  }
  const compatible = character.normalize('NFKC');
  if (/^[ -~]$/.test(compatible)) {
    return compatible;
  }
  return /^\p{Nd}$/u.test(character) ? String(digitOf(character)) : character;
}

/** Unicode puts the ten digits of a script one behind the other, zero first. */
function digitOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  let digit = 0;
  while (digit < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - digit - 1))) {
    digit += 1;
  }
  return digit;
}
