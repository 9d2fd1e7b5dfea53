import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { NOTES, PROBLEMS, type ProblemCode } from '../../../cli/audit/codes.ts';
import type { Place } from '../../../cli/audit/findings.ts';
import { batchKey } from '../../../domain/log/keys.ts';
import { audit, honestRuns } from '../../support/audited-log.ts';
import {
  type KeptObject,
  type KeptObjects,
  memoryLog,
  memoryStore,
  testKey,
} from '../../support/memory-log.ts';
import { FORGERIES } from './meaning-rows.ts';

const KEY = testKey();
const OTHER = testKey();
/** 660 entries in rounds of 35: three bundles, two levels of tiles, two days. */
const honest = memoryLog(KEY);
await honest.add(honestRuns(60), 7, 5);

/** A copy to tamper with. */
interface Copy {
  readonly objects: KeptObjects;
  readonly bytes: (name: string) => Buffer;
  readonly put: (name: string, bytes: Buffer | string, more?: Partial<KeptObject>) => void;
  readonly remove: (name: string) => void;
  /** Changes lines of an object that is compressed. */
  readonly lines: (name: string, change: (lines: string[]) => readonly string[]) => void;
  /** Changes entries of a bundle. */
  readonly entries: (name: string, change: (entries: Buffer[]) => readonly Buffer[]) => void;
}

const NEWEST = Math.max(...[...honest.objects.values()].map((object) => object.modifiedAtMilliseconds));

function copyOf(objects: ReadonlyMap<string, KeptObject>): Copy {
  const copy = new Map(objects);
  const bytes = (name: string) => copy.get(name)?.bytes ?? assert.fail(`no ${name}`);
  const put: Copy['put'] = (name, content, more) => {
    const before = copy.get(name) ?? { modifiedAtMilliseconds: NEWEST };
    copy.set(name, { ...before, bytes: Buffer.from(content), ...more });
  };
  return {
    objects: copy,
    bytes,
    put,
    remove: (name) => void (copy.delete(name) || assert.fail(`no ${name}`)),
    lines(name, change) {
      const lines = gunzipSync(bytes(name)).toString().trimEnd().split('\n');
      put(
        name,
        gzipSync(
          change(lines)
            .map((line) => `${line}\n`)
            .join(''),
        ),
      );
    },
    entries(name, change) {
      const plain = gunzipSync(bytes(name));
      const entries: Buffer[] = [];
      for (let from = 0; from < plain.length; from += 2 + plain.readUInt16BE(from)) {
        entries.push(plain.subarray(from + 2, from + 2 + plain.readUInt16BE(from)));
      }
      put(name, gzipSync(encoded(change(entries))));
    },
  };
}

function encoded(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 255), entry]));
}

const batches = [...honest.objects.keys()].filter((name) => name.startsWith('batches/')).sort();
const BATCH = batches[3] ?? assert.fail();
const [ROUND, FULL, PARTIAL] = ['rounds/0000000000000035.json', 'tile/entries/000', 'tile/entries/000.p/70'];
const LINES = 'events/dt=2026-11-28/0000000000000035.ndjson.gz';
const [TILE, UPPER, HISTORY] = ['tile/0/000', 'tile/1/000.p/2', 'checkpoints/0000000000000070'];
const LAST = 'checkpoints/0000000000000660';

const swapped = <T>(values: readonly T[], left: number, right: number): readonly T[] =>
  values.map((value, index) => values[index === left ? right : index === right ? left : index] ?? value);
const changed = (line = '') => line.replace('"agent":"clerk"', '"agent":"thief"');
const root = (copy: Copy, name: string) =>
  Buffer.from(copy.bytes(name).toString().split('\n')[2] ?? '', 'base64');
const flipped = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

interface Tampering {
  readonly what: string;
  readonly tamper: (copy: Copy) => void;
  readonly code: ProblemCode;
  readonly place: Place;
  readonly remembered?: (copy: Copy) => string;
}

