import { isFrenchSocialSecurityNumber, isIdentityCard, isTaxId } from './check-digits.ts';
import type { Rule } from './rule.ts';

/** All of what was found, if its characters without spaces, dots and dashes pass. */
function whole(passes: (compact: string) => boolean): (found: string) => number {
  return (found) => (passes(found.replaceAll(/[ .-]/g, '').toUpperCase()) ? found.length : 0);
}

/** A label, a few characters that may stand between, and not yet the number. */
function labelled(label: string, number: string): RegExp {
  return new RegExp(
    `(?<label>(?<![a-z])(?:${label})[\\\\"']{0,6}(?: is)?[ :=#]{1,3}[\\\\"']{0,6})${number}(?!\\w)`,
    'gi',
  );
}

/** Used in advertisements, so nobody's: Social Security Administration, "Misused SSNs". */
const NOBODYS_SSN = ['078051120', '219099999'];

/** SSA since 2011: no area 000, 666 or 900 to 999, no group 00, no serial 0000. IRS: an ITIN is 9xx with 50 to 99. */
const SSN =
  '(?:(?!000|666)[0-8]\\d{2}[ -](?!00)\\d{2}|9\\d{2}[ -](?:5\\d|6[0-5]|[78]\\d|9[0-24-9]))[ -](?!0000)\\d{4}';
const BARE_SSN = '(?!000|666|9)\\d{3}(?!00)\\d{2}(?!0000)\\d{4}';

/** Numbers by which a state knows a person; those that are only digits need check digits, a fixed form or a label. */
export const NATIONAL_ID_RULES: readonly Rule[] = [
  {
    kind: 'national_id',
    pattern: new RegExp(`(?<![\\w-])${SSN}(?![\\w-])`, 'g'),
    accept: whole((number) => !NOBODYS_SSN.includes(number)),
  },
  {
    kind: 'national_id',
    pattern: labelled('ssn|social security(?: number| no\\.?)?|tin|itin|tax id', BARE_SSN),
  },
  {
    kind: 'national_id',
    // HM Revenue & Customs, NIM39110: which letters a National Insurance number begins with
    pattern:
      /(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/g,
  },
  {
    kind: 'national_id',
    pattern: /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])/g,
    accept: whole((number) => isTaxId(number, 'pt-BR')),
  },
  {
    kind: 'national_id',
    pattern: labelled('cpf', '\\d{11}'),
    accept: whole((number) => isTaxId(number, 'pt-BR')),
  },
  {
    kind: 'national_id',
    pattern: /(?<![\w-])(?:\d{8}|[XYZ][ -]?\d{7})[ -]?[A-HJ-NP-TV-Z](?![\w-])/g,
    accept: whole((number) => isIdentityCard(number, 'ES')),
  },
  {
    kind: 'national_id',
    pattern: /(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)/gi,
    accept: whole((number) => isTaxId(number, 'it-IT')),
  },
  {
    kind: 'national_id',
    pattern: /(?<![\w-])[12] \d{2} (?:0[1-9]|1[0-2]) \d{2} \d{3} \d{3} \d{2}(?![\w-])/g,
    accept: whole(isFrenchSocialSecurityNumber),
  },
  {
    kind: 'national_id',
    pattern: /(?<![\w-])\d{6}[-+]\d{4}(?![\w-])/g,
    accept: (found) => (isTaxId(found, 'sv-SE') ? found.length : 0),
  },
  {
    kind: 'national_id',
    pattern: labelled('bsn|burgerservicenummer', '\\d{9}'),
    accept: whole((number) => isTaxId(number, 'nl-NL')),
  },
  {
    kind: 'national_id',
    pattern: labelled(
      'steuer-?id|steuerliche identifikationsnummer|steueridentifikationsnummer',
      '\\d{2} ?\\d{3} ?\\d{3} ?\\d{3}',
    ),
    accept: whole((number) => isTaxId(number, 'de-DE')),
  },
  {
    kind: 'national_id',
    pattern: labelled('pesel', '\\d{11}'),
    accept: whole((number) => isIdentityCard(number, 'PL')),
  },
  {
    kind: 'national_id',
    pattern: /(?<![\w-]|\d )[2-9]\d{3} \d{4} \d{4}(?![\w-]| \d)/g,
    accept: whole((number) => isIdentityCard(number, 'IN')),
  },
  { kind: 'national_id', pattern: /(?<![\w.])756\.\d{4}\.\d{4}\.\d{2}(?![\w.])/g },
  {
    kind: 'national_id',
    pattern: labelled('passport(?: number| no\\.?)?', '(?=[A-Z]{0,3}\\d)[A-Z0-9]{6,9}'),
  },
];
