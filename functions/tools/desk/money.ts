/** Amounts have at most two decimals when they come here, so what binary fractions are off by is far below half a cent. */
export function toCents(dollars: number): number {
  return Math.round(dollars * 100);
}

export function toDollars(cents: number): number {
  return cents / 100;
}
