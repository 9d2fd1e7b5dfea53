import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseSlot, takeSlot } from '../../../../functions/adapters/limits/slots.ts';
import { limitsTable } from '../../../support/limits-table.ts';

const client = limitsTable();
const NOW = '2026-11-21T10:00:00.000Z';
const UNTIL = '2026-11-21T10:02:50.000Z';

const calls = (agent: string, tenant = 'acme') => ({ tenant, agent, tool: 'helpdesk.get_ticket' });
const take = (agent: string, call: string, slots: number, now = NOW, until = UNTIL) =>
  takeSlot(client, { calls: calls(agent), slots, call, now, until });

/** The number of the place, or when one will be free. */
async function taken(...request: Parameters<typeof take>): Promise<number | string> {
  const slot = await take(...request);
  return slot.taken ? slot.slot : slot.freeAt;
}

test('of 50 calls at once 5 get the 5 places, one each, and the others are told when one will be free', async () => {
  const slots = await Promise.all(
    Array.from({ length: 50 }, (_, index) => take('crowd', `run-${index}/0001-00`, 5)),
  );
  const got = slots.flatMap((slot) => (slot.taken ? [slot.slot] : []));
  assert.deepEqual([...got].sort(), [0, 1, 2, 3, 4]);
  for (const slot of slots) {
    assert.ok(slot.taken || slot.freeAt === UNTIL, JSON.stringify(slot));
  }
});

test('the same call asked again gets the place that it had, also when all are held', async () => {
  const names = ['a', 'b', 'c'];
  const first = await Promise.all(names.map((name) => taken('again', name, 3)));
  assert.equal(new Set(first).size, 3);
  assert.deepEqual(await Promise.all(names.map((name) => taken('again', name, 3))), first);
  assert.equal(await taken('again', 'd', 3), UNTIL);
});

test('a place that is given back is free at once', async () => {
  const slot = await taken('back', 'a', 1);
  assert.equal(await taken('back', 'b', 1), UNTIL);
  await releaseSlot(client, calls('back'), Number(slot), 'a');
  assert.equal(await taken('back', 'b', 1), slot);
});

test('nobody gives back what another call holds', async () => {
  await taken('foreign', 'a', 1);
  await releaseSlot(client, calls('foreign'), 0, 'b');
  assert.equal(await taken('foreign', 'b', 1), UNTIL);
});

test('a place that nobody gave back is free when its call must have ended, and not before', async () => {
  await taken('crashed', 'a', 1);
  assert.equal(await taken('crashed', 'b', 1, '2026-11-21T10:02:49.999Z'), UNTIL);
  assert.equal(await taken('crashed', 'b', 1, UNTIL, '2026-11-21T10:06:00.000Z'), 0);
  await releaseSlot(client, calls('crashed'), 0, 'a');
  assert.equal(await taken('crashed', 'c', 1, UNTIL), '2026-11-21T10:06:00.000Z', 'too late to give it back');
});

test('who is refused is told of the place that is free first', async () => {
  await taken('first', 'a', 2, NOW, '2026-11-21T10:09:00.000Z');
  await taken('first', 'b', 2, NOW, '2026-11-21T10:05:00.000Z');
  assert.equal(await taken('first', 'c', 2), '2026-11-21T10:05:00.000Z');
});

test('places are counted by tenant and agent apart', async () => {
  assert.equal(await taken('mine', 'a', 1), 0);
  assert.equal(await taken('yours', 'b', 1), 0);
  const other = { calls: calls('mine', 'globex'), slots: 1, call: 'c', now: NOW, until: UNTIL };
  assert.deepEqual(await takeSlot(client, other), { taken: true, slot: 0 });
});

test('a hundred places are found one by one, the last of them too', async () => {
  const found = new Set<number | string>();
  for (let index = 0; index < 100; index += 1) {
    found.add(await taken('many', `run-${index}`, 100));
  }
  assert.equal(found.size, 100);
  assert.equal(await taken('many', 'one more', 100), UNTIL);
});
