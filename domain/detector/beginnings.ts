/** Letters that a match begins with, as far as they are looked up; what no letters stand for yet is open. */
const LENGTH = 3;
/** Behind it anything may follow. */
const ANYTHING = '\uffff';
/** More beginnings than these would be found at any word. */
const MOST = 4000;

/**
 * What every match of a pattern begins with: texts of at most three characters, so that the pattern needs to be tried at few
 * places. Assertions are taken to hold, so there may be more of them than there need be, and never fewer.
 *
 * @returns undefined for what cannot be told: a pattern with flags, with syntax that is not read here, or that may begin with
 * anything
 */
export function beginningsOf({ source, flags }: RegExp): ReadonlySet<string> | undefined {
  if (flags !== '') {
    return undefined;
  }
  const reader: Reader = { source, at: 0 };
  const found = alternatives(reader);
  if (found === undefined || reader.at < source.length) {
    return undefined;
  }
  const beginnings = new Set([...found].map((each) => each.replace(ANYTHING, '')));
  return beginnings.has('') ? undefined : beginnings;
}

interface Reader {
  readonly source: string;
  at: number;
}

/** Undefined: not read here. */
type Beginnings = ReadonlySet<string> | undefined;

const NOTHING: ReadonlySet<string> = new Set(['']);
const OPEN: ReadonlySet<string> = new Set([ANYTHING]);

function alternatives(reader: Reader): Beginnings {
  const found = new Set<string>();
  do {
    const one = sequence(reader);
    if (one === undefined) {
      return undefined;
    }
    for (const each of one) {
      found.add(each);
    }
  } while (taken(reader, '|'));
  return found.size > MOST ? undefined : found;
}

function sequence(reader: Reader): Beginnings {
  let found: Beginnings = NOTHING;
  while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at] as string)) {
    const part = repeated(reader, atom(reader));
    // read to its end although the beginnings are long since known: it may hold what is not read here
    found = found && part && followed(found, part);
  }
  return found;
}

function followed(left: ReadonlySet<string>, right: ReadonlySet<string>): Beginnings {
  const found = new Set<string>();
  for (const one of left) {
    for (const other of one.length >= LENGTH || one.endsWith(ANYTHING) ? NOTHING : right) {
      found.add((one + other).slice(0, LENGTH));
    }
  }
  return found.size > MOST ? undefined : found;
}

function atom(reader: Reader): Beginnings {
  const [opening] = /^\((?:\?(?:<?[!=]|:))?/.exec(reader.source.slice(reader.at, reader.at + 4)) ?? [];
  if (opening !== undefined) {
    reader.at += opening.length;
    const inside = alternatives(reader);
    return taken(reader, ')') ? (/[!=]$/.test(opening) ? NOTHING : inside) : undefined;
  }
  const character = reader.source[reader.at] as string;
  if (character === '[') {
    const [text] = /^\[(?:[^\]\\]|\\.)*\]/.exec(reader.source.slice(reader.at)) ?? [''];
    reader.at += text.length || 1;
    return characterClass(text);
  }
  const [text] = /^(?:\\u[\da-f]{4}|\\?[\s\S])/.exec(reader.source.slice(reader.at)) ?? [character];
  reader.at += text.length;
  if (text === '^' || text === '$' || text === '\\b') {
    return NOTHING;
  }
  return '*+?{}]'.includes(text) ? undefined : single(text);
}

/** One character, escaped or not. */
function single(text: string): Beginnings {
  if (/^\\u/.test(text)) {
    return new Set([String.fromCharCode(Number.parseInt(text.slice(2), 16))]);
  }
  if (text === '\\d') {
    return new Set('0123456789');
  }
  if (text === '\\n') {
    return new Set('\n');
  }
  if (text === '.' || text === '\\w' || text === '\\s') {
    return OPEN;
  }
  // of other letters and digits behind a backslash nothing is known here
  return /^\\[A-Za-z0-9]$/.test(text) ? undefined : new Set([text.at(-1) as string]);
}

/** Letters and digits that are listed; anything else is open. */
function characterClass(text: string): Beginnings {
  const inside = text.slice(1, -1);
  if (!/^(?:[a-z0-9]-[a-z0-9]|[a-z0-9 ])+$/.test(inside)) {
    return OPEN;
  }
  const found = new Set<string>();
  for (const [range] of inside.matchAll(/[a-z0-9]-[a-z0-9]|[a-z0-9 ]/g)) {
    for (let code = range.charCodeAt(0); code <= range.charCodeAt(range.length - 1); code += 1) {
      found.add(String.fromCharCode(code));
    }
  }
  return found;
}

function repeated(reader: Reader, once: Beginnings): Beginnings {
  const [text, from, comma, to] =
    /^(?:\{(\d+)(,?)(\d*)\}|[?*+])\??/.exec(reader.source.slice(reader.at, reader.at + 12)) ?? [];
  if (text === undefined || once === undefined) {
    reader.at += text?.length ?? 0;
    return once;
  }
  reader.at += text.length;
  const least = from === undefined ? Number(text.startsWith('+')) : Number(from);
  const most = text.startsWith('?') ? 1 : comma === '' ? least : to ? Number(to) : LENGTH;
  const found = new Set<string>();
  let times: Beginnings = NOTHING;
  // more often than there are characters to look at changes nothing
  for (let time = 0; times !== undefined && time <= Math.min(most, LENGTH); time += 1) {
    if (time >= Math.min(least, LENGTH)) {
      for (const each of times) {
        found.add(each);
      }
    }
    times = followed(times, once);
  }
  return found.size > MOST ? undefined : found;
}

function taken(reader: Reader, character: string): boolean {
  const isThere = reader.source[reader.at] === character;
  reader.at += isThere ? 1 : 0;
  return isThere;
}
