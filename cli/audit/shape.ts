import { TILE_WIDTH } from '../../contracts/log.ts';
import { bundleName, tileName } from './object-names.ts';

/** A tile or bundle that comes into being as a tree grows from one size to another, with its hashes or entries then. */
export interface Grown {
  readonly name: string;
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

function grownAt(from: number, to: number): readonly Omit<Grown, 'name' | 'level'>[] {
  const first = Math.floor(from / TILE_WIDTH);
  const last = Math.ceil(to / TILE_WIDTH);
  return Array.from({ length: last - first }, (_, offset) => {
    const index = first + offset;
    return { index, width: Math.min(TILE_WIDTH, to - index * TILE_WIDTH) };
  });
}

export function grownBundles(from: number, to: number): readonly Grown[] {
  return grownAt(from, to).map((each) => ({ ...each, level: 0, name: bundleName(each.index, each.width) }));
}

export function grownTiles(from: number, to: number): readonly Grown[] {
  const tiles: Grown[] = [];
  for (let [level, before, after] = [0, from, to]; after > before; level += 1) {
    const ofLevel = grownAt(before, after);
    tiles.push(...ofLevel.map((each) => ({ ...each, level, name: tileName(level, each.index, each.width) })));
    [before, after] = [Math.floor(before / TILE_WIDTH), Math.floor(after / TILE_WIDTH)];
  }
  return tiles;
}
