/** The only way in which the code learns the time. */
export type Clock = () => Date;

/** ISO 8601 UTC, milliseconds. */
export function timestamp(clock: Clock): string {
  return clock().toISOString();
}

export function secondsAfter(iso: string, seconds: number): string {
  return new Date(Date.parse(iso) + seconds * 1000).toISOString();
}

/** For DynamoDB's time to live. */
export function epochSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}
