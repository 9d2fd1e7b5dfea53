import { digestOf } from '../call/canonical.ts';

/**
 * Limits of what an event may hold, in bytes of its JSON. The largest event, a decision, has two lists and two sets of values at
 * their limits beside names: about 55,000 bytes by these limits, and an entry of the log takes 65,535 (contracts/log.ts).
 * `test/domain/audit/bounds.test.ts` proves it of every type of event.
 */
export const MAXIMUM_NAME_BYTES = 512;
/** A note has up to 1,000 characters, which are 3,000 bytes in any script. */
export const MAXIMUM_TEXT_BYTES = 4000;
/** Of policies, tools, calls, roles. */
export const MAXIMUM_NAMES_BYTES = 8000;
export const MAXIMUM_REASONS_BYTES = 16_000;
export const MAXIMUM_EFFECTS_BYTES = 12_000;
/** Of one argument, attribute or fact in the clear; what is longer is a digest. */
export const MAXIMUM_VALUE_BYTES = 1000;
export const MAXIMUM_ARGUMENTS_BYTES = 14_000;
/** Without it a decision cannot be made again from the log; only hundreds of attributes and facts come near. */
export const MAXIMUM_CONTEXT_BYTES = 8000;
/** Documents of a call that the log names one by one. */
export const MAXIMUM_RETRIEVED = 10;
export const MAXIMUM_DOCUMENT_NAME_BYTES = 200;
/** Roles that are asked in turn about a call. */
export const MAXIMUM_LATER_ASKS = 8;
/** Envelopes that the log names one by one when policies change. */
export const MAXIMUM_ENVELOPES = 50;

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

/** Of a value within JSON, which is what the log counts. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

const QUOTES = 2;

/** A text of people or systems; what is too long ends with an ellipsis. */
export function fittedText(text: string, maximumBytes: number = MAXIMUM_TEXT_BYTES): string {
  if (jsonBytes(text) - QUOTES <= maximumBytes) {
    return text;
  }
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += jsonBytes(character) - QUOTES;
    if (bytes > maximumBytes - ELLIPSIS_BYTES) {
      break;
    }
    end += character.length;
  }
  return `${text.slice(0, end)}${ELLIPSIS}`;
}

const DIGITS = 16;

/** A name: what is too long ends with a digest, so that names that differ still do. */
export function fittedName(name: string, maximumBytes: number = MAXIMUM_NAME_BYTES): string {
  return jsonBytes(name) - QUOTES <= maximumBytes
    ? name
    : `${fittedText(name, maximumBytes - DIGITS)}${digestOf(name).slice(0, DIGITS)}`;
}

/**
 * As many of a list as fit, and what `rest` makes of those that do not. The list itself when all do.
 *
 * @param rest - counts towards the limit
 */
export function fittedList<T>(
  items: readonly T[],
  maximumBytes: number,
  rest: (left: readonly T[]) => T,
): readonly T[] {
  if (jsonBytes(items) <= maximumBytes) {
    return items;
  }
  let bytes = jsonBytes([rest(items)]);
  const count = items.findIndex((item) => {
    bytes += jsonBytes(item) + COMMA;
    return bytes > maximumBytes;
  });
  return [...items.slice(0, count), rest(items.slice(count))];
}

const COMMA = 1;

export function fittedNames(
  names: readonly string[],
  maximumBytes: number = MAXIMUM_NAMES_BYTES,
): readonly string[] {
  const all = names.map((name) => fittedName(name));
  return fittedList(all, maximumBytes, (left) => `(${left.length} more: ${digestOf(left).slice(0, DIGITS)})`);
}