const row = (
  what: string,
  tamper: Tampering['tamper'],
  code: ProblemCode,
  place: Place,
  remembered?: Tampering['remembered'],
): Tampering => ({ what, tamper, code, place, ...(remembered === undefined ? {} : { remembered }) });

const ROWS: readonly Tampering[] = [
  // bundles
  row(
    'an entry changed in a bundle',
    (copy) =>
      copy.entries(FULL, (all) =>
        all.map((entry, at) => (at === 250 ? Buffer.from(changed(entry.toString())) : entry)),
      ),
    'entry_differs',
    { object: FULL, leaf: 250 },
  ),
  row(
    'an entry of an earlier round changed in a bundle',
    (copy) =>
      copy.entries(PARTIAL, (all) =>
        all.map((entry, at) => (at === 5 ? Buffer.from(changed(entry.toString())) : entry)),
      ),
    'entry_differs',
    { object: PARTIAL, leaf: 5 },
  ),
  row(
    'two entries swapped in a bundle',
    (copy) => copy.entries(FULL, (all) => swapped(all, 250, 251)),
    'entry_differs',
    { object: FULL, leaf: 251 },
  ),
  row(
    'an entry taken out of a bundle',
    (copy) => copy.entries(FULL, (all) => all.toSpliced(250, 1)),
    'bundle_unreadable',
    { object: FULL, leaf: 0 },
  ),
  row(
    'an entry twice in a bundle',
    (copy) => copy.entries(FULL, (all) => all.toSpliced(250, 0, all[250] ?? assert.fail())),
    'bundle_unreadable',
    { object: FULL, leaf: 0 },
  ),
  row(
    'an entry put into a bundle, and another taken out',
    (copy) => copy.entries(FULL, (all) => [...all.slice(0, 250), Buffer.from('{}'), ...all.slice(250, 255)]),
    'entry_differs',
    { object: FULL, leaf: 250 },
  ),
  row('a bundle cut off', (copy) => copy.put(FULL, copy.bytes(FULL).subarray(0, -100)), 'bundle_unreadable', {
    object: FULL,
    leaf: 0,
  }),
  row(
    'something behind the end of a bundle',
    (copy) => copy.put(FULL, Buffer.concat([copy.bytes(FULL), Buffer.of(0)])),
    'bundle_unreadable',
    { object: FULL, leaf: 0 },
  ),
  row(
    'a plain bundle cut off in the length of an entry',
    (copy) => copy.put(FULL, Buffer.concat([gunzipSync(copy.bytes(FULL)), Buffer.of(0)])),
    'bundle_unreadable',
    { object: FULL, leaf: 0 },
  ),
  row('a bundle gone', (copy) => copy.remove(FULL), 'bundle_missing', { object: FULL, leaf: 0 }),
  row('a bundle of an earlier size gone', (copy) => copy.remove(PARTIAL), 'bundle_missing', {
    object: PARTIAL,
    leaf: 0,
  }),
  row(
    'the last bundles gone',
    (copy) =>
      [...copy.objects.keys()].filter((name) => name.startsWith('tile/entries/002')).forEach(copy.remove),
    'bundle_missing',
    { object: 'tile/entries/002.p/148', leaf: 512 },
  ),
  row(
    'entries gone from all bundles and batches',
    (copy) => {
      [...copy.objects.keys()].filter((name) => name.startsWith('tile/entries/002')).forEach(copy.remove);
      batches.forEach(copy.remove);
    },
    'entry_lost',
    { object: 'tile/entries/002.p/13', leaf: 512 },
  ),
  row(
    'entries gone from bundles, batches and tiles',
    (copy) => {
      [...copy.objects.keys()]
        .filter((name) => /^(tile.(entries|0).002|batches)/.test(name))
        .forEach(copy.remove);
    },
    'root_differs',
    { object: 'checkpoints/0000000000000525', leaf: 524 },
  ),
  row(
    'bundle and batches of a round gone',
    (copy) => {
      copy.remove(PARTIAL);
      batches.slice(5, 10).forEach(copy.remove);
    },
    'bundle_missing',
    { object: PARTIAL, leaf: 0 },
  ),
  // tiles
  row('a byte of a tile', (copy) => copy.put(TILE, flipped(copy.bytes(TILE), 32 * 250)), 'tile_differs', {
    object: TILE,
    leaf: 250,
  }),
  row('a byte of a tile above', (copy) => copy.put(UPPER, flipped(copy.bytes(UPPER), 32)), 'tile_differs', {
    object: UPPER,
    leaf: 256,
  }),
  row('a tile cut off', (copy) => copy.put(TILE, copy.bytes(TILE).subarray(0, -32)), 'tile_differs', {
    object: TILE,
    leaf: 255,
  }),
  row(
    'a tile with a hash more',
    (copy) => copy.put(TILE, Buffer.concat([copy.bytes(TILE), Buffer.alloc(32)])),
    'tile_differs',
    { object: TILE, leaf: 0 },
  ),
  row('a tile gone', (copy) => copy.remove(TILE), 'tile_missing', { object: TILE, leaf: 0 }),
  row('a tile above gone', (copy) => copy.remove(UPPER), 'tile_missing', { object: UPPER, leaf: 0 }),
  // lines for SQL
  row(
    'a line changed',
    (copy) => copy.lines(LINES, (all) => all.map((line, at) => (at === 3 ? changed(line) : line))),
    'line_changed',
    { object: LINES, line: 4, leaf: 38, tenant: 'acme', run: 'run-3' },
  ),
  row('a line gone', (copy) => copy.lines(LINES, (all) => all.toSpliced(3, 1)), 'line_missing', {
    object: LINES,
    leaf: 38,
    tenant: 'acme',
    run: 'run-3',
  }),
  row('a line twice', (copy) => copy.lines(LINES, (all) => all.toSpliced(3, 0, all[3] ?? '')), 'line_added', {
    object: LINES,
    line: 5,
    leaf: 38,
    tenant: 'acme',
    run: 'run-3',
  }),
  row('a line more', (copy) => copy.lines(LINES, (all) => [...all, '{"leaf":9999}']), 'line_added', {
    object: LINES,
    line: 36,
  }),
  row('lines swapped', (copy) => copy.lines(LINES, (all) => swapped(all, 3, 4)), 'line_changed', {
    object: LINES,
    line: 5,
    leaf: 38,
    tenant: 'acme',
    run: 'run-3',
  }),
  row(
    'the last end of line gone',
    (copy) => copy.put(LINES, gzipSync(gunzipSync(copy.bytes(LINES)).subarray(0, -1))),
    'line_changed',
    { object: LINES, leaf: 35 },
  ),
  row('lines cut off', (copy) => copy.put(LINES, copy.bytes(LINES).subarray(0, -9)), 'lines_unreadable', {
    object: LINES,
    leaf: 35,
  }),
  row('lines gone', (copy) => copy.remove(LINES), 'lines_missing', { object: LINES, leaf: 35 }),
  row(
    'lines of another day beside',
    (copy) => copy.put('events/dt=2026-11-27/0000000000000035.ndjson.gz', copy.bytes(LINES)),
    'object_surplus',
    { object: 'events/dt=2026-11-27/0000000000000035.ndjson.gz' },
  ),
  // batches and rounds
  row(
    'a line of a batch',
    (copy) => copy.lines(BATCH, (all) => all.map((line, at) => (at === 2 ? changed(line) : line))),
    'batch_differs',
    { object: BATCH },
  ),
  row(
    'a line of a batch, which is not its entry then',
    (copy) => copy.lines(BATCH, (all) => all.map((line, at) => (at === 2 ? changed(line) : line))),
    'round_differs',
    { object: BATCH, line: 3, leaf: 23 },
  ),
  row('a batch cut off', (copy) => copy.put(BATCH, copy.bytes(BATCH).subarray(0, -9)), 'batch_unreadable', {
    object: BATCH,
  }),
  row('a batch gone', (copy) => copy.remove(BATCH), 'batch_missing', { object: BATCH }),
  row(
    'a byte of a round',
    (copy) => copy.put(ROUND, copy.bytes(ROUND).toString().replace('"to":70', '"to":71')),
    'round_differs',
    { object: ROUND, leaf: 35 },
  ),
  row(
    'a round that is no longer one',
    (copy) => copy.put(ROUND, copy.bytes(ROUND).subarray(1)),
    'round_malformed',
    { object: ROUND, leaf: 35 },
  ),
  row('a round written otherwise', (copy) => copy.put(ROUND, `${copy.bytes(ROUND)}\n`), 'round_malformed', {
    object: ROUND,
    leaf: 35,
  }),
  row(
    'a round that leaves out a line',
    (copy) => copy.put(ROUND, copy.bytes(ROUND).toString().replace('.gz"}', '.gz","skip":[1]}')),
    'round_differs',
    { object: ROUND, leaf: 35 },
  ),
  row('a round gone', (copy) => copy.remove(ROUND), 'round_missing', { object: ROUND, leaf: 35 }),
  row('the last round gone', (copy) => copy.remove('rounds/0000000000000630.json'), 'round_missing', {
    object: 'rounds/0000000000000630.json',
    leaf: 630,
  }),
  row(
    'a round that begins within another',
    (copy) => copy.put('rounds/0000000000000040.json', copy.bytes(ROUND)),
    'object_surplus',
    { object: 'rounds/0000000000000040.json' },
  ),
  row(
    'an event that was delivered and is in no round',
    (copy) => {
      const line = `${JSON.stringify({ at: '2026-11-28T10:00:00.000Z' })}\n`;
      copy.put(batchKey({ at: '2026-11-28T10:00:00.000Z' } as never, line), gzipSync(line), {
        modifiedAtMilliseconds: 0,
      });
    },
    'event_outside_log',
    {
      object: batchKey(
        { at: '2026-11-28T10:00:00.000Z' } as never,
        `${JSON.stringify({ at: '2026-11-28T10:00:00.000Z' })}\n`,
      ),
      line: 1,
    },
  ),
  // checkpoints
  row('the checkpoint set back', (copy) => copy.put('checkpoint', copy.bytes(HISTORY)), 'checkpoint_behind', {
    object: 'checkpoint',
  }),
  row(
    'the checkpoint set back by one',
    (copy) => copy.put('checkpoint', copy.bytes('checkpoints/0000000000000630')),
    'checkpoint_behind',
    { object: 'checkpoint' },
  ),
  row(
    'the checkpoint forked, signed over another root',
    (copy) => copy.put('checkpoint', KEY.note(660, Buffer.alloc(32, 7))),
    'forked',
    { object: 'checkpoint' },
  ),
  row(
    'checkpoint and its copy signed over another root',
    (copy) =>
      ['checkpoint', LAST].forEach((name) => {
        copy.put(name, KEY.note(660, Buffer.alloc(32, 7)));
      }),
    'root_differs',
    { object: LAST, leaf: 659 },
  ),
  row(
    'the checkpoint signed by another key',
    (copy) => copy.put('checkpoint', OTHER.note(660, root(copy, LAST))),
    'checkpoint_untrusted',
    { object: 'checkpoint' },
  ),
  row(
    'the signature cut',
    (copy) => copy.put('checkpoint', `${copy.bytes('checkpoint').toString().slice(0, -9)}\n`),
    'checkpoint_untrusted',
    { object: 'checkpoint' },
  ),
  row(
    'the signature taken away',
    (copy) =>
      copy.put(
        'checkpoint',
        copy
          .bytes('checkpoint')
          .toString()
          .replace(/— .*\n/, ''),
      ),
    'checkpoint_untrusted',
    { object: 'checkpoint' },
  ),
  row(
    'the end of the line of the signature cut',
    (copy) => copy.put('checkpoint', copy.bytes('checkpoint').subarray(0, -1)),
    'checkpoint_malformed',
    { object: 'checkpoint' },
  ),
  row(
    'another origin, signed',
    (copy) => copy.put('checkpoint', KEY.note(660, root(copy, LAST), 'other.example.com')),
    'checkpoint_other_log',
    { object: 'checkpoint' },
  ),
  row(
    'another size',
    (copy) => copy.put('checkpoint', copy.bytes('checkpoint').toString().replace('660', '659')),
    'checkpoint_untrusted',
    { object: 'checkpoint' },
  ),
  row(
    'a larger size, signed',
    (copy) => copy.put('checkpoint', KEY.note(700, root(copy, LAST))),
    'checkpoint_missing',
    { object: 'checkpoints/0000000000000700', leaf: 699 },
  ),
  row('the checkpoint gone', (copy) => copy.remove('checkpoint'), 'checkpoint_missing', {
    object: 'checkpoint',
  }),
  row('everything gone', (copy) => copy.objects.clear(), 'checkpoint_missing', { object: 'checkpoint' }),
  row(
    'a checkpoint in history signed over another root',
    (copy) => copy.put(HISTORY, KEY.note(70, Buffer.alloc(32, 7))),
    'root_differs',
    { object: HISTORY, leaf: 69 },
  ),
  row(
    'a checkpoint in history that is another',
    (copy) => copy.put(HISTORY, copy.bytes(LAST)),
    'checkpoint_misplaced',
    { object: HISTORY, leaf: 69 },
  ),
  row(
    'a byte of a checkpoint in history',
    (copy) => copy.put(HISTORY, flipped(copy.bytes(HISTORY), 40)),
    'checkpoint_untrusted',
    { object: HISTORY, leaf: 69 },
  ),
  row('a checkpoint in history gone', (copy) => copy.remove(HISTORY), 'checkpoint_missing', {
    object: HISTORY,
    leaf: 69,
  }),
  row(
    'a checkpoint where no round ends',
    (copy) => copy.put('checkpoints/0000000000000071', KEY.note(71, Buffer.alloc(32))),
    'checkpoint_unexpected',
    { object: 'checkpoints/0000000000000071', leaf: 70 },
  ),
  row(
    'a checkpoint ahead that nobody signed',
    (copy) =>
      copy.put('checkpoints/0000000000000700', OTHER.note(700, Buffer.alloc(32)), {
        modifiedAtMilliseconds: 0,
      }),
    'checkpoint_untrusted',
    { object: 'checkpoints/0000000000000700' },
  ),
  // what the auditor has kept
  row(
    'a log that is smaller than what was remembered',
    () => undefined,
    'rolled_back',
    { object: 'remembered' },
    () => KEY.note(700, Buffer.alloc(32)),
  ),
  row(
    'a log that has not grown from what was remembered',
    () => undefined,
    'forked',
    { object: 'remembered', leaf: 69 },
    () => KEY.note(70, Buffer.alloc(32, 7)),
  ),
  row(
    'a remembered checkpoint between two rounds',
    () => undefined,
    'forked',
    { object: 'remembered', leaf: 70 },
    () => KEY.note(71, Buffer.alloc(32, 7)),
  ),
  row(
    'a remembered checkpoint that nobody signed',
    () => undefined,
    'checkpoint_untrusted',
    { object: 'remembered' },
    () => OTHER.note(70, Buffer.alloc(32, 7)),
  ),
  // objects
  row(
    'kept policies that are others',
    (copy) => copy.put(`bundles/${'a'.repeat(64)}.json`, '{}'),
    'policies_differ',
    { object: `bundles/${'a'.repeat(64)}.json` },
  ),
  row('an object that no log has', (copy) => copy.put('notes.txt', 'x'), 'object_unknown', {
    object: 'notes.txt',
  }),
  row(
    'a batch with a name of its own',
    (copy) => copy.put('batches/x.ndjson.gz', copy.bytes(BATCH)),
    'object_unknown',
    { object: 'batches/x.ndjson.gz' },
  ),
  row(
    'a tile beyond the signed size',
    (copy) => copy.put('tile/0/002.p/200', Buffer.alloc(6400)),
    'object_surplus',
    { object: 'tile/0/002.p/200' },
  ),
  row(
    'a tile of a size that was never signed',
    (copy) => copy.put('tile/0/000.p/71', Buffer.alloc(32 * 71)),
    'object_surplus',
    { object: 'tile/0/000.p/71' },
  ),
  row(
    'a bundle beyond the signed size',
    (copy) => copy.put('tile/entries/003.p/1', Buffer.alloc(2)),
    'object_surplus',
    { object: 'tile/entries/003.p/1' },
  ),
  row(
    'an older object than the checkpoint, beyond a round under way',
    (copy) => {
      copy.put('rounds/0000000000000660.json', '{}');
      copy.put('tile/entries/003.p/1', Buffer.alloc(2), { modifiedAtMilliseconds: 0 });
    },
    'object_surplus',
    { object: 'tile/entries/003.p/1' },
  ),
  row(
    'an object written over',
    (copy) => copy.put(TILE, copy.bytes(TILE), { versions: { objects: 2, deleteMarkers: 0 } }),
    'object_overwritten',
    { object: TILE },
  ),
  row(
    'an object hidden by a delete marker',
    (copy) => {
      copy.put(TILE, copy.bytes(TILE), { versions: { objects: 1, deleteMarkers: 1 } });
    },
    'object_deleted',
    { object: TILE },
  ),
  row(
    'the checkpoint hidden by a delete marker for a while',
    (copy) =>
      copy.put('checkpoint', copy.bytes('checkpoint'), { versions: { objects: 20, deleteMarkers: 1 } }),
    'object_deleted',
    { object: 'checkpoint' },
  ),
  row(
    'an object that is not locked',
    (copy) => copy.put(TILE, copy.bytes(TILE), { isLocked: false }),
    'object_unlocked',
    { object: TILE },
  ),
];

