import { TILE_WIDTH } from '../../contracts/log.ts';
import { type Hash, treeHash } from './hashing.ts';

/** A tile as entries give it. */
export interface ExpectedTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Hash[];
}

/** A tree that leaves are added to, in bounded memory: of each level it keeps the tile that is not full. */
export interface GrowingTree {
  /** Hashes of the last leaves, as many as are in no full tile. */
  readonly openLeaves: () => readonly Hash[];
  /** Undefined once a leaf was of which nothing is known. */
  readonly root: () => Hash | undefined;
  readonly add: (leaf: Hash | undefined) => void;
  /** Every tile that has grown since this was asked before, as it is now; without those that a leaf is in of which nothing is known. */
  readonly grown: () => readonly ExpectedTile[];
}

/** Stands for a leaf of which nothing is known. */
const UNKNOWN: Hash = Buffer.alloc(0);

export function growingTree(): GrowingTree {
  let full: ExpectedTile[] = [];
  /** By level. */
  const open: Hash[][] = [];
  const indices: number[] = [];
  const hasGrown = new Set<number>();
  let isWhole = true;

  function add(level: number, hash: Hash): void {
    const hashes = open[level] ?? [];
    const index = indices[level] ?? 0;
    hashes.push(hash);
    open[level] = hashes;
    hasGrown.add(level);
    if (hashes.length === TILE_WIDTH) {
      full.push({ level, index, hashes });
      open[level] = [];
      indices[level] = index + 1;
      add(level + 1, treeHash(hashes));
    }
  }

  return {
    openLeaves: () => open[0] ?? [],
    root() {
      if (!isWhole) {
        return undefined;
      }
      let right: Hash | undefined;
      for (const hashes of open) {
        const row = right === undefined ? hashes : [...hashes, right];
        right = row.length === 0 ? undefined : treeHash(row);
      }
      return right ?? treeHash([]);
    },
    add(leaf) {
      isWhole &&= leaf !== undefined;
      add(0, leaf ?? UNKNOWN);
    },
    grown() {
      const partial = [...hasGrown].flatMap((level): ExpectedTile[] => {
        const hashes = open[level] ?? [];
        return hashes.length === 0 ? [] : [{ level, index: indices[level] ?? 0, hashes: [...hashes] }];
      });
      const tiles = [...full, ...partial].filter(
        ({ level, hashes }) => isWhole || (level === 0 && !hashes.includes(UNKNOWN)),
      );
      full = [];
      hasGrown.clear();
      return tiles;
    },
  };
}
