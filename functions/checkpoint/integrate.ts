import type { Round } from '../../contracts/log.ts';
import { runKey } from '../../contracts/tables.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { roundKey } from '../../domain/log/keys.ts';
import { type Batch, batchOf, type KnownPositions, plannedRound } from '../../domain/log/round.ts';
import type { LogBucket } from '../adapters/log/bucket.ts';
import type { LogSigner } from '../adapters/log/key.ts';
import type { LogTable } from '../adapters/log/table.ts';
import { signedTree } from '../adapters/log/tree.ts';
import { sideBySide } from '../runtime/side-by-side.ts';
import { carryOut } from './carry-out.ts';

export interface IntegrateDependencies {
  readonly bucket: LogBucket;
  readonly table: LogTable;
  readonly signer: LogSigner;
}

/** What came of one round. */
export interface Integrated {
  /** Entries that are under a signed checkpoint now. */
  readonly entries: number;
  /** When the batch was sealed that waited for longest; absent when none waited. ISO 8601 UTC. */
  readonly oldestSealedAt?: string;
  /** Whether there may be more to do. */
  readonly more: boolean;
}

/** Of one round, so that what it has in memory and how long it takes are bounded. */
const MOST_BATCHES = 200;
const MOST_LINES = 20_000;
/** A few times as much is what their events take in memory, and a function has a gigabyte. */
const MOST_BYTES = 32 * 1024 ** 2;

/**
 * One round: makes entries of the log from batches that wait, or goes on with the round that an earlier try has begun.
 *
 *     rounds/<size>.json put ---- bundles, tiles, lines ---- index ---- checkpoint moved ---- pointers removed
 *       |  whoever comes now finds the round, and puts the same bytes      |  in the log          |  left out as known
 *
 * Only the first and the move of the checkpoint decide anything, and both are conditional; all the rest can be repeated by anybody
 * at any time.
 *
 * @throws LogConflict, UntrustedCheckpoint or Error when the bucket holds what this code has not written: the log stands still
 */
export async function integrate(dependencies: IntegrateDependencies): Promise<Integrated> {
  const { bucket, table, signer } = dependencies;
  const tree = await signedTree(bucket, await signer.key());
  const { size } = tree.edge;
  const pending = await table.pending(MOST_BATCHES);
  const oldest = pending.map(({ sealedAt }) => sealedAt).sort()[0];
  const waiting = oldest === undefined ? {} : { oldestSealedAt: oldest };
  const begun = await beginning(bucket, size);
  if (begun === undefined && pending.length === 0) {
    return { entries: 0, more: false };
  }
  const batches =
    begun === undefined
      ? await batchesAt(bucket, pending, { lines: MOST_LINES, bytes: MOST_BYTES })
      : await batchesAt(bucket, begun.batches, NO_LIMIT);
  const round = begun ?? plannedRound(size, batches, await positionsKnown(table, batches));
  if (round === undefined) {
    // every event in them is in the log
    await table.removePending(batches.map(({ key }) => key));
    return { entries: 0, ...waiting, more: true };
  }
  const isOurs = begun !== undefined || (await putRound(bucket, round));
  if (!isOurs) {
    return { entries: 0, ...waiting, more: true };
  }
  await carryOut(round, batches, tree, dependencies);
  return { entries: round.to - round.from, ...waiting, more: true };
}

async function beginning(bucket: LogBucket, size: number): Promise<Round | undefined> {
  const bytes = await bucket.get(roundKey(size), 'round');
  return bytes && (JSON.parse(bytes.toString()) as Round);
}

/** @returns false when somebody else has begun another round at this size; it is found by the next look */
async function putRound(bucket: LogBucket, round: Round): Promise<boolean> {
  try {
    await bucket.putOnce(roundKey(round.from), 'round', canonicalJson(round));
    return true;
  } catch (error) {
    if ((error as Error).name === 'LogConflict') {
      return false;
    }
    throw error;
  }
}

interface Limit {
  readonly lines: number;
  /** Of the lines. */
  readonly bytes: number;
}

const NO_LIMIT: Limit = { lines: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** The first of them, in their order: as many as have about so much, and at least one. */
async function batchesAt(
  bucket: LogBucket,
  wanted: readonly { readonly key: string }[],
  most: Limit,
): Promise<Batch[]> {
  const read = new Map<string, Batch>();
  const taken = { lines: 0, bytes: 0 };
  await sideBySide(
    wanted,
    async ({ key }) => {
      const batch = await batchAt(bucket, key);
      read.set(key, batch);
      taken.lines += batch.lines.length;
      taken.bytes += batch.lines.reduce((sum, { text }) => sum + text.length, 0);
    },
    () => taken.lines < most.lines && taken.bytes < most.bytes,
  );
  // taken one after the other, so what was read is the first of them
  return wanted.flatMap(({ key }) => read.get(key) ?? []);
}

async function batchAt(bucket: LogBucket, key: string): Promise<Batch> {
  const bytes = await bucket.get(key, 'lines');
  if (bytes === undefined) {
    throw new Error(`batch ${key} is not in the bucket, expected it because it waits to be integrated`);
  }
  return batchOf(key, bytes.toString());
}

/**
 * INVARIANT: read after the checkpoint, and strongly consistent: the index is complete up to every checkpoint before that is moved, so no
 * event of a smaller tree is missing in it.
 */
async function positionsKnown(table: LogTable, batches: readonly Batch[]): Promise<KnownPositions> {
  const events = batches.flatMap(({ lines }) => lines.map(({ event }) => event));
  const runs = new Map(events.map(({ tenant, runId }) => [runKey({ tenant, runId }), { tenant, runId }]));
  const known = new Map<string, ReadonlySet<string>>();
  await sideBySide([...runs], async ([key, run]) => {
    known.set(key, new Set((await table.eventsOf(run)).map(({ position }) => position)));
  });
  const none: ReadonlySet<string> = new Set();
  return (run) => known.get(runKey(run)) ?? none;
}
