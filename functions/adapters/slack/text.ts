/** Control characters and marks that change the direction of writing, or hide. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

/**
 * Text that a model or a stranger wrote, as people can see all of it.
 *
 * INVARIANT: what somebody approves is what they saw, so nothing in it may hide, or turn the direction of what follows.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Printable and at most so long; what is left out is counted, never silently dropped. @param limit - more than 32 */
export function shortened(text: string, limit: number): string {
  const shown = printable(text);
  if (shown.length <= limit) {
    return shown;
  }
  const rest = (left: number) => `… (${left} characters more)`;
  const kept = whole(shown, limit - rest(shown.length).length);
  return kept + rest(shown.length - kept.length);
}

/** The beginning of a text that cuts no character in two. */
export function whole(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? length - 1 : length);
}

/** A value as JSON, which tells the text `"12"` from the number 12. */
export function valueText(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

const DIGITS_OF_MICRO = 6;

/** Dollars with cents, and as many more digits as micro-dollars need: `$1.50`, `$0.000042`. */
export function money(microDollars: number): string {
  const digits = String(Math.round(microDollars)).padStart(DIGITS_OF_MICRO + 1, '0');
  const fraction = digits.slice(-DIGITS_OF_MICRO);
  return `$${digits.slice(0, -DIGITS_OF_MICRO)}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, '')}`;
}

/** `2026-11-21 11:00 UTC`, for those whose Slack does not put it into their own time zone. */
export function utcText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
