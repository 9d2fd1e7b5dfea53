import { TILE_WIDTH } from '../../contracts/log.ts';
import { type Hash, nodeHash, subtreeRoot } from './tree.ts';

/** Hashes of the tile of a level and index, of the tree that proofs are made for. */
export type TileReader = (level: number, index: number) => Promise<readonly Hash[]>;

/**
 * Hashes that lead from a leaf to the root, the nearest first: RFC 6962 section 2.1.1.
 *
 * @param leaf - index of the entry, less than `size`
 */
export async function inclusionPath(leaf: number, size: number, tiles: TileReader): Promise<Hash[]> {
  const siblings: Promise<Hash>[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + largestPowerBelow(end - begin);
    if (leaf < middle) {
      siblings.push(rangeHash(middle, end, tiles));
      end = middle;
    } else {
      siblings.push(rangeHash(begin, middle, tiles));
      begin = middle;
    }
  }
  return Promise.all(siblings.toReversed());
}

/** @param count - at least 2 */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) {
    power *= 2;
  }
  return power;
}

/** Root of the subtree over the entries from `begin` to `end - 1`, as RFC 6962 splits it. */
async function rangeHash(begin: number, end: number, tiles: TileReader): Promise<Hash> {
  const count = end - begin;
  const half = largestPowerBelow(count);
  if (count === 1 || count === 2 * half) {
    return fullSubtree(begin, count, tiles);
  }
  const middle = begin + half;
  return nodeHash(await rangeHash(begin, middle, tiles), await rangeHash(middle, end, tiles));
}

/** @param count - a power of two that `begin` is a multiple of, so that one tile has all that is needed */
async function fullSubtree(begin: number, count: number, tiles: TileReader): Promise<Hash> {
  let level = 0;
  let perHash = 1;
  while (count >= perHash * TILE_WIDTH) {
    level += 1;
    perHash *= TILE_WIDTH;
  }
  const first = begin / perHash;
  const index = Math.floor(first / TILE_WIDTH);
  const hashes = await tiles(level, index);
  const from = first - index * TILE_WIDTH;
  return subtreeRoot(hashes.slice(from, from + count / perHash));
}
