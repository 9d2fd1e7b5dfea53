import { type Round, TILE_WIDTH } from '../../contracts/log.ts';
import { encodedEntries } from '../../domain/log/bundle.ts';
import { bundleKey, checkpointKey, eventsKey, tileKey } from '../../domain/log/keys.ts';
import { type Batch, type Entry, entriesOf, linesByDay } from '../../domain/log/round.ts';
import { encodedTile, extended, leafHash, rootOf } from '../../domain/log/tree.ts';
import type { ObjectForm } from '../adapters/log/bucket.ts';
import type { SignedTree } from '../adapters/log/tree.ts';
import { sideBySide } from '../runtime/side-by-side.ts';
import type { IntegrateDependencies } from './integrate.ts';

/** An object of the log that is put once. */
interface LogObject {
  readonly key: string;
  readonly form: ObjectForm;
  readonly body: Uint8Array | string;
}

/**
 * Carries out a round that is in the bucket. Everything follows from the round and the tree that it was planned on, so any number of
 * tries, at once or one after the other, put the same.
 */
export async function carryOut(
  round: Round,
  batches: readonly Batch[],
  tree: SignedTree,
  { bucket, table, signer }: IntegrateDependencies,
): Promise<void> {
  const entries = entriesOf(round, batches);
  const { edge, tiles } = extended(
    tree.edge,
    entries.map(({ bytes }) => leafHash(bytes)),
  );
  const objects: readonly LogObject[] = [
    ...bundles(round, entries, tree.openBundle),
    ...tiles.map(
      ({ level, index, hashes }): LogObject => ({
        key: tileKey(level, index, hashes.length),
        form: 'tile',
        body: encodedTile(hashes),
      }),
    ),
    ...[...linesByDay(entries)].map(
      ([day, lines]): LogObject => ({ key: eventsKey(day, round.from), form: 'lines', body: lines }),
    ),
  ];
  await sideBySide(objects, async ({ key, form, body }) => void (await bucket.putOnce(key, form, body)));
  // INVARIANT: before the checkpoint, so that whatever is signed for is known to be in the log
  await table.index(entries);
  const note = await signer.sign(round.to, rootOf(edge));
  await bucket.putOnce(checkpointKey(round.to), 'note', note);
  // when somebody else has moved it, they have carried out this very round
  await bucket.moveCheckpoint(note, tree.checkpoint);
  await table.removePending(round.batches.map(({ key }) => key));
}

/** @param open - the encoded entries of the bundle that was not full */
function bundles({ from, to }: Round, entries: readonly Entry[], open: Buffer): LogObject[] {
  const first = Math.floor(from / TILE_WIDTH);
  const last = Math.floor((to - 1) / TILE_WIDTH);
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const start = (first + offset) * TILE_WIDTH;
    const end = Math.min(to, start + TILE_WIDTH);
    const added = entries.slice(Math.max(0, start - from), end - from).map(({ bytes }) => bytes);
    return {
      key: bundleKey(first + offset, end - start),
      form: 'bundle',
      body: Buffer.concat([...(offset === 0 ? [open] : []), encodedEntries(added)]),
    };
  });
}
