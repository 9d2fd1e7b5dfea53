import { TILE_WIDTH } from '../../../contracts/log.ts';
import { bundleKey, tileKey } from '../../../domain/log/keys.ts';
import { type Checkpoint, type LogKey, openedCheckpoint } from '../../../domain/log/note.ts';
import {
  decodedTile,
  type Edge,
  EMPTY_EDGE,
  type Hash,
  levelsOf,
  rootOf,
  tileWidth,
} from '../../../domain/log/tree.ts';
import type { LogBucket, StoredCheckpoint } from './bucket.ts';

/** The tree that is signed for. */
export interface SignedTree {
  readonly edge: Edge;
  /** Encoded entries of the bundle that is not full. */
  readonly openBundle: Buffer;
  /** Undefined as long as nothing was ever signed. */
  readonly checkpoint: StoredCheckpoint | undefined;
}

/**
 * The state of the log, read from what is locked.
 *
 * @throws UntrustedCheckpoint, or Error when tiles do not give the root that is signed: nothing may be built on that
 */
export async function signedTree(bucket: LogBucket, key: LogKey): Promise<SignedTree> {
  const checkpoint = await bucket.readCheckpoint();
  if (checkpoint === undefined) {
    return { edge: EMPTY_EDGE, openBundle: Buffer.alloc(0), checkpoint };
  }
  const { size, root } = openedCheckpoint(checkpoint.note, key);
  const [edge, openBundle] = await Promise.all([readEdge(bucket, size), readOpenBundle(bucket, size)]);
  if (!rootOf(edge).equals(root)) {
    throw new Error(
      `the tiles of ${size} entries give root ${rootOf(edge).toString('hex')}, expected ${root.toString('hex')}, which is signed; see docs/incidents.md`,
    );
  }
  return { edge, openBundle, checkpoint };
}

async function readEdge(bucket: LogBucket, size: number): Promise<Edge> {
  const levels = Array.from({ length: levelsOf(size) }, async (_, level) => {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    return tileHashes(bucket, size, level, index);
  });
  return { size, levels: await Promise.all(levels) };
}

/** Hashes of a tile in the tree of this size; none where the tree has no such tile. */
async function tileHashes(
  bucket: LogBucket,
  size: number,
  level: number,
  index: number,
): Promise<readonly Hash[]> {
  const width = tileWidth(size, level, index);
  return width === 0 ? [] : decodedTile(await required(bucket, tileKey(level, index, width), 'tile'), width);
}

async function readOpenBundle(bucket: LogBucket, size: number): Promise<Buffer> {
  const width = size % TILE_WIDTH;
  return width === 0
    ? Buffer.alloc(0)
    : required(bucket, bundleKey(Math.floor(size / TILE_WIDTH), width), 'bundle');
}

async function required(bucket: LogBucket, key: string, form: 'tile' | 'bundle'): Promise<Buffer> {
  const bytes = await bucket.get(key, form);
  if (bytes === undefined) {
    throw new Error(`${key} is not there, expected it because a checkpoint that needs it is signed`);
  }
  return bytes;
}

/** A checkpoint, and the tiles below it, each read once. */
export interface ProvenTree {
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly tiles: (level: number, index: number) => Promise<readonly Hash[]>;
}

/** @returns undefined as long as nothing was ever signed */
export async function provenTree(bucket: LogBucket, key: LogKey): Promise<ProvenTree | undefined> {
  const stored = await bucket.readCheckpoint();
  if (stored === undefined) {
    return undefined;
  }
  const checkpoint = openedCheckpoint(stored.note, key);
  const read = new Map<string, Promise<readonly Hash[]>>();
  return {
    note: stored.note,
    checkpoint,
    tiles(level, index) {
      const name = `${level}/${index}`;
      const hashes = read.get(name) ?? tileHashes(bucket, checkpoint.size, level, index);
      read.set(name, hashes);
      return hashes;
    },
  };
}
