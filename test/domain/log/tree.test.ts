import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { inclusionPath } from '../../../domain/log/proof.ts';
import {
  decodedTile,
  EMPTY_EDGE,
  encodedTile,
  extended,
  type Hash,
  leafHash,
  levelsOf,
  nodeHash,
  rootOf,
  type Tile,
  tileWidth,
} from '../../../domain/log/tree.ts';
import { seeded } from '../../support/random.ts';

const leaf = (index: number) => leafHash(Buffer.from(`entry ${index}`));
const leaves = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => leaf(from + index));

/** RFC 6962 section 2.1, word by word. */
function merkleTreeHash(hashes: readonly Hash[]): Hash {
  const [only] = hashes;
  if (only === undefined) {
    return createHash('sha256').digest();
  }
  if (hashes.length === 1) {
    return only;
  }
  let split = 1;
  while (split * 2 < hashes.length) {
    split *= 2;
  }
  return nodeHash(merkleTreeHash(hashes.slice(0, split)), merkleTreeHash(hashes.slice(split)));
}

/** RFC 9162 section 2.1.3.2. */
function rootFrom(index: number, size: number, hash: Hash, path: readonly Hash[]): Hash {
  let [fn, sn, root] = [index, size - 1, hash];
  for (const sibling of path) {
    assert.notEqual(sn, 0, 'the path is too long');
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(sibling, root);
      while (fn % 2 === 0 && fn !== 0) {
        [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
      }
    } else {
      root = nodeHash(root, sibling);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  assert.equal(sn, 0, 'the path is too short');
  return root;
}

test('leaves and nodes are hashed as Certificate Transparency has its test vectors', () => {
  assert.equal(
    leafHash(Buffer.alloc(0)).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  assert.equal(
    nodeHash(leafHash(Buffer.alloc(0)), leafHash(Buffer.of(0))).toString('hex'),
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  );
  assert.equal(
    rootOf(EMPTY_EDGE).toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

/** Grows a tree in steps, and keeps the last form of every tile. */
function grown(sizes: readonly number[]) {
  const tiles = new Map<string, Tile>();
  let edge = EMPTY_EDGE;
  for (const size of sizes) {
    const step = extended(edge, leaves(edge.size, size));
    edge = step.edge;
    for (const tile of step.tiles) {
      tiles.set(`${tile.level}/${tile.index}`, tile);
    }
  }
  return { edge, tiles };
}

test('whatever the steps in which a tree grows, its root and its tiles are those that the specification says', () => {
  const random = seeded(20);
  for (let round = 0; round < 12; round += 1) {
    const sizes = Array.from({ length: 5 }, () => Math.ceil(random() * 700)).map((_, index, all) =>
      all.slice(0, index + 1).reduce((sum, step) => sum + step, 0),
    );
    const size = sizes.at(-1) ?? 0;
    const all = leaves(0, size);
    const { edge, tiles } = grown(sizes);
    assert.deepEqual(rootOf(edge), merkleTreeHash(all), `${sizes}`);
    for (const { level, index, hashes } of tiles.values()) {
      assert.equal(hashes.length, tileWidth(size, level, index), `${level}/${index} of ${size}`);
      const span = 256 ** level;
      hashes.forEach((hash, at) => {
        const first = (index * 256 + at) * span;
        assert.deepEqual(hash, merkleTreeHash(all.slice(first, first + span)));
      });
    }
  }
});

test('a tree of 70,000 has the tiles that tlog-tiles counts', () => {
  const { tiles } = grown([70_000]);
  const widths = (level: number) =>
    [...tiles.values()].filter((tile) => tile.level === level).map(({ hashes }) => hashes.length);
  assert.deepEqual([widths(0).filter((width) => width === 256).length, widths(0).at(-1)], [273, 112]);
  assert.deepEqual(widths(1), [256, 17]);
  assert.deepEqual(widths(2), [1]);
  assert.equal(levelsOf(70_000), 3);
  assert.equal(tileWidth(256, 1, 0), 1);
});

test('the path of any entry leads to the root', async () => {
  const random = seeded(7);
  for (const size of [1, 2, 3, 255, 256, 257, 1000, 65_536, 66_001]) {
    const { edge, tiles } = grown([size]);
    const read = async (level: number, index: number) =>
      tiles.get(`${level}/${index}`)?.hashes ?? assert.fail(`no tile ${level}/${index} of ${size}`);
    const some = [0, size - 1, ...Array.from({ length: 20 }, () => Math.floor(random() * size))];
    for (const index of some) {
      const path = await inclusionPath(index, size, read);
      assert.deepEqual(rootFrom(index, size, leaf(index), path), rootOf(edge), `${index} of ${size}`);
      if (path.length > 0) {
        const other = rootFrom(index, size, leaf(index + 1), path);
        assert.notDeepEqual(other, rootOf(edge), 'another entry has no such path');
      }
    }
  }
});

test('a tile is the hashes one after the other, and of another length is none', () => {
  const hashes = leaves(0, 3);
  assert.deepEqual(decodedTile(encodedTile(hashes), 3), hashes);
  assert.throws(() => decodedTile(encodedTile(hashes), 2), /a tile of 96 bytes, expected 2 hashes/);
});
