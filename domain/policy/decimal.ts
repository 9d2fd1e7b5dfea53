/** Cedar's decimals have at most four places behind the point. */
const PLACES = 4;

/**
 * Beyond this, neighbouring numbers of JSON are further apart than a decimal's last place. Cedar's own range is a thousand
 * times as wide.
 */
const LARGEST = Number.MAX_SAFE_INTEGER / 10 ** PLACES;

/**
 * A number as Cedar writes decimals, `100.0`.
 *
 * @returns undefined for a number that a decimal cannot hold exactly: more than four places, or out of range
 */
export function decimalText(value: number): string | undefined {
  if (!Number.isFinite(value) || Math.abs(value) > LARGEST) {
    return undefined;
  }
  const fixed = value.toFixed(PLACES);
  // INVARIANT: what is decided on is the number that was given, never one that is near to it
  if (Number(fixed) !== value) {
    return undefined;
  }
  const text = fixed.replace(/0{1,3}$/, '');
  return Number(text) === 0 ? '0.0' : text;
}

/** What a decimal can hold, for messages. */
export const DECIMAL_RANGE = `a number of at most ${PLACES} decimal places between -${Math.floor(LARGEST)} and ${Math.floor(LARGEST)}`;
