import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { loyaltyFunctionName } from '../../contracts/names.ts';
import {
  answersOf,
  as,
  closed,
  database,
  eventsOf,
  itemsOfRun,
  LENA,
  ledgerTable,
  ofType,
  type StartedRun,
  tamper,
} from '../support/cloud.ts';

const TOMAS = { id: 'tomas_ruiz', roles: ['store_staff'] };
const INES = { id: 'ines_okafor', roles: ['store_staff'] };
const MEMBER = LENA.id;
const PAST = '2020-01-01T00:00:00.000Z';

// `store-operations` lets balances be given again for a minute
const read = { tool: 'loyalty.get_points', arguments: { member_id: MEMBER } };
const add = (points: number) => ({
  tool: 'loyalty.add_points',
  arguments: { member_id: MEMBER, points, reason: 'goodwill' },
});

const newTenant = () => `t-${randomUUID().slice(0, 13)}`;

async function run(tenant: string, proposals: readonly unknown[], user = TOMAS): Promise<StartedRun> {
  const request = { tenant, user, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('store-operations', request);
  const started = { tenant, runId };
  await closed(started);
  return started;
}

/** Of each call: whether its answer was given again, and what it has cost. */
async function callsOf(started: StartedRun) {
  return ofType(await eventsOf(started), 'call.executed').map(
    ({ status, cached = false, costMicroDollars }) => {
      assert.equal(status, 'succeeded');
      return { cached, costMicroDollars };
    },
  );
}

const pointsIn = async (started: StartedRun) =>
  (await answersOf(started)).map((answer) => (answer as { readonly points: number }).points);

/** Somebody adds points by another way than through a tool, of which the control plane hears nothing. */
async function behindItsBack(tenant: string, points: number): Promise<void> {
  const Item = { member: `${tenant}#${MEMBER}`, points };
  await database.send(new PutCommand({ TableName: loyaltyFunctionName('countersign'), Item }));
}

test('a read that is made twice asks its system once; the second is decided, warranted and recorded like the first', async () => {
  const tenant = newTenant();
  await behindItsBack(tenant, 10);
  const started = await run(tenant, [read, read]);
  const [first, second] = await callsOf(started);
  assert.deepEqual([first?.cached, second], [false, { cached: true, costMicroDollars: 0 }]);
  assert.ok((first?.costMicroDollars ?? 0) > 0);
  assert.deepEqual(await pointsIn(started), [10, 10]);
  assert.equal(ofType(await eventsOf(started), 'call.decided').length, 2);
  assert.deepEqual(
    (await itemsOfRun('Warrants', started)).map(({ state }) => state),
    ['succeeded', 'succeeded'],
  );
  await behindItsBack(tenant, 20);
  const later = await run(tenant, [read]);
  assert.deepEqual(
    [await pointsIn(later), (await callsOf(later))[0]?.cached],
    [[10], true],
    'in another run',
  );
});

test('a write to the resource in between is seen, and what was read before it is not given again', async () => {
  const tenant = newTenant();
  const started = await run(tenant, [read, add(5), read, read]);
  assert.deepEqual(await pointsIn(started), [0, 5, 5, 5]);
  assert.deepEqual(
    (await callsOf(started)).map(({ cached }) => cached),
    [false, false, false, true],
  );
});

test('another tenant, and another user, are answered by the system itself', async () => {
  const tenant = newTenant();
  await run(tenant, [read]);
  await behindItsBack(tenant, 7);
  const other = newTenant();
  await behindItsBack(other, 9);
  assert.deepEqual(await pointsIn(await run(other, [read])), [9]);
  assert.deepEqual(await pointsIn(await run(tenant, [read], INES)), [7]);
});

test('who may not read is answered nothing, however often others have read', async () => {
  const tenant = newTenant();
  await run(tenant, [read]);
  const started = await run(tenant, [read], LENA);
  assert.deepEqual(await callsOf(started), []);
  assert.equal(ofType(await eventsOf(started), 'call.decided')[0]?.decision, 'deny');
});

test('an answer whose seconds are over is asked for again', async () => {
  const tenant = newTenant();
  await run(tenant, [read]);
  await behindItsBack(tenant, 3);
  const { Items = [] } = await database.send(new ScanCommand({ TableName: await ledgerTable('Cache') }));
  const mine = Items.filter(({ entry }) => String(entry).startsWith(`${tenant}#`));
  assert.equal(mine.length, 1);
  await tamper('Cache', { entry: String(mine[0]?.entry) }, { askedAt: PAST });
  const started = await run(tenant, [read]);
  assert.deepEqual([await pointsIn(started), (await callsOf(started))[0]?.cached], [[3], false]);
});
