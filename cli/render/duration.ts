const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2 d 3 h`, `3 h 5 min`, `5 min`, `40 s`; none is less than nothing. */
export function duration(milliseconds: number): string {
  const left = Math.max(0, milliseconds);
  if (left >= DAY) {
    return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`;
  }
  if (left >= HOUR) {
    return `${Math.floor(left / HOUR)} h ${Math.floor((left % HOUR) / MINUTE)} min`;
  }
  return left >= MINUTE ? `${Math.floor(left / MINUTE)} min` : `${Math.floor(left / SECOND)} s`;
}

/** @param since - ISO 8601 UTC */
export function age(since: string, now: Date): string {
  return duration(now.getTime() - Date.parse(since));
}

/** @param instant - ISO 8601 UTC */
export function timeUntil(instant: string, now: Date): string {
  const left = Date.parse(instant) - now.getTime();
  return left <= 0 ? 'over' : duration(left);
}
