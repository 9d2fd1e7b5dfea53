import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { apiClient } from '../../cli/client.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import type { Progress } from '../../local/progress.ts';
import type { Bench } from '../bench.ts';
import type { CountingProxy } from '../measure/counting-proxy.ts';
import { deployedFunctions } from '../measure/functions.ts';
import { startCountedSurroundings } from '../measure/surroundings.ts';
import { table } from '../measure/table.ts';
import { type Account, accountOf } from './account.ts';
import { CRASH_POINTS, type CrashPoint, crashes } from './crashes.ts';
import { replaceExecutor } from './unguarded.ts';
import { addPoints, moveOrders, type Workload, writeDocuments } from './workloads.ts';

const POLL_MILLISECONDS = 250;
const RUN_DEADLINE_MILLISECONDS = 300_000;
/** An attempt has ended after its tool's time and its executor's; nobody settles what broke off before that. */
const SETTLED_DEADLINE_MILLISECONDS = 180_000;

const GUARDED_CALLS = 1000;
const OTHER_CALLS = 60;
/** Calls of the counter-check: enough for crashes to hit between an effect and its record many times. */
const UNGUARDED_CALLS = 200;

type CrashCounts = Readonly<Record<CrashPoint, number>>;

interface Observed {
  readonly account: Account;
  readonly crashes: CrashCounts;
}

/**
 * At most once, under crashes: governed writes through whole runs, with every retry on, while execution environments of
 * the executors are killed at random requests; of each idempotency that a tool can have. Then the first with an executor
 * that has no guard, which must show duplicates, or the bench could not fail.
 */
export const effects: Bench = async (progress) => {
  const surroundings = await startCountedSurroundings(progress);
  const { cloud, proxy } = surroundings;
  try {
    const observe = (workload: Workload, tenant: string) =>
      underCrashes(cloud, proxy, workload, tenant, progress);
    const byKey = await observe(moveOrders(cloud.shop, GUARDED_CALLS), 'guarded');
    const byLookup = await observe(writeDocuments(OTHER_CALLS), 'looked-up');
    const none = await observe(addPoints(OTHER_CALLS), 'for-people');
    await replaceExecutor(cloud);
    const unguarded = await observe(moveOrders(cloud.shop, UNGUARDED_CALLS), 'unguarded');
    const guarded = [byKey, byLookup, none];
    return {
      report: reportOf({ by_key: byKey, by_lookup: byLookup, none }, unguarded),
      summary: {
        ...{ bench: 'effects', ...sumOf(guarded) },
        by_idempotency: { by_key: shortOf(byKey), by_lookup: shortOf(byLookup), none: shortOf(none) },
        without_guard: {
          calls: unguarded.account.calls,
          crashes: totalOf(unguarded.crashes),
          duplicates: unguarded.account.duplicates,
        },
      },
      passed: guarded.every(isAsItMust) && isAccountable(byLookup, none) && unguarded.account.duplicates > 0,
    };
  } finally {
    await surroundings.stop();
  }
};

function isAsItMust({ account, crashes: hits }: Observed): boolean {
  const { duplicates, lost, phantom, unsettled } = account;
  return duplicates + lost + phantom + unsettled === 0 && CRASH_POINTS.every((point) => hits[point] > 0);
}

/** What can be looked up is left to nobody; of what cannot, people are asked. */
function isAccountable(byLookup: Observed, none: Observed): boolean {
  return byLookup.account.unknown_to_person === 0 && none.account.unknown_to_person > 0;
}

function sumOf(observed: readonly Observed[]) {
  const sum = (of: (each: Observed) => number) => observed.reduce((total, each) => total + of(each), 0);
  return {
    calls: sum(({ account }) => account.calls),
    crashes: sum(({ crashes: hits }) => totalOf(hits)),
    duplicates: sum(({ account }) => account.duplicates),
    lost: sum(({ account }) => account.lost),
    unknown_resolved: sum(({ account }) => account.unknown_resolved),
    unknown_to_person: sum(({ account }) => account.unknown_to_person),
    phantom: sum(({ account }) => account.phantom),
    unsettled: sum(({ account }) => account.unsettled),
  };
}

