import type { Rule } from './rule.ts';
import { TOKEN_RULES } from './tokens.ts';

/** Between a name and its value: quotes, also escaped ones, one sign, and no more than a few spaces. */
const IS = `[\\\\"'\`\\]]{0,8}\\s{0,4}(?::=|=>|[:=])\\s{0,4}`;

/**
 * A value: in quotes to the quote that closes them, which is an escaped one where they began with one, as in JSON in
 * JSON; without quotes to the next space, quote, `<`, `>`, `&` or `;`. The quote before it belongs to the label.
 */
const QUOTE = `(?:\\\\{0,4}["'])?`;
const VALUE =
  `(?:(?<=\\\\")(?:[^"\\\\\\r\\n]|\\\\(?!")){1,4096}|(?<=\\\\')(?:[^'\\\\\\r\\n]|\\\\(?!')){1,4096}|` +
  `(?<=")(?:[^"\\\\\\r\\n]|\\\\.){1,4096}|(?<=')(?:[^'\\\\\\r\\n]|\\\\.){1,4096}|` +
  `(?<!["'])[^\\s"'<>&;]{1,4096})`;

/** Names whose values are secrets wherever they stand. */
const NAMES = [
  'pass(?:word|wd|phrase|code)s?',
  '(?<![a-z])pwd',
  '(?<=[_-])pass',
  'secrets?',
  '(?:secret|client|consumer|api|access|private|signing|encryption|account|master)[_ -]?(?:access[_ -]?)?(?:key|secret)',
  'shared[_ -]?access[_ -]?(?:key|signature)',
  'x-amz-(?:signature|security-token|credential)',
  '(?<!(?:next|prev|previous|page|paging|pagination|continuation|sync|cancel|max|num|client)[_ -]?)token',
  'j?session[_-]?id(?==)|phpsessid',
  'recovery[_ -]?codes?|backup[_ -]?codes?|(?:one[_ -]?time|mfa|otp)[_ -]?(?:code|password)|(?<![a-z])otp',
].join('|');

/** Words that say something about a secret and are none. */
const NO_SECRET =
  /^(?:null|none|nil|true|false|undefined|yes|no|n\/a|string|str|text|required|optional|missing|invalid|incorrect|wrong|expired|unknown|reset|changed|empty|hidden|please|must|should|is|was|not|the|a|an|and|or|for|to)$/i;

/** The value without the punctuation of a sentence behind it; 0 when it is no secret. */
function valueLength(found: string): number {
  const value = found.replace(/[)\]},.!?:\\]{1,40}$/, '');
  const isNone = NO_SECRET.test(value) || /^https?:\/\//i.test(value);
  return /[\p{L}\p{N}]/u.test(value) && !isNone ? value.length : 0;
}

/** As above, and not so short that it could be a count. */
function longValueLength(found: string): number {
  const length = valueLength(found);
  return length >= 3 ? length : 0;
}

/** A password that somebody tells in a sentence has something in it that words do not. */
function toldLength(found: string): number {
  const length = valueLength(found);
  return /[^\p{L}'".,!?:;-]/u.test(found.slice(0, length)) ? length : 0;
}

function basicLength(found: string): number {
  try {
    return /^[\x20-\x7e]{1,2000}$/.test(atob(found)) && atob(found).includes(':') ? found.length : 0;
  } catch {
    return 0;
  }
}

/** Near the id of the access key that it belongs to; forty such characters alone could be a path. */
function secretAccessKeyLength(found: string, before: string): number {
  return /(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}/.test(before) ? found.length : 0;
}

/** Secrets by their form, most certain first. Sources: docs/tools.md, "Redaction". */
export const SECRET_RULES: readonly Rule[] = [
  {
    kind: 'private_key',
    // RFC 7468, OpenSSH, PGP, whatever stands for its line breaks; all of it when it is whole, else its letters
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:[^-]|-(?!----)){0,20000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\\ue000]{0,20000})/g,
  },
  {
    kind: 'private_key',
    pattern: /PuTTY-User-Key-File-[23]: (?:(?!PuTTY-User)[\s\S]){0,20000}?Private-MAC: [0-9a-f]{40,64}/g,
  },
  {
    kind: 'credentials',
    // RFC 3986, userinfo
    pattern:
      /(?<label>(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#"'<>@:]{0,256}:[^\s"'<>/?#]{1,1024}(?=@)/gi,
  },
  {
    kind: 'credentials',
    pattern: new RegExp(
      `(?<label>(?:proxy-)?authorization${IS}["']?(?:(?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256) {1,3}))[^"'\\s][^"'\\r\\n]{0,4096}`,
      'gi',
    ),
  },
  {
    kind: 'credentials',
    pattern: /(?<label>(?<![a-z])bearer {1,3})(?=[A-Za-z._~+/-]{0,200}\d)[\w.~+/-]{12,4096}={0,2}/gi,
  },
  {
    kind: 'credentials',
    pattern: /(?<label>(?<![a-z])basic {1,3})[A-Za-z0-9+/]{6,4096}={0,2}/gi,
    accept: basicLength,
  },
  {
    kind: 'credentials',
    pattern: new RegExp(
      `(?<label>(?<![a-z])(?:set-)?cookie2?${IS}["']?)[\\w!#$%&*+.^|~-]{1,128}=[^"'\\r\\n]{1,4096}`,
      'gi',
    ),
    accept: valueLength,
  },
  // AWS docs, "IAM identifiers", "Unique identifiers"
  { kind: 'aws_key', pattern: /(?<![A-Z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}(?![A-Z0-9])/g },
  {
    kind: 'aws_key',
    pattern: /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g,
    accept: secretAccessKeyLength,
  },
  {
    kind: 'aws_key',
    // AWS gives session tokens no form but their beginnings, which have changed over the years
    pattern: /(?<![A-Za-z0-9/+])(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz|AQoDYXdz|AQoEXAMPLE)[A-Za-z0-9/+=]{30,4000}/g,
  },
  {
    kind: 'jwt',
    // RFC 7519: a header that is a JSON object, base64url
    pattern:
      /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{4,16384}(?:\.[A-Za-z0-9_-]{0,8192}){0,3}/g,
  },
  ...TOKEN_RULES,
  {
    kind: 'secret',
    pattern: new RegExp(`(?<label>(?:${NAMES})${IS}${QUOTE})${VALUE}`, 'gi'),
    accept: longValueLength,
  },
  {
    kind: 'secret',
    pattern: new RegExp(
      `(?<label>(?<![a-z])(?:password|passphrase|passcode|pwd|pin|secret) (?:is|was)[ :]{1,3}${QUOTE})${VALUE}`,
      'gi',
    ),
    accept: toldLength,
  },
  {
    kind: 'secret',
    // codes that somebody is sent to prove who they are
    pattern:
      /(?<label>(?<![a-z])(?:pin(?: code| number)?|(?:security|verification|authentication|login|sign-?in|one-time|2fa|mfa) (?:code|pin|password))[\\"']{0,6}(?: is)?[ :=]{1,3}[\\"']{0,6})\d{4,8}(?![\w.])/gi,
  },
];
