import iban from 'validator/lib/isIBAN.js';
import identityCard from 'validator/lib/isIdentityCard.js';
import luhn from 'validator/lib/isLuhnNumber.js';
import taxId from 'validator/lib/isTaxID.js';

/** Lengths of IBANs with their country, from the SWIFT registry. */
const [SHORTEST_IBAN, LONGEST_IBAN] = [15, 34];

/** @returns length of the longest beginning that is an IBAN of its country with right check digits; 0 for none */
export function ibanLength(text: string): number {
  return longestBeginning(text, SHORTEST_IBAN, LONGEST_IBAN, (compact) =>
    iban.default(compact.toUpperCase()),
  );
}

/**
 * Issuer ranges and lengths of the networks, from the lists they publish for merchants: Visa, Mastercard, American
 * Express, Discover, Diners Club, JCB, UnionPay, Maestro from 16 digits on (shorter ones look like tracking
 * numbers). Visa has long given out no more of 13 digits, which is what goods have on their barcodes.
 */
const ISSUER_RANGES =
  /^(?:4(?:\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d{2})\d{12,15}|3(?:0[0-5]|09|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|(?:50(?:18|20|38)|5893|6304|6759|676[1-3])\d{12,15})$/;

const [SHORTEST_CARD, LONGEST_CARD] = [14, 19];

export function isPaymentCard(digits: string): boolean {
  return ISSUER_RANGES.test(digits) && luhn.default(digits);
}

/** @returns length of the longest beginning that is the number of a payment card; 0 for none */
export function paymentCardLength(text: string): number {
  return longestBeginning(text, SHORTEST_CARD, LONGEST_CARD, isPaymentCard);
}

/** Who writes more groups than these writes a list of numbers. */
const MOST_GROUPS = 10;

/** Beginnings end where a group of characters does; spaces, dashes and dots between groups do not count. */
function longestBeginning(
  text: string,
  shortest: number,
  longest: number,
  matches: (compact: string) => boolean,
): number {
  const groups = [...text.matchAll(/[^ .-]{1,64}/g)];
  if (groups.length > MOST_GROUPS) {
    return 0;
  }
  for (let count = groups.length; count > 0; count -= 1) {
    const compact = groups.slice(0, count).join('');
    if (compact.length >= shortest && compact.length <= longest && matches(compact)) {
      const last = groups[count - 1];
      return (last?.index ?? 0) + (last?.[0].length ?? 0);
    }
  }
  return 0;
}

/** Tax numbers whose check digits the library knows, by its names of places. */
export function isTaxId(text: string, locale: 'de-DE' | 'it-IT' | 'nl-NL' | 'pt-BR' | 'sv-SE'): boolean {
  return taxId.default(text, locale);
}

export function isIdentityCard(text: string, locale: 'ES' | 'IN' | 'PL'): boolean {
  return identityCard.default(text, locale);
}

/** The French social security number: the last two digits are 97 less the remainder of the others. */
export function isFrenchSocialSecurityNumber(digits: string): boolean {
  return 97n - (BigInt(digits.slice(0, 13)) % 97n) === BigInt(digits.slice(13));
}
