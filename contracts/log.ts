/**
 * The log in the audit bucket: keys of its objects and shapes of what is in them. A C2SP tlog-tiles log
 * (https://c2sp.org/tlog-tiles) with its entries a second time as NDJSON, for SQL. docs/log.md tells the life of an entry.
 *
 * The verifier knows these names and nothing else of what writes the log.
 */
export const LOG_KEYS = {
  /** Latest signed checkpoint, https://c2sp.org/tlog-checkpoint; the only key that is ever written over. */
  checkpoint: 'checkpoint',
  /** Every signed checkpoint, `checkpoints/<size>`. */
  checkpoints: 'checkpoints/',
  /** `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`. */
  tiles: 'tile/',
  /** Batches as the ledger's stream delivered them, `batches/dt=<day>/<time>-<digest>.ndjson.gz`. May overlap. */
  batches: 'batches/',
  /** What was integrated at once, `rounds/<size before>.json`: a `Round`. */
  rounds: 'rounds/',
  /** Entries for SQL, each with its `leaf`: `events/dt=<day of the event>/<size before>.ndjson.gz`. */
  events: 'events/',
  /** Policies that decisions were made under, `bundles/<digest>.json`: SHA-256 of the object is the digest in its name. */
  bundles: 'bundles/',
} as const;

/** @param digest - of a `PolicyBundle`, as decisions have it */
export function bundleKey(digest: string): string {
  return `${LOG_KEYS.bundles}${digest}.json`;
}

/** Hashes in a full tile, and entries in a full bundle. From the specification. */
export const TILE_WIDTH = 256;

/** Of one entry: bundles give its length two bytes. */
export const MAXIMUM_ENTRY_BYTES = 65_535;

/** Digits of a number in a key, so that keys sort as numbers do; enough for 2^53. */
const NUMBER_DIGITS = 16;

export function paddedNumber(value: number): string {
  return String(value).padStart(NUMBER_DIGITS, '0');
}

/**
 * What one step of integration has added, put before anything else of it and only if absent: whoever finds it and no checkpoint
 * of its size carries it out again, to the same bytes. Canonical JSON.
 */
export interface Round {
  readonly v: 1;
  /** Size of the tree before and after: entries `from` to `to - 1` are new. */
  readonly from: number;
  readonly to: number;
  /** In the order in which their lines become entries. */
  readonly batches: readonly RoundBatch[];
}

export interface RoundBatch {
  /** Key of the batch. */
  readonly key: string;
  /** Lines, counted from 0, that were in the log already or are earlier in this round; absent when none. */
  readonly skip?: readonly number[];
}

/** What a line under `events/` has beside the event itself. */
export const LEAF_MEMBER = 'leaf';