test('the log that is tampered with below is proven as it is', async () => {
  const { verified, problems, notes } = await audit(
    honest.objects,
    [KEY],
    honest.objects.get(HISTORY)?.bytes.toString(),
  );
  assert.deepEqual([problems, notes], [[], []]);
  assert.deepEqual([verified.size, verified.runs, verified.objects], [660, 60, honest.objects.size]);
});

for (const { what, tamper, code, place, remembered } of ROWS) {
  test(`${what}: ${code}`, async () => {
    const copy = copyOf(honest.objects);
    tamper(copy);
    const { problems } = await audit(copy.objects, [KEY], remembered?.(copy));
    const found = problems.map(({ message: _, ...problem }) => problem);
    assert.ok(
      found.some((problem) => isSame(problem, { code, ...place })),
      `expected ${JSON.stringify({ code, ...place })} among ${JSON.stringify(found.slice(0, 5))}`,
    );
    // what is wrong in one place is told there, and not again for all that follows
    assert.ok(found.length <= 500, `${found.length} problems`);
  });
}

function isSame(left: object, right: object): boolean {
  const members = (value: object) => Object.entries(value).filter(([, member]) => member !== undefined);
  return JSON.stringify(members(left).sort()) === JSON.stringify(members(right).sort());
}

test('every code has a row, here or among those of what a log says', () => {
  const codes = new Set<string>([...ROWS, ...FORGERIES].map(({ code }) => code));
  assert.deepEqual(
    Object.keys(PROBLEMS).filter((code) => !codes.has(code)),
    // has a test of its own: the writer has to be made to forget first
    ['entry_duplicate'],
  );
});

