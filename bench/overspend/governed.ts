import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parse } from 'yaml';
import { apiClient } from '../../cli/client.ts';
import type { Proposal } from '../../contracts/call.ts';
import { microDollars } from '../../domain/budget/budget.ts';
import { type Budgets, BudgetsShape, type Scope } from '../../domain/budget/daily-caps.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import type { Progress } from '../../local/progress.ts';
import { loadShop } from '../../local/shop/load.ts';
import { deployedFunctions } from '../measure/functions.ts';
import { startCountedSurroundings } from '../measure/surroundings.ts';
import { audit, type CapsImage, type Findings } from './audit.ts';
import { type KillCounts, killAtRandom, type Step } from './kills.ts';
import { type LedgerAccount, type LedgerTables, ledgerAccount } from './ledger-account.ts';
import { moneyImages } from './money-images.ts';
import { refusedWithRoom } from './refusals.ts';
import { clientOf } from './store.ts';
import { imagesOf } from './stream-images.ts';

const TENANT = 'overspend';
const WORKFLOW = 'retail-support';
const TOOL = 'retail.modify_pending_order_address';
const RUNS = 50;
const CALLS_PER_RUN = 20;
/** More would start more processes than two cores and 24 GB can hold: each run has up to three of its own. */
const RUNS_AT_ONCE = 12;
const STARTING_TRIES = 4;
const USERS = 5;
/** A warrant that was never begun expires after two minutes, an attempt has ended after half a one, and a run is a minute old by then. */
const SETTLED_MILLISECONDS = 300_000;
const ENDED_MILLISECONDS = 1_200_000;
const POLL_MILLISECONDS = 2000;
const WAKING_MILLISECONDS = 15_000;

const BUDGETS_FILE = join(import.meta.dirname, 'budgets.yaml');

const ADDRESS = {
  ...{ address1: '1 Elm Street', address2: '', city: 'Portland', state: 'OR' },
  ...{ country: 'USA', zip: '97205' },
};

export interface GovernedObserved {
  readonly account: LedgerAccount;
  readonly findings: Findings;
  readonly kills: Readonly<Record<Step, KillCounts>>;
  readonly refusals: number;
  readonly falseRefusals: readonly string[];
  /** Allowed, never begun, and expired: nobody settles them yet. */
  readonly neverSettled: number;
  readonly budgets: Budgets;
  readonly seconds: number;
}

/** The whole path as it is deployed: runs that start at once, with caps of the day that allow about half of what they ask. */
export async function governedUnderKills(progress: Progress): Promise<GovernedObserved> {
  const surroundings = await startCountedSurroundings(progress, {
    policyFiles: { 'budgets.yaml': BUDGETS_FILE },
  });
  const { cloud, proxy } = surroundings;
  try {
    const client = clientOf(cloud.endpoint);
    const tables = await ledgerTables(cloud);
    const streams = [];
    for (const table of [tables.runs, tables.budgets, tables.warrants]) {
      streams.push(await openStream(cloud, table));
    }
    await loadOrders(cloud);
    const startedAt = Date.now();
    const killing = killAtRandom(proxy);
    const wake = await reconcilerOf(cloud);
    await makeRuns(cloud, wake, progress);
    const kills = killing.count();
    killing.stop();
    const seconds = (Date.now() - startedAt) / 1000;
    const read = () => ledgerAccount(client, tables, TENANT);
    const account = await settled(wake, read, progress);
    const budgets = BudgetsShape.parse(parse(readFileSync(BUDGETS_FILE, 'utf8')));
    const images = await imagesOf(cloud.endpoint, streams);
    const ofMoney = moneyImages(images.filter(({ stream }) => !stream.includes('Warrants')));
    const findings = audit([capsOf(budgets), ...ofMoney]);
    const hold = findTool(TOOL)?.maximumCostMicroDollars ?? 0;
    const capOf = (counter: string) =>
      microDollars(budgets.daily_usd[scopeIn(counter)] ?? Number.POSITIVE_INFINITY);
    const refused = refusedWithRoom(images, hold, capOf);
    const neverSettled = account.warrants.filter(({ state }) => state === 'authorized').length;
    progress.step(`governed: ${account.allowed + account.refused} calls`);
    return { ...refused, account, findings, kills, neverSettled, budgets, seconds };
  } finally {
    await surroundings.stop();
  }
}

function scopeIn(counter: string): Scope {
  return (counter.split('/')[1]?.split('#')[0] ?? '') as Scope;
}

function capsOf({ daily_usd }: Budgets): CapsImage {
  const caps = Object.entries(daily_usd).map(([scope, cap]) => [scope, [microDollars(cap)]]);
  return { kind: 'caps', caps: Object.fromEntries(caps) };
}

