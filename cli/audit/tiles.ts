import { TILE_WIDTH } from '../../contracts/log.ts';
import type { Findings } from './findings.ts';
import type { ExpectedTile, GrowingTree } from './growing-tree.ts';
import { HASH_BYTES } from './hashing.ts';
import { tileName } from './object-names.ts';
import type { LoadedPart } from './part.ts';

/** A bundle that was not full before has its first entries again. */
export function checkBefore(
  { part, before }: LoadedPart,
  tree: GrowingTree,
  { problem }: Pick<Findings, 'problem'>,
): void {
  const start = part.from - (part.from % TILE_WIDTH);
  const known = tree.openLeaves();
  for (const [index, hash] of before.hashes.entries()) {
    if (known[index]?.equals(hash) !== true) {
      const place = { object: before.bundle, leaf: start + index };
      problem('entry_differs', 'the entry is another one than in the bundle before', place);
    }
  }
}

/** INVARIANT: a tile holds what the entries give and nothing else, so that whoever reads tiles alone reads the log. */
export function checkTiles(
  { tiles }: LoadedPart,
  expected: readonly ExpectedTile[],
  { problem }: Pick<Findings, 'problem'>,
): void {
  for (const { level, index, hashes } of expected) {
    const object = tileName(level, index, hashes.length);
    const found = tiles.get(object);
    const span = TILE_WIDTH ** level;
    const first = index * TILE_WIDTH * span;
    if (found === undefined) {
      problem('tile_missing', `hashes from entry ${first} on are in it`, { object, leaf: first });
    } else if (!found.equals(Buffer.concat(hashes))) {
      const at = hashes.findIndex(
        (hash, place) => !found.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES).equals(hash),
      );
      const message =
        at === -1
          ? `${found.length} bytes, expected ${hashes.length} hashes`
          : `hash ${at} is not that of the entries`;
      problem('tile_differs', message, { object, leaf: first + Math.max(0, at) * span });
    }
  }
}
