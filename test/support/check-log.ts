import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import type { LedgerEvent } from '../../contracts/events.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { openedCheckpoint } from '../../domain/log/note.ts';
import { EMPTY_EDGE, extended, leafHash, rootOf } from '../../domain/log/tree.ts';
import type { TestLog } from './log.ts';

/** Entries of a log in order, read from its bundles, after its signed root was recomputed from them. */
export async function entriesOf(log: TestLog): Promise<string[]> {
  const objects = await log.objects();
  const note = objects.get('checkpoint') ?? assert.fail('no checkpoint');
  const { size, root } = openedCheckpoint(note.toString(), {
    name: log.origin,
    publicKey: await log.publicKey(),
  });
  const entries: string[] = [];
  for (let index = 0; index * 256 < size; index += 1) {
    const width = Math.min(256, size - index * 256);
    const key = `tile/entries/${String(index).padStart(3, '0')}${width === 256 ? '' : `.p/${width}`}`;
    const bytes = gunzipSync(objects.get(key) ?? assert.fail(`no ${key}`));
    for (let from = 0; from < bytes.length; ) {
      const length = bytes.readUInt16BE(from);
      entries.push(bytes.subarray(from + 2, from + 2 + length).toString());
      from += 2 + length;
    }
  }
  assert.equal(entries.length, size);
  const { edge } = extended(
    EMPTY_EDGE,
    entries.map((entry) => leafHash(Buffer.from(entry))),
  );
  assert.deepEqual(rootOf(edge), root, 'the entries give the signed root');
  return entries;
}

/** Every event is an entry, once, and nothing else is. */
export async function holdsExactly(log: TestLog, events: readonly LedgerEvent[]): Promise<void> {
  const entries = await entriesOf(log);
  assert.deepEqual(entries.toSorted(), events.map(canonicalJson).toSorted());
}
