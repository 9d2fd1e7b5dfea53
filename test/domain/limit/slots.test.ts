import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callEndsBy, slotOrder } from '../../../domain/limit/slots.ts';

test('a call tries every place once, in the same order each time', () => {
  for (const slots of [1, 2, 7, 100]) {
    const order = slotOrder('run-1/0001-00', slots);
    assert.deepEqual(
      [...order].sort((left, right) => left - right),
      Array.from({ length: slots }, (_, slot) => slot),
    );
    assert.deepEqual(slotOrder('run-1/0001-00', slots), order);
  }
});

test('calls begin at different places, each about as often', () => {
  const counts = new Map<number, number>();
  for (let index = 0; index < 4000; index += 1) {
    const [first = -1] = slotOrder(`run-${index}/0001-00`, 8);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  for (const [slot, count] of counts) {
    assert.ok(count > 400 && count < 600, `place ${slot}: ${count} of 4000`);
  }
  assert.equal(counts.size, 8);
});

test('a call has ended when its warrant, its tool and its executor have had all their time', () => {
  assert.equal(callEndsBy('2026-11-21T10:00:00.000Z', { timeoutSeconds: 30 }), '2026-11-21T10:02:50.000Z');
});
