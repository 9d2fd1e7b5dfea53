import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, type Rate, rateOf } from '../../../../domain/limit/rate.ts';
import { takeFromRate } from '../../../../functions/adapters/limits/rate.ts';
import { limitsTable } from '../../../support/limits-table.ts';
import { seeded } from '../../../support/random.ts';

const client = limitsTable();
const NOW = new Date('2026-11-21T10:00:00.000Z');

function declared(callsPerMinute: number, burst?: number): Rate {
  const rate = rateOf({ callsPerMinute, ...(burst === undefined ? {} : { burst }) });
  assert.ok(rate);
  return rate;
}

const calls = (agent: string, tenant = 'acme') => ({ tenant, agent, tool: 'helpdesk.get_ticket' });

test('of 200 calls at one instant exactly the burst is admitted, and the others are told how long to wait', async () => {
  const rate = declared(60, 10);
  const arrivals = await Promise.all(
    Array.from({ length: 200 }, () => takeFromRate(client, calls('crowd'), rate, NOW)),
  );
  const admitted = arrivals.filter((arrival) => arrival.admitted);
  assert.equal(admitted.length, 10);
  const expected = admitted.map(({ expectedMilliseconds }) => expectedMilliseconds - NOW.getTime());
  assert.equal(new Set(expected).size, 10, 'no two of them took the same');
  for (const arrival of arrivals) {
    assert.ok(arrival.admitted || arrival.waitMilliseconds === 1000, JSON.stringify(arrival));
  }
});

test('calls are counted by tenant and agent apart', async () => {
  const rate = declared(1);
  for (const each of [calls('one'), calls('other'), calls('one', 'globex')]) {
    assert.ok((await takeFromRate(client, each, rate, NOW)).admitted);
    assert.ok(!(await takeFromRate(client, each, rate, NOW)).admitted);
  }
});

test('the table admits exactly what the algorithm admits', async () => {
  const random = seeded(3);
  for (let round = 0; round < 5; round += 1) {
    const rate = declared(30 + Math.floor(random() * 600), 1 + Math.floor(random() * 6));
    let now = NOW.getTime();
    let expected: number | undefined;
    for (let step = 0; step < 60; step += 1) {
      now += Math.floor(random() * rate.intervalMilliseconds * 1.6);
      const model = arrive(rate, expected, now);
      expected = model.admitted ? model.expectedMilliseconds : expected;
      assert.deepEqual(await takeFromRate(client, calls(`model-${round}`), rate, new Date(now)), model);
    }
  }
});
