export const DAY_MILLISECONDS = 86_400_000;

/** Days of UTC, and the one before, which another time zone may count to the first. */
export function daysBetween(since: Date, now: Date): readonly string[] {
  const first = Math.floor(since.getTime() / DAY_MILLISECONDS) - 1;
  const last = Math.floor(now.getTime() / DAY_MILLISECONDS);
  const numbers = [...Array(Math.max(0, last - first + 1)).keys()];
  return numbers.map((index) => new Date((first + index) * DAY_MILLISECONDS).toISOString().slice(0, 10));
}
