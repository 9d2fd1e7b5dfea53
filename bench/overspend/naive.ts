import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { BUDGETS, scopeKey, tenantDay } from '../../contracts/tables.ts';
import { microDollars } from '../../domain/budget/budget.ts';
import { dayOf } from '../../domain/budget/daily-caps.ts';
import { environment } from '../../functions/runtime/environment.ts';
import type { Surroundings } from './paid-call.ts';
import { type PlannedCall, TENANT } from './workload.ts';

const TOOL_MILLISECONDS = 30;

/** What is often written: read the day's one counter, compare, and add. Between reading and adding others add. */
export async function naiveCall(
  { definition, costMicroDollars }: PlannedCall,
  { client, bundle, clock }: Surroundings,
): Promise<void> {
  const { budgets } = bundle();
  const cap = microDollars(budgets.daily_usd.tenant ?? 0);
  const hold = definition.maximumCostMicroDollars;
  const counter = {
    TableName: environment(ENV.budgetsTable),
    Key: {
      [BUDGETS.partitionKey]: tenantDay(TENANT, dayOf(budgets, clock())),
      [BUDGETS.sortKey]: scopeKey('tenant', TENANT),
    },
  };
  const { Item } = await client.send(new GetCommand({ ...counter, ConsistentRead: true }));
  if ((Item?.committedMicroDollars ?? 0) + hold > cap) {
    return;
  }
  const add = (amount: number) =>
    client.send(
      new UpdateCommand({
        ...counter,
        UpdateExpression: 'ADD committedMicroDollars :amount',
        ExpressionAttributeValues: { ':amount': amount },
      }),
    );
  await add(hold);
  await sleep(Math.random() * TOOL_MILLISECONDS);
  await add(costMicroDollars - hold);
}
