import { createHash } from 'node:crypto';
import { TILE_WIDTH } from '../../contracts/log.ts';

/** 32 bytes of SHA-256. */
export type Hash = Buffer;

const HASH_BYTES = 32;

/** Hash of an entry, RFC 6962 section 2.1. */
export function leafHash(entry: Uint8Array): Hash {
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
}

/** Hash of two subtrees, RFC 6962 section 2.1. */
export function nodeHash(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** Hashes of one tile, all or the first of its 256. */
export interface Tile {
  /** 0 has leaf hashes, each level above has hashes of full tiles of the one below. */
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Hash[];
}

/** All of a tree that its growth needs: the open tile of each level, which may have no hashes. */
export interface Edge {
  /** Entries. */
  readonly size: number;
  /** By level, each less than 256 hashes. */
  readonly levels: readonly (readonly Hash[])[];
}

export const EMPTY_EDGE: Edge = { size: 0, levels: [] };

/**
 * The tree with more leaves, and every tile that has grown, as it is then.
 *
 * @param leaves - hashes of the new entries, in order
 */
export function extended(edge: Edge, leaves: readonly Hash[]): { edge: Edge; tiles: readonly Tile[] } {
  const tiles: Tile[] = [];
  const levels: (readonly Hash[])[] = [];
  let arriving = leaves;
  let before = edge.size;
  for (let level = 0; arriving.length > 0 || level < edge.levels.length; level += 1) {
    const hashes = [...(edge.levels[level] ?? []), ...arriving];
    const grown = tilesFrom(level, Math.floor(before / TILE_WIDTH), hashes);
    if (arriving.length > 0) {
      tiles.push(...grown);
    }
    const full = grown.filter((tile) => tile.hashes.length === TILE_WIDTH);
    levels.push(hashes.slice(full.length * TILE_WIDTH));
    arriving = full.map((tile) => subtreeRoot(tile.hashes));
    before = Math.floor(before / TILE_WIDTH);
  }
  return { edge: { size: edge.size + leaves.length, levels }, tiles };
}

function tilesFrom(level: number, first: number, hashes: readonly Hash[]): Tile[] {
  return Array.from({ length: Math.ceil(hashes.length / TILE_WIDTH) }, (_, index) => ({
    level,
    index: first + index,
    hashes: hashes.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH),
  }));
}

/** Root of a tree, RFC 6962 section 2.1; of none it is the hash of nothing. */
export function rootOf({ levels }: Edge): Hash {
  // a higher level stands to the left of a lower one
  const subtrees = levels.toReversed().flatMap(subtreeRoots);
  return subtrees.length === 0
    ? createHash('sha256').digest()
    : subtrees.reduceRight((right, left) => nodeHash(left, right));
}

/** Roots of the largest full subtrees of some hashes, from left to right. */
function subtreeRoots(hashes: readonly Hash[]): Hash[] {
  const roots: Hash[] = [];
  let from = 0;
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if (hashes.length - from >= width) {
      roots.push(subtreeRoot(hashes.slice(from, from + width)));
      from += width;
    }
  }
  return roots;
}

/** @param hashes - as many as a power of two */
export function subtreeRoot(hashes: readonly Hash[]): Hash {
  let level = hashes;
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, index) =>
      nodeHash(at(level, 2 * index), at(level, 2 * index + 1)),
    );
  }
  return at(level, 0);
}

function at(hashes: readonly Hash[], index: number): Hash {
  const hash = hashes[index];
  if (hash === undefined) {
    throw new Error(`tree: no hash ${index} among ${hashes.length}, expected a power of two of them`);
  }
  return hash;
}

/** Hashes in the tile of a level and index in a tree of this size; 0 when the tree has no such tile. */
export function tileWidth(size: number, level: number, index: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Levels that have hashes in a tree of this size. */
export function levelsOf(size: number): number {
  let levels = 0;
  for (let hashes = size; hashes > 0; hashes = Math.floor(hashes / TILE_WIDTH)) {
    levels += 1;
  }
  return levels;
}

export function encodedTile(hashes: readonly Hash[]): Buffer {
  return Buffer.concat(hashes);
}

/** @throws Error when it does not hold exactly these many hashes */
export function decodedTile(bytes: Uint8Array, width: number): Hash[] {
  if (bytes.length !== width * HASH_BYTES) {
    throw new Error(`a tile of ${bytes.length} bytes, expected ${width} hashes of ${HASH_BYTES}`);
  }
  return Array.from({ length: width }, (_, index) =>
    Buffer.from(bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)),
  );
}