test('every code is told of in the documentation, in the same words', () => {
  const whole = readFileSync(new URL('../../../docs/log.md', import.meta.url), 'utf8');
  const [, text = ''] = whole.split('\n## Verify\n');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, code, words]) => [code, words]);
  assert.deepEqual(rows, Object.entries({ ...PROBLEMS, ...NOTES }));
});

const BESIDE: Readonly<Record<string, (copy: Copy) => void>> = {
  'bundles that are not compressed': (copy) => copy.put(FULL, gunzipSync(copy.bytes(FULL))),
  'a bundle that another program compressed': (copy) =>
    copy.put(FULL, gzipSync(gunzipSync(copy.bytes(FULL)), { level: 1 })),
  'a batch of which everything is in the log': (copy) => {
    const lines = gunzipSync(copy.bytes(BATCH))
      .toString()
      .split('\n')
      .slice(1, 3)
      .map((line) => `${line}\n`)
      .join('');
    copy.put(batchKey(JSON.parse(lines.split('\n')[0] ?? ''), lines), gzipSync(lines), {
      modifiedAtMilliseconds: 0,
    });
  },
  'the policies that decided': (copy) =>
    copy.put(`bundles/${createHash('sha256').update('{}').digest('hex')}.json`, '{}'),
  'many versions of the checkpoint': (copy) =>
    copy.put('checkpoint', copy.bytes('checkpoint'), { versions: { objects: 20, deleteMarkers: 0 } }),
};
for (const [what, change] of Object.entries(BESIDE)) {
  test(`${what}: no problem`, async () => {
    const copy = copyOf(honest.objects);
    change(copy);
    const { problems, notes } = await audit(copy.objects, [KEY]);
    assert.deepEqual([problems, notes], [[], []]);
  });
}

