import { usageFailure } from '../failure.ts';
import { DAY_MILLISECONDS, daysBetween } from './days.ts';

const DEFAULT_DAYS = 30;

/** Days such as `2026-11-01`, both of them in it. */
export interface Period {
  readonly since: string;
  readonly until: string;
}

/**
 * The period that options name, by default the 30 days before the last, which is today.
 *
 * @throws CommandFailure with exit code 2 for what are no days, or none in that order
 */
export function periodOf(options: Partial<Period>, today: string): Period {
  const until = checkedDay('--until', options.until ?? today);
  const since = checkedDay('--since', options.since ?? dayAfter(until, -DEFAULT_DAYS));
  if (since > until) {
    throw usageFailure(`--since is ${since}, expected a day up to ${until}, the last one`);
  }
  return { since, until };
}

function checkedDay(option: string, text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && dayAfter(text, 0) === text;
  if (!isDay) {
    throw usageFailure(`${option} is ${text}, expected a day such as 2026-11-01`);
  }
  return text;
}

/** @returns the empty text when it is no day */
function dayAfter(day: string, days: number): string {
  const time = Date.parse(`${day}T00:00:00.000Z`) + days * DAY_MILLISECONDS;
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10);
}

/** Days of UTC that have the days of any time zone in them, up to now. */
export function partitionsOf({ since, until }: Period): readonly string[] {
  const last = Math.min(Date.parse(dayAfter(until, 1)), Date.now());
  return daysBetween(new Date(since), new Date(last));
}
