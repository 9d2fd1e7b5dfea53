/**
 * What requests to S3 cost, in micro-dollars: S3 Standard in us-east-1, from the Amazon S3 pricing page, 2026-11
 * ($0.005 per thousand PUT, COPY, POST and LIST requests, $0.0004 per thousand GET and all others; DELETE is free).
 */
export const PUT_MICRO_DOLLARS = 5;
export const LIST_MICRO_DOLLARS = 5;
export const GET_MICRO_DOLLARS = 0.4;

/** Versions that a look-up asks about; a document with more newer ones is for a person to look at. */
export const MAXIMUM_LOOKED_AT = 50;

/** Pages of versions that one call purges. */
export const MAXIMUM_PURGE_PAGES = 10;

export interface Work {
  readonly gets?: number;
  readonly lists?: number;
  readonly puts?: number;
  /** Whether the call may have to look for what an earlier attempt has written. */
  readonly lookUp?: boolean;
  readonly purge?: boolean;
}

/** Most that a call can cost, in whole micro-dollars; held on the run's budget while the call runs. */
export function maximumCost({ gets = 0, lists = 0, puts = 0, lookUp = false, purge = false }: Work): number {
  const looked = lookUp ? 2 * LIST_MICRO_DOLLARS + MAXIMUM_LOOKED_AT * GET_MICRO_DOLLARS : 0;
  const purged = purge ? (MAXIMUM_PURGE_PAGES + 1) * LIST_MICRO_DOLLARS : 0;
  return Math.ceil(
    gets * GET_MICRO_DOLLARS +
      lists * LIST_MICRO_DOLLARS +
      puts * PUT_MICRO_DOLLARS +
      looked +
      purged +
      // a read that finds nothing asks whether there is nothing
      (puts > 0 ? LIST_MICRO_DOLLARS : 0),
  );
}
