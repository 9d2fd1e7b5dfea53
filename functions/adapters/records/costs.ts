/**
 * What reads and writes of records in tables cost, in micro-dollars: DynamoDB on-demand in us-east-1, from the AWS DynamoDB
 * on-demand pricing page, 2026-11 ($0.125 per million read request units, $0.625 per million write request units).
 */
export const READ_UNIT_MICRO_DOLLARS = 0.125;
export const WRITE_UNIT_MICRO_DOLLARS = 0.625;

/** Sizes by which DynamoDB counts request units; same page. */
const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;
const EVENTUALLY_CONSISTENT_FACTOR = 0.5;
const TRANSACTION_FACTOR = 2;

/** Units of one strongly consistent read; a read that finds nothing counts one. */
export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
}

/** Units of one page of an eventually consistent query, whose items are summed before they are rounded up. */
export function queryUnits(bytes: number): number {
  return readUnits(bytes) * EVENTUALLY_CONSISTENT_FACTOR;
}

/** Units of one item in a transaction. */
export function transactionWriteUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES)) * TRANSACTION_FACTOR;
}

const NUMBER_BYTES = 21;
const CONTAINER_BYTES = 3;
const MEMBER_BYTES = 1;

/**
 * Upper estimate of an item's size by DynamoDB's rules, in bytes: names and strings in UTF-8, a number at its
 * longest, three bytes for each list or map and one for each of its members.
 */
export function itemBytes(value: unknown): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value);
  }
  if (typeof value === 'number') {
    return NUMBER_BYTES;
  }
  if (typeof value !== 'object' || value === null) {
    return 1;
  }
  const members = Object.entries(value).map(
    ([name, member]) =>
      (Array.isArray(value) ? 0 : Buffer.byteLength(name)) + MEMBER_BYTES + itemBytes(member),
  );
  return members.reduce((sum, bytes) => sum + bytes, CONTAINER_BYTES);
}

/** Attempts at a write whose documents keep changing under it. */
export const MAXIMUM_WRITE_ATTEMPTS = 4;

/** No document comes near: orders hold a few items, products a few dozen variants, lists in the others are bounded. */
const MAXIMUM_DOCUMENT_BYTES = 16 * 1024;

/** Most that one page of a query reads; limit of DynamoDB. */
const QUERY_PAGE_BYTES = 1024 * 1024;

/** Moving a customer to another zip code deletes one index entry and adds one. */
const INDEX_WRITE_UNITS = 2;

export interface Work {
  readonly queries?: number;
  /** Documents read by key, each time that the call is tried. */
  readonly reads?: number;
  /** Documents written in the one transaction, each time that it is tried. */
  readonly writes?: number;
}

/** Most that a call can cost, in whole micro-dollars; held on the run's budget while the call runs. */
export function maximumCost({ queries = 0, reads = 0, writes = 0 }: Work): number {
  const readCost = reads * readUnits(MAXIMUM_DOCUMENT_BYTES) * READ_UNIT_MICRO_DOLLARS;
  const writeUnits = writes * (transactionWriteUnits(MAXIMUM_DOCUMENT_BYTES) + INDEX_WRITE_UNITS);
  const attempts = writes === 0 ? 1 : MAXIMUM_WRITE_ATTEMPTS;
  const queryCost = queries * queryUnits(QUERY_PAGE_BYTES) * READ_UNIT_MICRO_DOLLARS;
  return Math.ceil(queryCost + attempts * (readCost + writeUnits * WRITE_UNIT_MICRO_DOLLARS));
}
