import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { entriesInBundle } from '../../../cli/audit/bundle.ts';
import { canonical } from '../../../cli/audit/canonical.ts';
import { openedNote } from '../../../cli/audit/checkpoint-note.ts';
import { fingerprints } from '../../../cli/audit/fingerprints.ts';
import { growingTree } from '../../../cli/audit/growing-tree.ts';
import { decompressed } from '../../../cli/audit/gzip.ts';
import { hashOfLeaf, treeHash } from '../../../cli/audit/hashing.ts';
import { lookingAhead } from '../../../cli/audit/look-ahead.ts';
import {
  batchNameIn,
  bundleName,
  checkpointName,
  endOfTile,
  eventsName,
  numberIn,
  roundName,
  tileName,
} from '../../../cli/audit/object-names.ts';
import { progressTo } from '../../../cli/audit/progress.ts';
import { grownBundles, grownTiles } from '../../../cli/audit/shape.ts';
import { verifierKeyLine, verifierKeys } from '../../../cli/audit/verifier-keys.ts';
import { ORIGIN, testKey } from '../../support/memory-log.ts';

/** Roots of the first n of these leaves, in hex, as Certificate Transparency's implementations test them. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('a growing tree has the roots of the test vectors at every size', () => {
  const tree = growingTree();
  const roots = [tree.root()];
  for (const leaf of LEAVES) {
    tree.add(hashOfLeaf(Buffer.from(leaf, 'hex')));
    roots.push(tree.root());
  }
  assert.deepEqual(
    roots.map((root) => root?.toString('hex')),
    ROOTS,
  );
});

test('a growing tree has the root of RFC 6962 beyond full tiles, too, and the tiles on its way', () => {
  const leaves = Array.from({ length: 66_000 }, (_, index) => hashOfLeaf(Buffer.from(`${index}`)));
  const tree = growingTree();
  const asked = new Set([255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 66_000]);
  let before = 0;
  for (const [index, leaf] of leaves.entries()) {
    tree.add(leaf);
    if (asked.has(index + 1)) {
      assert.deepEqual(tree.root(), treeHash(leaves, 0, index + 1), `root of ${index + 1}`);
      const tiles = tree.grown().map(({ level, index: at, hashes }) => tileName(level, at, hashes.length));
      assert.deepEqual(
        tiles.sort(),
        grownTiles(before, index + 1)
          .map(({ name }) => name)
          .sort(),
      );
      before = index + 1;
    }
  }
});

test('once a leaf is unknown there is no root, and no tile above it', () => {
  const tree = growingTree();
  tree.add(undefined);
  assert.deepEqual([tree.root(), tree.grown()], [undefined, []]);
});

test('bundles that a round puts are those up to its end', () => {
  assert.deepEqual(
    grownBundles(200, 600).map(({ name }) => name),
    ['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88'],
  );
});

test('objects have the names of tlog-tiles and of the log', () => {
  assert.deepEqual(
    [
      tileName(0, 1_234_067, 256),
      tileName(2, 0, 5),
      tileName(0, 1000, 256),
      bundleName(999, 1),
      roundName(7),
      checkpointName(7),
      eventsName('2026-11-29', 7),
    ],
    [
      'tile/0/x001/x234/067',
      'tile/2/000.p/5',
      'tile/0/x001/000',
      'tile/entries/999.p/1',
      'rounds/0000000000000007.json',
      'checkpoints/0000000000000007',
      'events/dt=2026-11-29/0000000000000007.ndjson.gz',
    ],
  );
  assert.deepEqual(
    ['tile/0/x001/000', 'tile/1/000.p/3', 'tile/entries/x001/234.p/9', 'tile/0/1', 'tile/0/000.p/x'].map(
      endOfTile,
    ),
    [1001 * 256, 3 * 256, 1234 * 256 + 9, undefined, undefined],
  );
  assert.deepEqual(
    [numberIn('rounds', 'rounds/0000000000000007.json'), numberIn('rounds', 'rounds/7.json')],
    [7, undefined],
  );
  assert.deepEqual(batchNameIn(`batches/dt=2026-11-21/20261121T101500123Z-${'a'.repeat(32)}.ndjson.gz`), {
    day: '2026-11-21',
    at: '2026-11-21T10:15:00.123Z',
    digest: 'a'.repeat(32),
  });
});

/** Of the package that signed notes come from: golang.org/x/mod/sumdb/note. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

test('keys are read one a line, with comments between, and only if their ids fit', () => {
  const keys = verifierKeys(`# of the log\n\n${PETER}\r\n`);
  assert.deepEqual(
    keys.map(({ name, id }) => [name, id.toString('hex')]),
    [['PeterNeumann', 'c74f20a3']],
  );
  for (const wrong of ['', '# none', PETER.replace('c7', 'c8'), PETER.slice(0, -4), `${PETER} x`, 'x']) {
    assert.throws(() => verifierKeys(wrong), /expected/, wrong);
  }
});

test('a key is printed as it is read', () => {
  const { der } = testKey();
  const line = verifierKeyLine(ORIGIN, der);
  assert.deepEqual(
    verifierKeys(line).map(({ key }) => key.export({ format: 'der', type: 'spki' })),
    [der],
  );
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.throws(
    () => verifierKeyLine(ORIGIN, publicKey.export({ format: 'der', type: 'spki' })),
    /no ed25519 key/,
  );
});

test('a note is signed by a key that is known, and by none that only claims to be', () => {
  const [ours, others] = [testKey(), testKey()];
  const keys = verifierKeys(verifierKeyLine(ORIGIN, ours.der));
  const root = hashOfLeaf(Buffer.from('x'));
  const note = ours.note(5, root);
  const code = (text: string) => {
    const found = openedNote(Buffer.from(text), keys);
    return 'code' in found ? found.code : found.size;
  };
  const signature = (text: string) => text.slice(text.indexOf('—'));
  const forged = signature(note).replace(/(.{9})=\n$/, 'AAAAAAAAA=\n');
  const foreign = signature(others.note(5, root));
  assert.deepEqual(
    {
      ours: code(note),
      'beside a key that nobody knows': code(note + foreign),
      'beside a forged one of ours': code(note + forged),
      'beside a line that is no signature': code(`${note}x\n`),
      'with another spelling of the same root': code(note.replace(/=\n\n/, '\n\n')),
      'with zeros before its size': code(note.replace('\n5\n', '\n05\n')),
      'with a line more': code(note.replace('\n\n', '\nx\n\n')),
      'with a byte that is no text':
        'code' in openedNote(Buffer.concat([Buffer.of(0xff), Buffer.from(note)]), keys),
    },
    {
      ours: 5,
      'beside a key that nobody knows': 5,
      'beside a forged one of ours': 'checkpoint_untrusted',
      'beside a line that is no signature': 'checkpoint_untrusted',
      'with another spelling of the same root': 'checkpoint_malformed',
      'with zeros before its size': 'checkpoint_malformed',
      'with a line more': 'checkpoint_malformed',
      'with a byte that is no text': true,
    },
  );
});

test('canonical JSON is that of RFC 8785', () => {
  // its section 3.2.3
  const unsorted = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '\ufb33': 'Hebrew',
    '1': 'One',
    '\u{1f600}': 'Face',
    '\u0080': 'Control',
    ö: 'o',
  };
  assert.deepEqual(
    Object.values(
      JSON.parse(
        `[${canonical(unsorted)
          .replaceAll(/"[^"]*":/g, '')
          .slice(1, -1)}]`,
      ),
    ),
    ['CR', 'One', 'Control', 'o', 'Euro', 'Face', 'Hebrew'],
  );
  assert.equal(
    canonical([1e30, 4.5, 2e-3, 1e-27, null, true, 'a\u000f"\\/']),
    '[1e+30,4.5,0.002,1e-27,null,true,"a\\u000f\\"\\\\/"]',
  );
});

test('a plain bundle is told from a compressed one by the beginning of its first entry', () => {
  // its length is the magic number of gzip
  const entry = Buffer.from(`{${' '.repeat(0x1f8b - 2)}}`);
  const plain = Buffer.concat([Buffer.of(0x1f, 0x8b), entry]);
  assert.deepEqual(entriesInBundle(plain), [entry]);
  assert.deepEqual(entriesInBundle(gzipSync(plain)), [entry]);
  assert.deepEqual(entriesInBundle(Buffer.of(0, 9, 1)), undefined);
});

test('what follows the end of what is compressed is not passed over', () => {
  const bytes = gzipSync('lines');
  assert.equal(decompressed(bytes)?.toString(), 'lines');
  assert.equal(decompressed(Buffer.concat([bytes, Buffer.from('more')])), undefined);
  assert.equal(decompressed(bytes.subarray(0, -1)), undefined);
});

test('fingerprints tell names apart, however many there are, and keep the first number', () => {
  const table = fingerprints();
  for (let index = 0; index < 5000; index += 1) {
    assert.equal(table.add(`name ${index}`, BigInt(index)), undefined);
  }
  assert.equal(table.add('name 7', 1n), 7n);
  assert.deepEqual([table.get('name 4999'), table.get('name 5000'), table.count()], [4999n, undefined, 5000]);
});

test('looking ahead keeps the order, begins no more than it may, and tells a failure in its turn', async () => {
  let [running, most] = [0, 0];
  const work = async (value: number) => {
    running += value;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 10 - value));
    running -= value;
    if (value === 9) {
      throw new Error('nine');
    }
    return value;
  };
  const seen: number[] = [];
  const all = async () => {
    for await (const value of lookingAhead([3, 1, 2, 4, 1, 9, 2], 6, (value) => value, work)) {
      seen.push(value);
    }
  };
  await assert.rejects(all(), /nine/);
  assert.deepEqual(seen, [3, 1, 2, 4, 1]);
  assert.ok(most > 1 && most <= 9, `${most}`);
});

test('progress says rate, share and what is left, not too often', () => {
  const told: string[] = [];
  let now = 0;
  const progress = progressTo(
    (text) => told.push(text),
    () => now,
  );
  for (const [at, entries] of [
    [1000, 5000],
    [2000, 10_000],
    [3000, 20_000],
    [5000, 50_000],
  ] as const) {
    now = at;
    progress(entries, 100_000);
  }
  assert.deepEqual(told, [
    'verified 10,000 of 100,000 entries (10 %), 5,000 a second, 18 s left',
    'verified 50,000 of 100,000 entries (50 %), 10,000 a second, 5 s left',
  ]);
});
