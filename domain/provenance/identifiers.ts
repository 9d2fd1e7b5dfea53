/**
 * What names something - a person, an account, a file, a link, an amount - in a form in which equal names are equal, however
 * they are written around it.
 */

/** A longer phrase names nothing that a tool could act on. */
const MAXIMUM_PHRASE_WORDS = 8;
const MAXIMUM_PHRASE_LENGTH = 200;

/** Of one text. What is more gets no origin, so a policy that asks for one does not hold. */
export const MAXIMUM_IDENTIFIERS = 4000;

const EDGES = /^[^\p{L}\p{N}-]+|[^\p{L}\p{N}]+$/gu;
const LONE_HYPHENS = /^-+(?!\d)/;
/** Digits with or without thousands, as money is written. */
const NUMBER = /^-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$/;
/** IBANs and the like, also in groups of four. */
const ACCOUNT = /\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,4})?\b/g;
const ADDRESS = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const LINK =
  /\b(?:[a-z][a-z0-9+.-]{1,15}:\/\/|www\.)[^\s<>"'`)\]}]+|\b(?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,18}\/[^\s<>"'`)\]}]*/giu;
/** A day, or a day and its hour, which many digits make too; with any digit more it may be an account. */
const IS_DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?: (?:[01]\d|2[0-3]))?$/;
const LONG_NUMBER = /\+?\d(?:[ -]?\d){7,29}/g;
/** Keeps the search linear. What is longer and in one piece is no address, nor can it be told that none is in it. */
const MAXIMUM_TOKEN_LENGTH = 500;

/** Between these a text that lists things names one of them. */
const SEPARATORS = /[\n\r\t,;|"'`()[\]{}<>]|: |:$/m;
/** Tells a name that is made for machines from a word. */
const HAS_SIGN_OF_IDENTIFIER = /[\p{N}@_/\\]|[\p{L}\p{N}][.-][\p{L}\p{N}]/u;

/**
 * A whole value as a name.
 *
 * @returns undefined when it cannot be one: it is empty, too long, or written in characters that only look like others
 */
export function nameOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  // INVARIANT: a value that would be read as another one has no origin: what is decided on is what is done
  if (
    typeof value !== 'string' ||
    value.length > MAXIMUM_PHRASE_LENGTH ||
    value.normalize('NFKC') !== value
  ) {
    return undefined;
  }
  const [account, ...more] = value.match(ACCOUNT) ?? [];
  if (account !== undefined && more.length === 0 && account.length === value.trim().length) {
    return account.replaceAll(' ', '').toLowerCase();
  }
  const words = wordsOf(value);
  return words.length === 0 || words.length > MAXIMUM_PHRASE_WORDS ? undefined : words.join(' ');
}

/** Every phrase of what a person said: whatever a tool is given word by word from it was named by that person. */
export function namesInPrompt(prompt: string): ReadonlySet<string> {
  const text = prompt.normalize('NFKC');
  const names = new Set(addressesIn(text));
  const words = wordsOf(text);
  // short phrases first: they are what is left when there are too many
  for (let length = 1; length <= MAXIMUM_PHRASE_WORDS; length += 1) {
    for (let start = 0; start + length <= words.length && names.size < MAXIMUM_IDENTIFIERS; start += 1) {
      names.add(words.slice(start, start + length).join(' '));
    }
  }
  return names;
}

/**
 * Names in what a tool answered: values that stand for themselves, addresses, links and ids within texts.
 *
 * @param phrases - also what a text lists between commas, quotes and line ends, for answers that are to be believed
 */
export function namesInOutput(output: unknown, phrases: boolean): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: string | undefined) => {
    if (name !== undefined && names.size < MAXIMUM_IDENTIFIERS) {
      names.add(name);
    }
  };
  for (const leaf of leavesOf(output)) {
    if (names.size >= MAXIMUM_IDENTIFIERS) {
      break;
    }
    if (typeof leaf !== 'string') {
      add(nameOf(leaf));
      continue;
    }
    const text = leaf.normalize('NFKC');
    add(nameOf(text));
    for (const address of addressesIn(text)) {
      add(address);
    }
    for (const word of wordsOf(text)) {
      if (HAS_SIGN_OF_IDENTIFIER.test(word)) {
        add(word);
      }
    }
    if (phrases) {
      for (const part of text.split(SEPARATORS)) {
        add(nameOf(part));
      }
    }
  }
  return names;
}

/** What sends a reader, money or data somewhere: addresses, links, account and telephone numbers within a text. */
export function addressesIn(text: string): readonly string[] {
  const normal = text.normalize('NFKC');
  const tokens = normal.split(/\s+/);
  const found = [
    ...tokens.flatMap((token) =>
      token.length > MAXIMUM_TOKEN_LENGTH
        ? [token]
        : [ADDRESS, LINK].flatMap((pattern) => token.match(pattern) ?? []),
    ),
    ...[ACCOUNT, LONG_NUMBER].flatMap((pattern) => normal.match(pattern) ?? []),
  ];
  const meant = found.filter((each) => !IS_DATE.test(each));
  return [...new Set(meant.map((each) => nameOf(each.replaceAll(/(?<=\d)[ -](?=\d)/g, '')) ?? each))];
}

/** Words without what surrounds them; numbers without thousands and trailing zeros. */
function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map((word) => canonicalWord(word.replaceAll(EDGES, '').replace(LONE_HYPHENS, '')))
    .filter((word) => word !== '');
}

function canonicalWord(word: string): string {
  if (NUMBER.test(word)) {
    const plain = word.replaceAll(',', '');
    // a number that is not exact as one is a name: 00012 is not 12, nor is an account number rounded
    const number = Number(plain);
    const isExact = Number.isSafeInteger(Math.trunc(number)) && !/^-?0\d/.test(plain);
    return isExact ? String(number) : plain;
  }
  return word.toLowerCase();
}

function* leavesOf(value: unknown): Generator<unknown> {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) {
      yield* leavesOf(member);
    }
    return;
  }
  if (value !== null && value !== undefined) {
    yield value;
  }
}
