import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { apiClient } from '../../cli/client.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { loadShop } from '../../local/shop/load.ts';
import type { Bench } from '../bench.ts';
import type { CountingProxy, Passing } from '../measure/counting-proxy.ts';
import { startCountedSurroundings } from '../measure/surroundings.ts';
import { table } from '../measure/table.ts';
import { type Account, accountOf } from './account.ts';
import { CRASH_POINTS, type CrashPoint, crashes } from './crashes.ts';
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

/** Of dying at each point of a call: about one call in five dies, and with an environment that starts again all get done. */
const CHANCE = 0.04;

/**
 * At most once, under crashes: governed writes through whole runs, with every retry on, while execution environments of
 * the executor are killed at random requests. Then the same with an executor that has no guard, which must show duplicates, or
 * the bench could not fail.
 */
export const effects: Bench = async (progress) => {
  const surroundings = await startCountedSurroundings(progress);
  const { cloud, proxy } = surroundings;
  try {
    const tell = (text: string) => progress.step(text);
    const guarded = await underCrashes(cloud, proxy, 'guarded', GUARDED_CALLS, tell);
    await replaceExecutor(cloud);
    const unguarded = await underCrashes(cloud, proxy, 'unguarded', UNGUARDED_CALLS, tell);
    const { calls, duplicates } = unguarded.account;
    const { calls: guardedCalls, ...outcomes } = guarded.account;
    return {
      report: [
        table([
          ['where executors died', 'with warrants', 'without'],
          ...CRASH_POINTS.map((point) => [
            point,
            String(guarded.crashes[point]),
            String(unguarded.crashes[point]),
          ]),
        ]),
      ],
      summary: {
        ...{ bench: 'effects', calls: guardedCalls, crashes: total(guarded.crashes), ...outcomes },
        crashes_by_point: guarded.crashes,
        without_guard: { calls, crashes: total(unguarded.crashes), duplicates },
      },
      passed:
        isAsItMust(guarded.account) &&
        guardedCalls >= GUARDED_CALLS &&
        CRASH_POINTS.every((point) => guarded.crashes[point] > 0) &&
        duplicates > 0,
    };
  } finally {
    await surroundings.stop();
  }
};

type CrashCounts = Readonly<Record<CrashPoint, number>>;

function total(counts: CrashCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The transaction with an order in it: every call of this bench changes one. */
function isEffect({ operation, requestBody }: Passing): boolean {
  return operation === 'TransactWriteItems' && requestBody.includes('-shop-orders');
}

function isAsItMust({ duplicates, lost, phantom, unsettled }: Account): boolean {
  return duplicates === 0 && lost === 0 && phantom === 0 && unsettled === 0;
}

async function underCrashes(
  cloud: LocalCloud,
  proxy: CountingProxy,
  tenant: string,
  calls: number,
  print: (line: string) => void,
): Promise<{ readonly account: Account; readonly crashes: CrashCounts }> {
  const { documents, customer, orderIds } = shopWithOrders(cloud.shop, calls + CALLS_PER_RUN * RUNS_AT_ONCE);
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  await loadShop({ documents, tenant, prefix: cloud.prefix, client });
  const killing = crashes(proxy, CHANCE, isEffect);
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
        `${tenant}: ${account.calls} calls, ${total(killing.count())} crashes, ${account.duplicates} duplicates`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: RUNS_AT_ONCE }, worker));
  } finally {
    killing.stop();
  }
  return { account: await accountOf(cloud, tenant), crashes: killing.count() };
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
