import ipaddr from 'ipaddr.js';
import { ibanLength, paymentCardLength } from './check-digits.ts';
import type { Rule } from './rule.ts';

/** Endings of file names that an address cannot have: `logo@2x.png`. */
const FILE_ENDING = /\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|js|mjs|ts|json|html?)$/i;

/** Users of version control, who are nobody: `git@github.com`. */
const NOBODY = /^(?:git|hg)@/i;

/** A password in a URL stands before an @ too. */
const IN_USERINFO = /(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#"'<>@:]{0,64}:[^\s"'<>/?#]{0,64}$/i;

function emailLength(found: string, before: string): number {
  const isNone = FILE_ENDING.test(found) || NOBODY.test(found) || IN_USERINFO.test(before);
  return isNone ? 0 : found.length;
}

/** ITU-T E.164: at most fifteen digits with the country code; shorter than seven is an extension. */
const [FEWEST_DIGITS, MOST_DIGITS] = [7, 15];

function phoneLength(found: string): number {
  const digits = found.replaceAll(/\D/g, '').length;
  return digits >= FEWEST_DIGITS && digits <= MOST_DIGITS ? found.length : 0;
}

/** Of a network itself, so they lead to nobody. */
const OWN_NETWORK = [
  'unspecified',
  'loopback',
  'private',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
  'multicast',
  'broadcast',
];

function addressLength(found: string, before: string): number {
  const address = found.replace(/[.:]$/, '');
  const isVersion = /(?:\bv|version[ :]{0,2}|\/)$/i.test(before) && !/:\/\/$/.test(before);
  if (isVersion || !/\d/.test(address) || !ipaddr.isValid(address)) {
    return 0;
  }
  return OWN_NETWORK.includes(ipaddr.process(address).range()) ? 0 : address.length;
}

const PHONE_LABEL =
  '(?<label>(?<![a-z])(?:tele)?(?:phone|tel|mobile|cell|fax|whatsapp|sms|call)(?: ?(?:number|no\\.?|nr\\.?|#))?[\\\\"\']{0,6}(?: is| me at| us at)?[ :=]{1,3}[\\\\"\']{0,6})';

/** Personal data by its form. Sources: docs/tools.md, "Redaction". */
export const PERSONAL_DATA_RULES: readonly Rule[] = [
  {
    kind: 'payment_card',
    pattern: /(?<![\p{L}\p{N}_]|\d-|\d\.)\d(?:[ .-]?\d){12,18}(?![\p{L}\p{N}_]|[.-]\d)/gu,
    accept: paymentCardLength,
  },
  {
    kind: 'payment_card',
    pattern:
      /(?<label>(?<![a-z])(?:cvv2?|cvc2?|card verification (?:code|value))[\\"']{0,6}[ :=]{1,3}[\\"']{0,6})\d{3,4}(?!\w)/gi,
  },
  {
    kind: 'iban',
    pattern: /(?<![\p{L}\p{N}_])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,38}(?![\p{L}\p{N}_])/giu,
    accept: ibanLength,
  },
  {
    kind: 'email',
    // looked at from its @, so that a text without one costs nothing
    pattern:
      /(?<=(?<before>[\p{L}\p{N}](?:[\p{L}\p{N}._+-]|'(?=[\p{L}\p{N}])){0,63}))@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}\p{L}[\p{L}\p{N}-]{0,61}[\p{L}\p{N}]/gu,
    accept: emailLength,
  },
  {
    kind: 'phone',
    pattern: /(?<![\p{L}\p{N}_+])\+[1-9](?:[ ()./-]{0,2}\d){7,14}(?![\p{L}\p{N}_])/gu,
    accept: phoneLength,
  },
  {
    kind: 'phone',
    // North America: area and exchange begin with 2 to 9; bare digits alone could be any number
    pattern:
      /(?<![\p{L}\p{N}_.,-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\)[ .-]?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4}(?![\p{L}\p{N}_]|[.,-]\d)/gu,
  },
  {
    kind: 'phone',
    // national numbers of other countries: a trunk 0, then groups
    pattern:
      /(?<![\p{L}\p{N}_.,:/-])(?:\(0\d{2,4}\) ?\d{3,4}[ -]?\d{3,4}|0[1-9]\d{1,3}[ /-]\d{3,4}[ -]\d{3,4}|0[1-9]\d{1,3}[ /-]\d{6,8}|0[1-9](?:[ .]\d{2}){4})(?![\p{L}\p{N}_]|[.,:/-]\d)/gu,
    accept: phoneLength,
  },
  {
    kind: 'phone',
    pattern: new RegExp(`${PHONE_LABEL}\\+?\\(?\\d(?:[ ().\\/-]{0,2}\\d){6,14}(?![\\w])`, 'giu'),
    accept: phoneLength,
  },
  {
    kind: 'ip_address',
    pattern: /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g,
    accept: addressLength,
  },
  {
    kind: 'ip_address',
    pattern:
      /(?<![\w:.])(?=[\da-f]{0,4}:[\da-f]{0,4}:)[\da-f:]{2,39}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w])/gi,
    accept: addressLength,
  },
];
