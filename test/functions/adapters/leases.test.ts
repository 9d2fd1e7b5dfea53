import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { scopeKey } from '../../../contracts/tables.ts';
import { settle } from '../../../domain/budget/budget.ts';
import { type Budgets, BudgetsShape } from '../../../domain/budget/daily-caps.ts';
import { countersOfDay } from '../../../functions/adapters/budget-days.ts';
import { ConditionsFailed, transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { fitHold } from '../../../functions/adapters/leases.ts';
import { correctClosedRun, settleHold } from '../../../functions/adapters/run-holds.ts';
import { type OpenRunRecord, readOpenedRun, readRun, requestRun } from '../../../functions/adapters/runs.ts';
import { finishRun } from '../../../functions/adapters/unfinished-runs.ts';
import { closeRun } from '../../../functions/close-run/close-run.ts';
import { openRun } from '../../../functions/open-run/open-run.ts';
import { bundle } from '../../support/bundle.ts';
import { hold as holdMoney } from '../../support/hold.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';

const NOON = '2026-11-21T12:00:00.000Z';
const TODAY = '2026-11-21';
const TOMORROW = '2026-11-22';
const envelope = bundle.envelopes['retail-support'] ?? assert.fail();

describe('leases of the day', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const newTenant = () => `t-${randomUUID().slice(0, 8)}`;
  const budgetsOf = (caps: object): Budgets => BudgetsShape.parse(caps);
  const at = (now: string, budgets: Budgets) => ({
    ...{ client, bundle, clock: () => new Date(now) },
    bundle: { ...bundle, budgets },
    recordPolicyChange: async () => {},
  });

  /** A run of the shop with a cap of half a dollar, opened as the machine opens it. */
  async function open(tenant: string, budgets: Budgets, now = NOON, user = 'ann'): Promise<OpenRunRecord> {
    const run = { tenant, runId: `run-${randomUUID()}` };
    const who = { workflow: 'retail-support', agent: 'retail-support', user: { id: user, roles: [] } };
    const asked = { ...run, ...who, requestDigest: 'r', requestedAt: now, status: 'requested' } as const;
    await transact(client, { run: requestRun(asked) });
    await openRun(run, at(now, budgets));
    return readOpenedRun(client, run);
  }

  const hold = (run: OpenRunRecord, amount: number, budgets: Budgets, now = NOON) =>
    holdMoney(client, run, amount, { budgets, envelope, clock: () => new Date(now) });
  const settled = (run: OpenRunRecord, held: number, cost: number) =>
    transact(client, { run: settleHold(run, settle(held, cost)) });
  const close = (run: OpenRunRecord, now = NOON) =>
    closeRun({ run, error: { Error: 'Done' } }, { client, bundle, clock: () => new Date(now) });

  async function committed(tenant: string, day = TODAY, scope = 'tenant', id = tenant) {
    const counter = (await countersOfDay(client, tenant, day)).get(scopeKey(scope, id));
    return [counter?.committedMicroDollars ?? 0, counter?.spentMicroDollars ?? 0];
  }

  test('a run leases its cap of every scope that has one, and gives back what it has not spent', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 10, user: 5, workflow: 5 } });
    const run = await open(tenant, budgets);
    assert.deepEqual(run.leaseScopes, ['tenant', 'user', 'workflow']);
    assert.deepEqual(await committed(tenant), [500_000, 0]);
    assert.deepEqual(await committed(tenant, TODAY, 'user', 'ann'), [500_000, 0]);
    assert.deepEqual(await committed(tenant, TODAY, 'agent', 'retail-support'), [0, 0]);
    await hold(run, 1000, budgets);
    await settled(run, 1000, 300);
    await close(run);
    await close(run);
    for (const [scope, id] of [
      ['tenant', tenant],
      ['user', 'ann'],
      ['workflow', 'retail-support'],
    ] as const) {
      assert.deepEqual(await committed(tenant, TODAY, scope, id), [300, 300]);
    }
  });

  test('a large cap is leased in chunks, and holds that fit ask nothing of the shared counters', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 10 }, lease_usd: 0.1 });
    let run = await open(tenant, budgets);
    assert.deepEqual(await committed(tenant), [100_000, 0]);
    for (let call = 0; call < 9; call += 1) {
      assert.equal(await hold(run, 10_000, budgets), undefined);
      run = await readOpenedRun(client, run);
      assert.deepEqual(await committed(tenant), [100_000, 0]);
    }
    await hold(run, 10_001, budgets);
    assert.deepEqual(await committed(tenant), [190_000, 0], 'what was used, and a chunk');
  });

  test('of a day that has little left a run gets that, then exactly what it needs, then a refusal that says why', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 0.6 } });
    const [first, second] = [await open(tenant, budgets), await open(tenant, budgets)];
    assert.deepEqual([first.leasedMicroDollars, second.leasedMicroDollars], [500_000, 100_000]);
    assert.equal(await hold(second, 100_000, budgets), undefined);
    const refusal = await hold(await readOpenedRun(client, second), 1, budgets);
    assert.equal(refusal?.code, 'daily_budget_exhausted');
    assert.equal(
      refusal?.message,
      `it may cost 1 micro-dollars, which the 600000 of tenant '${tenant}' on 2026-11-21 have no room for`,
    );
    await close(first);
    assert.equal(
      await hold(await readOpenedRun(client, second), 1, budgets),
      undefined,
      'what was given back is there',
    );
    assert.deepEqual(await committed(tenant), [500_000, 0]);
  });

  test('a run that gets nothing is open, and its first hold is refused', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { user: 0.5 } });
    await open(tenant, budgets);
    const run = await open(tenant, budgets);
    assert.equal(run.leasedMicroDollars, 0);
    assert.equal((await hold(run, 5, budgets))?.code, 'daily_budget_exhausted');
    assert.equal((await open(tenant, budgets, NOON, 'bob')).leasedMicroDollars, 500_000);
  });

  test('many at once never lease more than the cap, and leave no room that somebody was refused', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 0.05 }, lease_usd: 0.002 });
    const runs = await Promise.all(Array.from({ length: 12 }, () => open(tenant, budgets)));
    const answers = await Promise.all(
      runs.flatMap((run) => Array.from({ length: 8 }, () => hold(run, 1000, budgets))),
    );
    const held = answers.filter((answer) => answer === undefined).length;
    const [total = 0] = await committed(tenant);
    assert.ok(total <= 50_000, `${total}`);
    const after = await Promise.all(runs.map((run) => readOpenedRun(client, run)));
    const leased = after.reduce((sum, { leasedMicroDollars }) => sum + leasedMicroDollars, 0);
    assert.deepEqual(
      [total, held * 1000],
      [leased, after.reduce((sum, run) => sum + run.heldMicroDollars, 0)],
    );
    assert.ok(
      held >= 44 && held < 96,
      `${held} of 96: leases may keep a chunk from those who are refused, no more`,
    );
  });

  test('what is spent on a day counts on that day, and not while a call is under way', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 10 } });
    const later = `${TOMORROW}T00:00:01.000Z`;
    const run = await open(tenant, budgets);
    await hold(run, 1000, budgets);
    await settled(run, 1000, 400);
    await hold(await readOpenedRun(client, run), 50, budgets);
    await hold(await readOpenedRun(client, run), 60, budgets, later);
    assert.deepEqual(
      [await committed(tenant), await committed(tenant, TOMORROW)],
      [
        [500_000, 0],
        [0, 0],
      ],
    );
    await settled(run, 50, 50);
    await settled(run, 60, 60);
    await hold(await readOpenedRun(client, run), 70, budgets, later);
    assert.deepEqual(await committed(tenant), [510, 510]);
    assert.deepEqual(await committed(tenant, TOMORROW), [499_490, 0]);
    await settled(run, 70, 20);
    await close(run, later);
    assert.deepEqual(
      [await committed(tenant), await committed(tenant, TOMORROW)],
      [
        [510, 510],
        [20, 20],
      ],
    );
  });

  test('a day begins at midnight where the budgets say', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ time_zone: 'Pacific/Auckland', daily_usd: { tenant: 10 } });
    await open(tenant, budgets, '2026-11-21T11:30:00.000Z');
    assert.deepEqual(await committed(tenant, TOMORROW), [500_000, 0]);
  });

  test('a cap that was lowered counts for a run that is open, and so does one that is new', async () => {
    const tenant = newTenant();
    const before = budgetsOf({ daily_usd: { tenant: 10 }, lease_usd: 0.1 });
    const run = await open(tenant, before);
    const lowered = budgetsOf({ daily_usd: { tenant: 0.15 }, lease_usd: 0.1 });
    assert.equal(await hold(run, 90_000, lowered), undefined);
    const more = await hold(await readOpenedRun(client, run), 70_000, lowered);
    assert.equal(more?.code, 'daily_budget_exhausted');
    await settled(run, 90_000, 90_000);
    const alsoOfUsers = budgetsOf({ daily_usd: { tenant: 10, user: 0.05 }, lease_usd: 0.1 });
    const now = await readOpenedRun(client, run);
    assert.equal((await hold(now, 60_000, alsoOfUsers))?.code, 'daily_budget_exhausted');
    assert.equal(await hold(now, 40_000, alsoOfUsers), undefined);
    assert.deepEqual(await committed(tenant, TODAY, 'user', 'ann'), [40_000, 0]);
    assert.deepEqual(await committed(tenant), [130_000, 90_000]);
  });

  test("the run's own cap counts as its envelope has it now, whatever was leased before", async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 10 } });
    const run = await open(tenant, budgets);
    const lowered = { ...envelope, budgets: { ...envelope.budgets, hard_cost_cap_usd: 0.1 } };
    const terms = { budgets, envelope: lowered, clock: () => new Date(NOON) };
    const answer = await fitHold(client, run, 100_001, terms);
    assert.deepEqual('refusal' in answer ? answer.refusal : undefined, {
      code: 'budget_exhausted',
      message: "it may cost 100001 micro-dollars, 100000 of the run's 100000 are left",
    });
    assert.ok('run' in (await fitHold(client, run, 100_000, terms)));
  });

  test('what a late call did not cost comes back when the reconciler finishes the run, once', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 10 } });
    const run = await open(tenant, budgets);
    await hold(run, 1000, budgets);
    await close(run);
    assert.deepEqual(await committed(tenant), [1000, 1000], 'nobody knows what it has cost');
    await transact(client, { run: correctClosedRun(run, 700) });
    const late = (await readRun(client, run)) ?? assert.fail();
    await transact(client, finishRun(late));
    assert.deepEqual(await committed(tenant), [300, 300]);
    await assert.rejects(transact(client, finishRun(late)), ConditionsFailed);
    await transact(client, finishRun((await readRun(client, run)) ?? assert.fail()));
    assert.deepEqual(await committed(tenant), [300, 300]);
  });

  test('little that is left is told once for each share, by the run that sees it', async () => {
    const tenant = newTenant();
    const budgets = budgetsOf({ daily_usd: { tenant: 2 } });
    const alerts = [];
    for (let run = 0; run < 5; run += 1) {
      const { events } = await eventsAfter(client, await open(tenant, budgets));
      alerts.push(
        events.flatMap((event) => (event.type === 'budget.step' ? [[event.share, event.used]] : [])),
      );
    }
    assert.deepEqual(alerts, [[], [[0.5, 1_000_000]], [], [[0.95, 2_000_000]], []]);
  });
});