async function ledgerTables({ endpoint, prefix }: LocalCloud): Promise<LedgerTables> {
  const { TableNames = [] } = await new DynamoDBClient(localClient(endpoint)).send(new ListTablesCommand({}));
  const named = (name: string) =>
    TableNames.find((each) => each.startsWith(`${prefix}-ledger-${name}`)) ?? '';
  return {
    runs: named('Runs'),
    warrants: named('Warrants'),
    events: named('Events'),
    budgets: named('Budgets'),
  };
}

/** The product has no stream of these tables; the bench wants every image of them. */
async function openStream({ endpoint }: LocalCloud, TableName: string): Promise<string> {
  const { TableDescription } = await new DynamoDBClient(localClient(endpoint)).send(
    new UpdateTableCommand({
      TableName,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  return TableDescription?.LatestStreamArn ?? '';
}

const userOf = (cloud: LocalCloud, run: number) => Object.keys(cloud.shop.users)[run % USERS] ?? '';
const orderOf = (run: number, call: number) => `#W${9_000_000 + run * CALLS_PER_RUN + call}`;

/** An order of its own for each call, of the run's user. */
async function loadOrders(cloud: LocalCloud): Promise<void> {
  const template = Object.values(cloud.shop.orders).find(({ status }) => status === 'pending');
  if (template === undefined) {
    throw new Error('the shop has no pending order to make others from');
  }
  const orders = Array.from({ length: RUNS * CALLS_PER_RUN }, (_, index) => {
    const run = Math.floor(index / CALLS_PER_RUN);
    const order_id = orderOf(run, index % CALLS_PER_RUN);
    return [order_id, { ...template, order_id, user_id: userOf(cloud, run) }] as const;
  });
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  const documents = { ...cloud.shop, orders: Object.fromEntries(orders) };
  await loadShop({ documents, tenant: TENANT, prefix: cloud.prefix, client });
}

/** Wakes the reconciler, as its schedule does. */
async function reconcilerOf(cloud: LocalCloud): Promise<() => Promise<void>> {
  const lambda = new LambdaClient({ ...localClient(cloud.endpoint), maxAttempts: 1 });
  const FunctionName = (await deployedFunctions(cloud)).find(({ service }) => service === 'reconcile')?.name;
  return async () => {
    // it may be killed as well, or have too much to do; it is woken again
    await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' })).catch(() => {});
  };
}

async function makeRuns(cloud: LocalCloud, wake: () => Promise<void>, progress: Progress): Promise<void> {
  const numbers = Array.from({ length: RUNS }, (_, run) => run).values();
  let closed = 0;
  const runner = async () => {
    // all of them share one iterator, so each run is made once
    for (const run of numbers) {
      await untilClosed(cloud, await startRun(cloud, run));
      closed += 1;
      progress.detail(`governed: ${closed} of ${RUNS} runs closed`);
    }
  };
  const ended = new AbortController();
  const waking = (async () => {
    while (!ended.signal.aborted) {
      await wake();
      await sleep(WAKING_MILLISECONDS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  try {
    await Promise.all(Array.from({ length: RUNS_AT_ONCE }, runner));
  } finally {
    ended.abort();
    await waking;
  }
}

/** Repeats what got no answer: the same token starts the same run. */
async function startRun(cloud: LocalCloud, run: number): Promise<string> {
  const app = apiClient(cloud.connectionOf('app'));
  const proposals = Array.from(
    { length: CALLS_PER_RUN },
    (_, call): Proposal => ({ tool: TOOL, arguments: { order_id: orderOf(run, call), ...ADDRESS } }),
  );
  const user = { id: userOf(cloud, run), roles: ['customer'] };
  const request = { tenant: TENANT, user, input: { proposals }, clientToken: `overspend-${run}` };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await app.startRun(WORKFLOW, request)).runId;
    } catch (error) {
      if (attempt === STARTING_TRIES) {
        throw error;
      }
      await sleep(POLL_MILLISECONDS);
    }
  }
}

async function untilClosed(cloud: LocalCloud, runId: string): Promise<void> {
  const app = apiClient(cloud.connectionOf('app'));
  const deadline = Date.now() + ENDED_MILLISECONDS;
  for (;;) {
    const status = await app.getRun(TENANT, runId).then(
      (run) => run.status,
      // no answer in time, on a busy machine
      () => undefined,
    );
    if (status === 'closed') {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`run ${runId} did not close within ${ENDED_MILLISECONDS / 1000} s`);
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** Until nothing is open any more, or its time is over. */
async function settled(
  wake: () => Promise<void>,
  read: () => Promise<LedgerAccount>,
  progress: Progress,
): Promise<LedgerAccount> {
  const deadline = Date.now() + SETTLED_MILLISECONDS;
  for (;;) {
    await wake();
    const account = await read();
    progress.detail(`governed: ${account.unsettled} calls unsettled, ${account.wrong.length} accounts wrong`);
    if ((account.unsettled === 0 && account.wrong.length === 0) || Date.now() > deadline) {
      return account;
    }
    await sleep(POLL_MILLISECONDS);
  }
}
