import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ScopeChange } from '../../../domain/budget/lease.ts';
import { changeDays } from '../../../functions/adapters/budget-days.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { type OpenRunRecord, readOpenedRun } from '../../../functions/adapters/runs.ts';
import { getBudgets, setCap } from '../../../functions/api/budgets.ts';
import { ApiFailure } from '../../../functions/api/http.ts';
import { arnOf, bundle, directory } from '../../support/bundle.ts';
import { hold as holdMoney } from '../../support/hold.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const DESK = { workflow: 'refund-desk', agent: 'refund-desk' };

describe('budgets at the api', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const dependencies = () => ({ client, bundle, directory, clock: () => new Date(NOON) });
  const set = ({ tenant, runId }: OpenRunRecord, capMicroDollars: number, person = 'maria') =>
    setCap(
      runId,
      JSON.stringify({ tenant, capMicroDollars, note: 'it goes in circles, says ann@example.com' }),
      arnOf(person),
      dependencies(),
    );
  const hold = async (run: OpenRunRecord, amount: number) => {
    const now = await readOpenedRun(client, run);
    const terms = {
      budgets: bundle.budgets,
      envelope: bundle.envelopes['refund-desk'],
      clock: () => new Date(NOON),
    };
    return (await holdMoney(client, now, amount, terms))?.code;
  };

  test('a cap that a person sets counts for the next hold of that run, and is on record once', async () => {
    const run = await openRun(client, DESK);
    assert.equal(await hold(run, 50_000), undefined);
    assert.equal((await set(run, 60_000)).budget?.capMicroDollars, 60_000);
    await set(run, 60_000);
    assert.equal(await hold(run, 10_001), 'budget_exhausted');
    assert.equal(await hold(run, 10_000), undefined);
    assert.equal((await set(run, 20_000)).budget?.heldMicroDollars, 60_000, 'what is held stays');
    assert.equal(await hold(run, 1), 'budget_exhausted');
    await set(run, 250_000);
    assert.equal(await hold(run, 1), undefined);
    const { events } = await eventsAfter(client, run);
    assert.deepEqual(
      events.map((event) =>
        event.type === 'budget.cap_changed'
          ? [event.beforeMicroDollars, event.capMicroDollars, event.by]
          : event,
      ),
      [
        [250_000, 60_000, 'maria'],
        [60_000, 20_000, 'maria'],
        [20_000, 250_000, 'maria'],
      ],
    );
    assert.ok(!JSON.stringify(events).includes('ann@example.com'));
  });

  test('of two people who set it at once each sees what the other did', async () => {
    const run = await openRun(client, DESK);
    await Promise.all([set(run, 30_000), set(run, 40_000)]);
    const { events } = await eventsAfter(client, run);
    const changes = events.flatMap((event) => (event.type === 'budget.cap_changed' ? [event] : []));
    const second = changes.find(({ beforeMicroDollars }) => beforeMicroDollars !== 250_000);
    assert.equal(changes.length, 2);
    assert.equal((await readOpenedRun(client, run)).capMicroDollars, second?.capMicroDollars);
  });

  const refusals: Readonly<Record<string, readonly [Partial<OpenRunRecord>, number, string, string]>> = {
    'more than the envelope grants': [{}, 250_001, 'maria', 'invalid_request'],
    'by somebody without the role': [{}, 1, 'femi', 'missing_role'],
    'by the one the run acts for': [{ user: { id: 'maria', roles: [] } }, 1, 'maria', 'own_request'],
    'of a run that is closed': [{ status: 'closed' }, 1, 'maria', 'run_not_open'],
    'of a workflow that is deployed no more': [{ workflow: 'gone' }, 1, 'maria', 'missing_role'],
  };
  for (const [what, [of, cap, person, code]] of Object.entries(refusals)) {
    test(`a cap ${what} is refused, and nothing changes`, async () => {
      const run = await openRun(client, { ...DESK, ...of });
      await assert.rejects(
        set(run, cap, person),
        (error) => error instanceof ApiFailure && error.code === code,
      );
      assert.equal((await eventsAfter(client, run)).events.length, 0);
    });
  }

  test('a day shows what is leased and spent of each scope, the fullest first, beside the caps of now', async () => {
    const change = (scope: ScopeChange['scope'], id: string, committedDelta: number): ScopeChange => ({
      ...{ scope, id, day: '2026-11-21', committedDelta, spentDelta: 10 },
    });
    const changes = [
      change('tenant', 'acme', 3_000_000),
      change('user', 'ann', 2_000_000),
      change('agent', 'desk', 5),
    ];
    await transact(client, changeDays('acme', changes));
    const view = await getBudgets('acme', undefined, dependencies());
    assert.deepEqual([view.day, view.timeZone], ['2026-11-21', 'UTC']);
    const counted = { spentMicroDollars: 10 };
    assert.deepEqual(view.scopes, [
      { scope: 'user', id: 'ann', committedMicroDollars: 2_000_000, ...counted, capMicroDollars: 50_000_000 },
      {
        scope: 'tenant',
        id: 'acme',
        committedMicroDollars: 3_000_000,
        ...counted,
        capMicroDollars: 500_000_000,
      },
      { scope: 'agent', id: 'desk', committedMicroDollars: 5, ...counted },
    ]);
    assert.deepEqual((await getBudgets('acme', '2026-11-20', dependencies())).scopes, []);
    await assert.rejects(getBudgets('acme', 'yesterday', dependencies()), { status: 400 });
  });
});
