import { type Change, changesBetween } from '../../../domain/tool/preview.ts';

/** Beyond this many pairs of lines the changed part is shown as one. */
const MAXIMUM_LINE_PAIRS = 250_000;

/**
 * What differs between two texts of a document, undefined for none: fields of JSON objects, lines of everything else.
 * Exact either way: whoever has one text and the changes can write the other.
 */
export function documentChanges(before: string | undefined, after: string | undefined): Change[] {
  if (before === undefined || after === undefined) {
    return changesBetween(before, after);
  }
  const [old, young] = [jsonObject(before), jsonObject(after)];
  // the same fields in other white space are a change of lines
  const fields = old === undefined || young === undefined ? [] : changesBetween(old, young);
  return fields.length > 0 ? fields : lineChanges(before.split('\n'), after.split('\n'));
}

function jsonObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

type Lines = readonly string[];

function lineChanges(before: Lines, after: Lines): Change[] {
  const shorter = Math.min(before.length, after.length);
  const start = firstIndex(shorter, (index) => before[index] !== after[index]);
  const end = firstIndex(shorter - start, (index) => before.at(-1 - index) !== after.at(-1 - index));
  const [old, young] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return hunks(old, young).map(({ at, from, to }) => ({
    field: fieldOf(start + at, from.length),
    ...(from.length === 0 ? {} : { from: from.join('\n') }),
    ...(to.length === 0 ? {} : { to: to.join('\n') }),
  }));
}

/** @param at - position in the old text, from 0 */
function fieldOf(at: number, lines: number): string {
  if (lines === 0) {
    return `after line ${at}`;
  }
  return lines === 1 ? `line ${at + 1}` : `lines ${at + 1}-${at + lines}`;
}

function firstIndex(length: number, isIt: (index: number) => boolean): number {
  for (let index = 0; index < length; index += 1) {
    if (isIt(index)) {
      return index;
    }
  }
  return length;
}

/** Lines that are replaced, added or left out, with where the old text had them. */
interface Hunk {
  readonly at: number;
  readonly from: Lines;
  readonly to: Lines;
}

function hunks(before: Lines, after: Lines): Hunk[] {
  if (before.length === 0 && after.length === 0) {
    return [];
  }
  if (before.length * after.length > MAXIMUM_LINE_PAIRS) {
    return [{ at: 0, from: before, to: after }];
  }
  const found: Hunk[] = [];
  let [old, young] = [0, 0];
  for (const [oldMatch, youngMatch] of [
    ...commonLines(before, after),
    [before.length, after.length] as const,
  ]) {
    if (oldMatch > old || youngMatch > young) {
      found.push({ at: old, from: before.slice(old, oldMatch), to: after.slice(young, youngMatch) });
    }
    [old, young] = [oldMatch + 1, youngMatch + 1];
  }
  return found;
}

/** Positions of a longest common subsequence, by the textbook's table. */
function commonLines(before: Lines, after: Lines): (readonly [number, number])[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (old: number, young: number) => lengths[old * width + young] ?? 0;
  for (let old = before.length - 1; old >= 0; old -= 1) {
    for (let young = after.length - 1; young >= 0; young -= 1) {
      lengths[old * width + young] =
        before[old] === after[young]
          ? at(old + 1, young + 1) + 1
          : Math.max(at(old + 1, young), at(old, young + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [old, young] = [0, 0];
  while (old < before.length && young < after.length) {
    if (before[old] === after[young]) {
      pairs.push([old, young]);
      old += 1;
      young += 1;
    } else if (at(old + 1, young) >= at(old, young + 1)) {
      old += 1;
    } else {
      young += 1;
    }
  }
  return pairs;
}
