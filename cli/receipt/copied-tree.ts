import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_KEYS } from '../../contracts/log.ts';
import type { ProvableTree } from '../../domain/audit/receipt-proof.ts';
import { tileKey } from '../../domain/log/keys.ts';
import { decodedTile, type Hash, tileWidth } from '../../domain/log/tree.ts';
import { usageFailure } from '../failure.ts';

/** A tree as a copy of the bucket has it, with the origin that its checkpoint names. */
export type CopiedTree = ProvableTree & { readonly origin: string };

/**
 * The tree of a copy's checkpoint. Who signed it is not looked at here: whoever verifies the receipt has the key.
 *
 * @throws CommandFailure with exit code 2 when there is no checkpoint, or, when asked for, a tile is missing
 */
export function copiedTree(dir: string): CopiedTree {
  const note = read(dir, LOG_KEYS.checkpoint).toString();
  const [origin = '', digits = ''] = note.split('\n');
  const size = Number(digits);
  if (origin === '' || !/^\d+$/.test(digits) || !Number.isSafeInteger(size)) {
    throw usageFailure(`${join(dir, LOG_KEYS.checkpoint)} is no checkpoint, expected origin, size and root`);
  }
  const tiles = new Map<string, readonly Hash[]>();
  return {
    note,
    origin,
    size,
    async tiles(level, index) {
      const width = tileWidth(size, level, index);
      const key = tileKey(level, index, width);
      const hashes = tiles.get(key) ?? tileIn(dir, key, width);
      tiles.set(key, hashes);
      return hashes;
    },
  };
}

function tileIn(dir: string, key: string, width: number): readonly Hash[] {
  try {
    return decodedTile(read(dir, key), width);
  } catch (error) {
    throw usageFailure(`${join(dir, key)}: ${(error as Error).message}`);
  }
}

function read(dir: string, key: string): Buffer {
  try {
    return readFileSync(join(dir, key));
  } catch (error) {
    throw usageFailure(
      `${join(dir, key)} cannot be read: ${(error as Error).message}; expected a copy of the audit bucket`,
    );
  }
}
