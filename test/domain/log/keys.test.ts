import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEvent } from '../../../contracts/events.ts';
import {
  batchKey,
  bundleKey,
  checkpointKey,
  eventsKey,
  roundKey,
  tileKey,
} from '../../../domain/log/keys.ts';

const EVENT = { at: '2026-11-21T10:15:00.123Z' } as LedgerEvent;

test('every object of the log has its key', () => {
  assert.deepEqual(
    [
      tileKey(0, 0, 256),
      tileKey(0, 1_234_067, 256),
      tileKey(1, 0, 17),
      tileKey(2, 999, 1),
      tileKey(0, 1000, 255),
      bundleKey(0, 256),
      bundleKey(1_234_067, 112),
      roundKey(0),
      roundKey(70_000),
      checkpointKey(70_000),
      eventsKey('2026-11-21', 70_000),
      batchKey(EVENT, 'one\n'),
    ],
    [
      'tile/0/000',
      'tile/0/x001/x234/067',
      'tile/1/000.p/17',
      'tile/2/999.p/1',
      'tile/0/x001/000.p/255',
      'tile/entries/000',
      'tile/entries/x001/x234/067.p/112',
      'rounds/0000000000000000.json',
      'rounds/0000000000070000.json',
      'checkpoints/0000000000070000',
      'events/dt=2026-11-21/0000000000070000.ndjson.gz',
      'batches/dt=2026-11-21/20261121T101500123Z-2c8b08da5ce60398e1f19af0e5dccc74.ndjson.gz',
    ],
  );
});

test('a batch has the same key when it is delivered again, and another batch has another', () => {
  assert.equal(batchKey(EVENT, 'one\n'), batchKey(EVENT, 'one\n'));
  assert.notEqual(batchKey(EVENT, 'two\n'), batchKey(EVENT, 'one\n'));
});
