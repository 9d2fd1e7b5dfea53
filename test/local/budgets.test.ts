import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  as,
  call,
  closed,
  countersigned,
  eventsOf,
  newTenant,
  ORDERS,
  ofType,
  start,
  waiting,
} from '../support/cloud.ts';

test('a run whose cap is lowered while it waits is refused what was approved, and ends with its cost on record', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [
    call.read(ORDERS.small),
    call.cancel(ORDERS.large),
    call.read(ORDERS.small),
  ]);
  await waiting(run);
  const maria = await as('maria');
  const spent = (await maria.getRun(tenant, run.runId)).budget?.spentMicroDollars ?? 0;
  assert.ok(spent > 0, 'the read was paid');
  const view = await maria.setCap(run.runId, {
    tenant,
    capMicroDollars: spent,
    note: 'it is not worth more',
  });
  assert.equal(view.budget?.capMicroDollars, spent);
  await countersigned(run);
  const end = await closed(run);
  assert.deepEqual([end.outcome, end.reason?.code], ['stopped', 'budget_exhausted']);
  assert.deepEqual([end.budget?.spentMicroDollars, end.budget?.heldMicroDollars], [spent, 0]);
  const events = await eventsOf(run);
  assert.deepEqual(
    ofType(events, 'call.decided').map(({ decision, reasons = [] }) => [decision, reasons[0]?.code]),
    [
      ['allow', undefined],
      ['needs_approval', undefined],
      // of the preview
      ['allow', undefined],
      ['deny', 'budget_exhausted'],
    ],
  );
  assert.equal(ofType(events, 'budget.cap_changed')[0]?.by, 'maria');
  assert.equal(ofType(events, 'run.closed')[0]?.spentMicroDollars, spent);
});

test('what runs lease of a day is shown while they are open, and what they have spent once they are closed', async () => {
  const tenant = await newTenant();
  const app = await as('maria');
  assert.deepEqual((await app.getBudgets(tenant)).scopes, []);
  const asleep = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(asleep);
  const scopesOf = async () =>
    (await app.getBudgets(tenant)).scopes.map(({ scope, committedMicroDollars, spentMicroDollars }) => [
      scope,
      committedMicroDollars,
      spentMicroDollars,
    ]);
  assert.deepEqual(await scopesOf(), [
    ['user', 500_000, 0],
    ['workflow', 500_000, 0],
    ['tenant', 500_000, 0],
  ]);
  const { budget } = await closed(await start(tenant, [call.read(ORDERS.small)]));
  const cost = budget?.spentMicroDollars ?? 0;
  assert.deepEqual(await scopesOf(), [
    ['user', 500_000 + cost, cost],
    ['workflow', 500_000 + cost, cost],
    ['tenant', 500_000 + cost, cost],
  ]);
});
