import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { audit, honestRuns } from '../../support/audited-log.ts';
import { memoryLog, testKey } from '../../support/memory-log.ts';
import { seeded } from '../../support/random.ts';

/** Bytes that are changed, one at a time; `FLIPS=20000` for more of them. */
const FLIPS = Number(process.env.FLIPS ?? 400);

const KEY = testKey();
const log = memoryLog(KEY);
// small, so that each copy is verified in milliseconds, and past a full tile
await log.add(honestRuns(25), 9, 6);
const names = [...log.objects.keys()].sort();

const isCompressed = (name: string) => name.endsWith('.gz') || name.startsWith('tile/entries/');

/** The only changes that are harmless: of a compressed object, those after which it decompresses to the same bytes. */
function isHarmless(name: string, before: Buffer, after: Buffer): boolean {
  if (!isCompressed(name)) {
    return false;
  }
  try {
    return gunzipSync(after).equals(gunzipSync(before));
  } catch {
    return false;
  }
}

test(`any byte of any object, changed to any other, is found (${FLIPS})`, async () => {
  const random = seeded(2026);
  const below = (limit: number) => Math.floor(random() * limit);
  const touched = new Map<string, number>();
  let harmless = 0;
  for (let flip = 0; flip < FLIPS; ) {
    const name = names[below(names.length)] ?? assert.fail();
    const object = log.objects.get(name) ?? assert.fail();
    const bytes = Buffer.from(object.bytes);
    const at = below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 + below(255));
    if (isHarmless(name, object.bytes, bytes)) {
      harmless += 1;
      continue;
    }
    flip += 1;
    const copy = new Map(log.objects).set(name, { ...object, bytes });
    const { problems } = await audit(copy, [KEY]);
    assert.ok(
      problems.length > 0,
      `byte ${at} of ${name} was changed to ${bytes[at]}, and nothing was found`,
    );
    const kind = name.split('/')[0] ?? '';
    touched.set(kind, (touched.get(kind) ?? 0) + 1);
  }
  assert.deepEqual([...touched.keys()].sort(), [
    'batches',
    'checkpoint',
    'checkpoints',
    'events',
    'rounds',
    'tile',
  ]);
  // of the header of a compressed object: time, flags of the compressor and system; and bits behind the end of its blocks
  assert.ok(harmless < FLIPS / 5, `${harmless} changes were harmless`);
});

test('any object that is taken away is found', async () => {
  for (const name of names) {
    const copy = new Map(log.objects);
    copy.delete(name);
    const { problems } = await audit(copy, [KEY]);
    assert.ok(
      problems.some(({ object }) => object === name),
      `${name} was taken away, found ${JSON.stringify(problems[0])}`,
    );
  }
});

test('any two objects of one kind that change places are found', async () => {
  const random = seeded(7);
  for (let round = 0; round < 60; round += 1) {
    const name = names[Math.floor(random() * names.length)] ?? assert.fail();
    const alike = names.filter((other) => other !== name && other.split('/')[0] === name.split('/')[0]);
    const other = alike[Math.floor(random() * alike.length)];
    const [left, right] = [log.objects.get(name), log.objects.get(other ?? name)];
    if (other !== undefined && left !== undefined && right !== undefined) {
      const copy = new Map(log.objects).set(name, right).set(other, left);
      assert.ok((await audit(copy, [KEY])).problems.length > 0, `${name} and ${other} have changed places`);
    }
  }
});