function shortOf({ account, crashes: hits }: Observed) {
  return { ...account, crashes: totalOf(hits), crashes_by_point: hits };
}

function totalOf(hits: CrashCounts): number {
  return Object.values(hits).reduce((sum, count) => sum + count, 0);
}

function reportOf(guarded: Readonly<Record<string, Observed>>, unguarded: Observed): readonly string[] {
  const row = (name: string, of: (each: Observed) => number) => [
    name,
    ...Object.values(guarded).map((each) => String(of(each))),
  ];
  // what an executor without a guard does it records without a warrant, so nothing else can be said of it
  const beside = (name: string, of: (each: Observed) => number) => [...row(name, of), String(of(unguarded))];
  return [
    table([
      ['', ...Object.keys(guarded), 'no guard'],
      beside('calls', ({ account }) => account.calls),
      ...CRASH_POINTS.map((point) => beside(`died ${point}`, ({ crashes: hits }) => hits[point])),
      beside('duplicates', ({ account }) => account.duplicates),
      row('lost', ({ account }) => account.lost),
      row('outcome found later', ({ account }) => account.unknown_resolved),
      row('left to a person', ({ account }) => account.unknown_to_person),
    ]),
  ];
}

async function underCrashes(
  cloud: LocalCloud,
  proxy: CountingProxy,
  workload: Workload,
  tenant: string,
  progress: Progress,
): Promise<Observed> {
  const { calls, callsPerRun, runsAtOnce, chance, isEffect } = workload;
  await workload.prepare(cloud, tenant);
  const killing = crashes(proxy, chance, isEffect);
  let next = 0;
  let account = await accountOf(cloud, tenant, workload);
  const worker = async () => {
    // beyond what is wanted, for calls that a run which broke off has not made
    while (account.calls < calls && next < calls + callsPerRun * runsAtOnce) {
      const first = next;
      next += callsPerRun;
      await run(cloud, tenant, workload, first);
      account = await accountOf(cloud, tenant, workload);
      const { duplicates } = account;
      progress.detail(
        `${tenant}: ${account.calls} calls, ${totalOf(killing.count())} crashes, ${duplicates} duplicates`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: runsAtOnce }, worker));
  } finally {
    killing.stop();
  }
  account = await settled(cloud, tenant, workload);
  progress.step(`${tenant}: ${account.calls} calls, ${totalOf(killing.count())} crashes`);
  return { account, crashes: { ...killing.count() } };
}

/** One run that makes each write. A run that breaks off leaves its others alone. */
async function run(cloud: LocalCloud, tenant: string, workload: Workload, first: number): Promise<void> {
  const { workflow, user, callsPerRun } = workload;
  const app = apiClient(cloud.connectionOf('app'));
  const proposals = Array.from({ length: callsPerRun }, (_, index) => workload.proposal(first + index));
  const clientToken = `${tenant}-${first}`;
  const { runId } = await app.startRun(workflow, { tenant, user, input: { proposals }, clientToken });
  const deadline = Date.now() + RUN_DEADLINE_MILLISECONDS;
  while ((await app.getRun(tenant, runId)).status !== 'closed') {
    if (Date.now() > deadline) {
      throw new Error(`run ${runId} did not close within ${RUN_DEADLINE_MILLISECONDS / 1000} s`);
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** Wakes the reconciler, as its schedule does, until nothing is open any more or its time is over. */
async function settled(cloud: LocalCloud, tenant: string, workload: Workload): Promise<Account> {
  const lambda = new LambdaClient(localClient(cloud.endpoint));
  const FunctionName = (await deployedFunctions(cloud)).find(({ service }) => service === 'reconcile')?.name;
  const deadline = Date.now() + SETTLED_DEADLINE_MILLISECONDS;
  for (;;) {
    const account = await accountOf(cloud, tenant, workload);
    if (account.unsettled === 0 || Date.now() > deadline) {
      return account;
    }
    await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    await sleep(10 * POLL_MILLISECONDS);
  }
}
