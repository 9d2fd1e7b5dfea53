/** Base64 of eighteen bytes and more. */
const BASE64 = /[A-Za-z0-9+/_-]{24,8192}/g;
/** Where mailers break lines of base64. */
const BROKEN_BASE64 = /([A-Za-z0-9+/_-]{60,76})\n(?=[A-Za-z0-9+/_-])/g;
const HEXADECIMAL = /(?:(?:\\x|0x)?[\da-fA-F]{2}[ :,]?){16,4096}/g;

/** U+E0020 to U+E007E repeat printable ASCII, and nobody sees them. */
const TAGS = /[\u{e0020}-\u{e007e}]{4,4096}/gu;
/** A variation selector each for the 256 values of a byte. */
const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{8,4096}/gu;

/** What reads as writing: no control characters, and nothing that is no UTF-8. */
const WRITING = /(?:[^\p{Cc}\ufffd]|[\n\t]){16,8192}/gu;

/** Somebody may encode what is encoded. */
const ROUNDS = 2;

/** Everything in a text that is written so that people do not read it, decoded; empty when there is nothing. */
export function decoded(original: string, readable: string): string {
  let found = [...hiddenIn(original), ...encodedIn(readable)].join('\n');
  let all = found;
  for (let round = 2; round <= ROUNDS && found !== ''; round += 1) {
    found = encodedIn(found).join('\n');
    all += `\n${found}`;
  }
  return all.trim();
}

function hiddenIn(original: string): string[] {
  return [
    ...matches(TAGS, original).map((run) => fromCodes(run, (code) => code - 0xe0000)),
    ...matches(SELECTORS, original).map((run) =>
      fromCodes(run, (code) => (code < 0xe0100 ? code - 0xfe00 : code - 0xe0100 + 16)),
    ),
  ];
}

function encodedIn(readable: string): string[] {
  const joined = readable.replace(BROKEN_BASE64, '$1');
  const texts = [
    ...matches(BASE64, joined).map(fromBase64),
    ...matches(HEXADECIMAL, readable).map((run) =>
      String.fromCharCode(
        ...matches(/[\da-f]{2}/gi, run.replaceAll(/\\x|0x/g, '')).map((pair) => Number.parseInt(pair, 16)),
      ),
    ),
  ];
  return texts
    .flatMap((bytes) => matches(WRITING, utf8(bytes)))
    .filter((text) => /[a-z] [a-z]|[\u4e00-\u9fff]{4}|^[A-Za-z0-9+/=_-]{24}/i.test(text));
}

function matches(pattern: RegExp, text: string): readonly string[] {
  return text.match(pattern) ?? [];
}

function fromCodes(run: string, byteOf: (code: number) => number): string {
  return utf8([...run].map((each) => String.fromCharCode(byteOf(each.codePointAt(0) ?? 0))).join(''));
}

/** @returns a character for each byte */
function fromBase64(run: string): string {
  const whole = run.slice(0, run.length - (run.length % 4 === 1 ? 1 : 0));
  return atob(whole.replaceAll('-', '+').replaceAll('_', '/'));
}

function utf8(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)));
}
