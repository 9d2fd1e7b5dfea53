/** Dollars to whole cents; what the shop's unrounded sums are off by is far below half a cent. */
export function toCents(dollars: number): number {
  return Math.round(dollars * 100);
}

/**
 * Rounds to two decimals by the exact binary value; a tie goes to the even digit, as the recorded results have it
 * (0.125 to 0.12, 2.675 to 2.67).
 */
export function roundToHundredths(value: number): number {
  // only odd multiples of an eighth lie exactly between two hundredths, and toFixed rounds those away from zero
  if (Number.isInteger(value * 8) && Math.abs(value * 8) % 2 === 1) {
    const below = Math.floor(value * 100);
    return (below % 2 === 0 ? below : below + 1) / 100;
  }
  return Number(value.toFixed(2));
}