test('a log that is copied while it grows is proven up to its checkpoint, and the rest is a note', async () => {
  const growing = memoryLog(KEY);
  await growing.add(honestRuns(60), 7, 5);
  const before = growing.objects.get('checkpoint') ?? assert.fail();
  await growing.add(honestRuns(70).slice(660), 7, 5);
  growing.objects.set('checkpoint', before);
  const { verified, problems, notes } = await audit(growing.objects, [KEY]);
  assert.deepEqual([verified.size, problems], [660, []]);
  assert.deepEqual(new Set(notes.map(({ code }) => code)), new Set(['growth', 'batch_pending']));
});

test('a checkpoint that was set back leaves nothing unverified that is signed', async () => {
  const copy = copyOf(honest.objects);
  copy.put('checkpoint', copy.bytes(HISTORY));
  const { verified, problems } = await audit(copy.objects, [KEY]);
  assert.deepEqual([verified.size, problems.length], [660, 1]);
});

test('a log whose key was changed is proven with both keys, and not with one', async () => {
  const first = memoryLog(KEY);
  await first.add(honestRuns(3));
  const copy = copyOf(first.objects);
  copy.put('checkpoint', OTHER.note(33, root(copy, 'checkpoint')));
  copy.put('checkpoints/0000000000000033', copy.bytes('checkpoint'));
  assert.deepEqual((await audit(copy.objects, [OTHER, KEY])).problems, []);
  const { problems } = await audit(copy.objects, [KEY]);
  assert.deepEqual(
    new Set(problems.map(({ code }) => code)),
    new Set(['checkpoint_untrusted', 'object_surplus']),
  );
});

test('the store lists what it has', async () => {
  const names: string[] = [];
  for await (const { name } of memoryStore(honest.objects).list('checkpoints/')) {
    names.push(name);
  }
  assert.equal(names.at(-1), LAST);
});
