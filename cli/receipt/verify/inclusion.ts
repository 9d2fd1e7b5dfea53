import { type Hash, treeHash } from '../../audit/hashing.ts';

/**
 * Root that a leaf has along a path: RFC 9162 section 2.1.3.2, written from it and not from what makes paths.
 *
 * @param leaf - index of the entry
 * @returns undefined when a path of this length leads to no root of a tree of this size
 */
export function rootAlong(hash: Hash, leaf: number, size: number, path: readonly Hash[]): Hash | undefined {
  let [at, last, root] = [leaf, size - 1, hash];
  if (at > last) {
    return undefined;
  }
  for (const sibling of path) {
    if (last === 0) {
      return undefined;
    }
    if (at % 2 === 1 || at === last) {
      root = treeHash([sibling, root]);
      while (at % 2 === 0 && at !== 0) {
        [at, last] = [half(at), half(last)];
      }
    } else {
      root = treeHash([root, sibling]);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? root : undefined;
}

/** A shift would cut a number at 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2);
}
