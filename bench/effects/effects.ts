import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { apiClient } from '../../cli/client.ts';
import { executorName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import { type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import { loadShop } from '../../local/shop/load.ts';
import type { Bench } from '../bench.ts';
import { type Account, accountOf } from './account.ts';
import { crashes } from './crashes.ts';
import { shopWithOrders } from './shop.ts';
import { replaceExecutor } from './unguarded.ts';

/** Below the 60 calls that the sample's envelope grants a run. */
const CALLS_PER_RUN = 50;
const RUNS_AT_ONCE = 4;
const POLL_MILLISECONDS = 250;
const RUN_DEADLINE_MILLISECONDS = 300_000;

/** Calls of the counter-check: enough for crashes to hit between an effect and its record many times. */
const UNGUARDED_CALLS = 200;

const GUARDED_CALLS = 1000;

/**
 * At most once, under crashes: governed writes through whole runs, with every retry on, while execution environments of
 * the executor are killed at random. Then the same with an executor that has no guard, which must show duplicates, or
 * the bench could not fail.
 */
export const effects: Bench = async (progress) => {
  const cloud = await startLocalCloud({ progress });
  try {
    const tell = (text: string) => progress.step(text);
    const { crashes: guardedCrashes, ...account } = await underCrashes(cloud, 'guarded', GUARDED_CALLS, tell);
    await replaceExecutor(cloud);
    const unguarded = await underCrashes(cloud, 'unguarded', UNGUARDED_CALLS, tell);
    const { calls, duplicates } = unguarded;
    const withoutGuard = { calls, crashes: unguarded.crashes, duplicates };
    const { calls: guardedCalls, ...outcomes } = account;
    return {
      report: [],
      summary: {
        ...{ bench: 'effects', calls: guardedCalls, crashes: guardedCrashes, ...outcomes },
        without_guard: withoutGuard,
      },
      passed: isAsItMust(account) && guardedCalls >= GUARDED_CALLS && duplicates > 0,
    };
  } finally {
    await cloud.stop();
  }
};

function isAsItMust({ duplicates, lost, phantom, unsettled }: Account): boolean {
  return duplicates === 0 && lost === 0 && phantom === 0 && unsettled === 0;
}

async function underCrashes(
  cloud: LocalCloud,
  tenant: string,
  calls: number,
  print: (line: string) => void,
): Promise<Account & { readonly crashes: number }> {
  const { documents, customer, orderIds } = shopWithOrders(cloud.shop, calls + CALLS_PER_RUN * RUNS_AT_ONCE);
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  await loadShop({ documents, tenant, prefix: cloud.prefix, client });
  const killing = crashes(cloud.endpoint, executorName(cloud.prefix, 'retail'));
  const remaining = orderIds.values();
  let account = await accountOf(cloud, tenant);
  const worker = async () => {
    while (account.calls < calls) {
      const orders = [...remaining.take(CALLS_PER_RUN)];
      if (orders.length === 0) {
        return;
      }
      await run(cloud, tenant, customer, orders);
      account = await accountOf(cloud, tenant);
      print(
        `${tenant}: ${account.calls} calls, ${killing.count()} crashes, ${account.duplicates} duplicates`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: RUNS_AT_ONCE }, worker));
  } finally {
    await killing.stop();
  }
  return { ...(await accountOf(cloud, tenant)), crashes: killing.count() };
}

/** One run that moves each order to another address. A run that breaks off leaves its other orders alone. */
async function run(
  cloud: LocalCloud,
  tenant: string,
  customer: string,
  orderIds: readonly string[],
): Promise<void> {
  const app = apiClient(cloud.connectionOf('app'));
  const address = {
    address1: '1 Elm Street',
    address2: '',
    city: 'Portland',
    state: 'OR',
    country: 'USA',
    zip: '97205',
  };
  const proposals = orderIds.map((order_id) => ({
    tool: 'retail.modify_pending_order_address',
    arguments: { order_id, ...address },
  }));
  const request = {
    tenant,
    user: { id: customer, roles: [] },
    input: { proposals },
    clientToken: orderIds.join(),
  };
  const { runId } = await app.startRun('retail-support', {
    ...request,
    clientToken: `${tenant}-${orderIds[0]}`,
  });
  const deadline = Date.now() + RUN_DEADLINE_MILLISECONDS;
  while ((await app.getRun(tenant, runId)).status !== 'closed') {
    if (Date.now() > deadline) {
      throw new Error(`run ${runId} did not close within ${RUN_DEADLINE_MILLISECONDS / 1000} s`);
    }
    await sleep(POLL_MILLISECONDS);
  }
}
