import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openBudget } from '../../../domain/budget/budget.ts';
import { BudgetsShape, dailyCaps } from '../../../domain/budget/daily-caps.ts';
import { givenBack, newLease } from '../../../domain/budget/lease.ts';
import { ENVELOPE_DEFAULTS, type Envelope } from '../../../domain/envelope/envelope.ts';
import { changeDays, countersOfDay } from '../../../functions/adapters/budget-days.ts';
import { ConditionsFailed, transact } from '../../../functions/adapters/dynamodb.ts';
import { fitHold } from '../../../functions/adapters/leases.ts';
import { closeRun, type OpenRunRecord, readOpenedRun } from '../../../functions/adapters/runs.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { openRun } from '../../support/open-run.ts';

const [DAY, NEXT_DAY] = ['2026-11-21', '2026-11-22'];
const BUDGETS = BudgetsShape.parse({ daily_usd: { tenant: 0.01 }, lease_usd: 0.001 });
const CHUNK = 1000;
const ENVELOPE = { budgets: { ...ENVELOPE_DEFAULTS.budgets, hard_cost_cap_usd: 0.005 } } as Envelope;
const NEXT_MORNING = {
  ...{ budgets: BUDGETS, envelope: ENVELOPE },
  clock: () => new Date(`${NEXT_DAY}T00:00:01.000Z`),
};

/** A run that has leased of the day and used nothing of it, as its item was before midnight. */
async function idleRun(client: DynamoDBDocumentClient): Promise<OpenRunRecord> {
  const run = await openRun(client, {
    ...{ agent: 'desk', workflow: 'desk', ...openBudget(5000, CHUNK), leaseDay: DAY },
    leaseScopes: ['tenant'],
  });
  await transact(
    client,
    changeDays(run.tenant, newLease(CHUNK, dailyCaps(BUDGETS, ENVELOPE, run, DAY), DAY).scopes),
  );
  return run;
}

async function committed(client: DynamoDBDocumentClient, { tenant }: OpenRunRecord): Promise<number[]> {
  const days = await Promise.all([DAY, NEXT_DAY].map((day) => countersOfDay(client, tenant, day)));
  return days.map((counters) => counters.get(`tenant#${tenant}`)?.committedMicroDollars ?? 0);
}

describe('a lease of yesterday', { skip: noLedger }, () => {
  test('is taken over into today once, though two calls have seen it at the same time', async () => {
    await using ledger = await ledgerTables();
    const seen = await idleRun(ledger.client);
    await fitHold(ledger.client, seen, 100, NEXT_MORNING);
    await fitHold(ledger.client, seen, 100, NEXT_MORNING);
    assert.deepEqual(await committed(ledger.client, seen), [0, CHUNK]);
    assert.equal((await readOpenedRun(ledger.client, seen)).leasedMicroDollars, CHUNK);
  });

  test('is not given back by whoever closes the run, when it was taken over since the run was read', async () => {
    await using ledger = await ledgerTables();
    const seen = await idleRun(ledger.client);
    await fitHold(ledger.client, seen, 100, NEXT_MORNING);
    const closing = transact(ledger.client, {
      run: closeRun(seen, { closedAt: `${NEXT_DAY}T00:00:02.000Z`, outcome: 'completed' }),
      ...changeDays(seen.tenant, givenBack(seen).scopes),
    });
    await assert.rejects(
      closing,
      (error) => error instanceof ConditionsFailed && error.parts.includes('run'),
    );
    assert.deepEqual(await committed(ledger.client, seen), [0, CHUNK]);
  });
});
