import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENV } from '../../contracts/environment.ts';
import { DIGEST_KEY_BYTES } from '../../domain/audit/keyed-digest.ts';
import { microDollars } from '../../domain/budget/budget.ts';
import { type Budgets, SCOPES, type Scope } from '../../domain/budget/daily-caps.ts';
import { transact } from '../../functions/adapters/dynamodb.ts';
import { requestRun } from '../../functions/adapters/runs.ts';
import type { Progress } from '../../local/progress.ts';
import { startCountingProxy } from '../measure/counting-proxy.ts';
import { audit, type Findings } from './audit.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type KillCounts, killAtRandom, type Step } from './kills.ts';
import { type LedgerAccount, ledgerAccount } from './ledger-account.ts';
import { moneyImages } from './money-images.ts';
import { createStore, type Store } from './store.ts';
import { imagesOf } from './stream-images.ts';
import { CAPS, mark } from './watched-leases.ts';
import type { Job } from './worker.ts';
import { budgetsOf, LOWERED_TENANT_USD, type PlannedRun, plannedRuns, TENANT } from './workload.ts';

export const CALLS = 1000;
const RUNS = 80;
const MORE_RUNS = 20;
/** Of the runs, when the tenant's cap is lowered, and when it is raised again: both while the day still has money. */
const LOWERED_AT = 0.2;
const RAISED_AT = 0.4;
/** What a process that was killed had sent has arrived by then. */
const ARRIVED_MILLISECONDS = 500;

const MILLISECONDS_PER_DAY = 86_400_000;

export interface Observed {
  readonly account: LedgerAccount;
  readonly findings: Findings;
  readonly kills: Readonly<Record<Step, KillCounts>>;
  readonly undecided: readonly string[];
  /** Without the cap that was lowered for a while. */
  readonly budgets: Budgets;
  readonly seconds: number;
}

/**
 * The store alone: at least 1,000 calls of at least 50 runs, by the product's own code in processes that are killed at random requests,
 * against caps of the day that allow about half; one of them is lowered for a while.
 */
export async function underKills(endpoint: string, name: string, progress: Progress): Promise<Observed> {
  const store = await createStore(endpoint);
  const proxy = await startCountingProxy();
  proxy.forwardTo(endpoint);
  const budgets = budgetsOf();
  const seed = randomUUID();
  const fleet = startFleet(store, {
    ...settingsOf(seed),
    endpoint: `http://127.0.0.1:${proxy.port}`,
    budgets,
  });
  const startedAt = Date.now();
  try {
    await announce(store, budgets, budgets);
    const runs: PlannedRun[] = [];
    const killing = killAtRandom(proxy);
    let changing: Promise<void> = Promise.resolve();
    let made = 0;
    while (made < CALLS) {
      const more = plannedRuns(runs.length === 0 ? RUNS : MORE_RUNS, runs.length);
      runs.push(...more);
      await request(store, more);
      await fleet.carryOut(jobs('drive', more), (done) => {
        progress.detail(`${name}: ${done} of ${more.length} runs`);
        if (more.length === RUNS && done === Math.round(RUNS * LOWERED_AT)) {
          changing = lower(store, fleet, budgets);
        }
        if (more.length === RUNS && done === Math.round(RUNS * RAISED_AT)) {
          changing = changing.then(() => raise(store, fleet, budgets));
        }
      });
      await changing;
      const { allowed, refused } = await account(store);
      made = allowed + refused;
    }
    await fleet.carryOut(jobs('reconcile', runs));
    const kills = killing.count();
    killing.stop();
    await sleep(ARRIVED_MILLISECONDS);
    // as its schedule does, of whatever a killed one left
    await fleet.carryOut(jobs('reconcile', runs));
    const findings = audit(moneyImages(await imagesOf(endpoint, store.streams)));
    const seconds = (Date.now() - startedAt) / 1000;
    const observed = { account: await account(store), findings, kills, undecided: fleet.undecided, budgets };
    progress.step(`${name}: ${observed.account.allowed + observed.account.refused} calls`);
    return { ...observed, seconds };
  } finally {
    fleet.stop();
    proxy.stop();
  }
}

/** The same calls without kills and changes. @returns what became of the counters, and how many calls there were */
export async function undisturbed(
  endpoint: string,
  kind: 'drive' | 'naive',
  budgets: Budgets,
  runs: readonly PlannedRun[],
): Promise<{ readonly findings: Findings; readonly calls: number }> {
  const store = await createStore(endpoint);
  const fleet = startFleet(store, { ...settingsOf(randomUUID()), endpoint, budgets });
  try {
    await announce(store, budgets, budgets);
    await request(store, runs);
    await fleet.carryOut(jobs(kind, runs));
    const findings = audit(moneyImages(await imagesOf(endpoint, store.streams)));
    return { findings, calls: runs.reduce((sum, { calls }) => sum + calls, 0) };
  } finally {
    fleet.stop();
  }
}

/** Noon, so that no bench runs into the next day. */
function settingsOf(seed: string) {
  const now = Date.now();
  return { seed, offsetMilliseconds: MILLISECONDS_PER_DAY / 2 - (now % MILLISECONDS_PER_DAY) };
}

function jobs(kind: Job['kind'], runs: readonly PlannedRun[]): readonly Job[] {
  return runs.map((run) => ({ kind, run }));
}

async function request({ client }: Store, runs: readonly PlannedRun[]): Promise<void> {
  for (const { runId, workflow, userId } of runs) {
    const user = { id: userId, roles: [] };
    const requested = {
      status: 'requested',
      requestDigest: 'bench',
      digestKey: Buffer.alloc(DIGEST_KEY_BYTES).toString('base64url'),
      requestedAt: new Date().toISOString(),
    } as const;
    const run = requestRun({ tenant: TENANT, runId, workflow, agent: workflow, user, ...requested });
    await transact(client, { run });
  }
}

/** From this instant on nobody leases under another cap than the lower one. */
async function lower(store: Store, fleet: Fleet, budgets: Budgets): Promise<void> {
  const lowered = budgetsOf({ tenant: LOWERED_TENANT_USD });
  await announce(store, budgets, lowered);
  await fleet.change(lowered);
  await sleep(ARRIVED_MILLISECONDS);
  await announce(store, lowered, lowered);
}

async function raise(store: Store, fleet: Fleet, budgets: Budgets): Promise<void> {
  await announce(store, budgetsOf({ tenant: LOWERED_TENANT_USD }), budgets);
  await fleet.change(budgets);
  await sleep(ARRIVED_MILLISECONDS);
  await announce(store, budgets, budgets);
}

/** Says in the counters' own stream which caps are in force: either, while processes learn of the other. */
async function announce({ client }: Store, one: Budgets, other: Budgets): Promise<void> {
  const caps = Object.fromEntries(
    SCOPES.flatMap((scope: Scope): [Scope, number[]][] => {
      const usd = [one.daily_usd[scope], other.daily_usd[scope]].filter((each) => each !== undefined);
      return usd.length === 0 ? [] : [[scope, [...new Set(usd.map(microDollars))]]];
    }),
  );
  await mark(client, CAPS, randomUUID(), { caps });
}

function account({ client, tables }: Store): Promise<LedgerAccount> {
  const name = (variable: keyof typeof tables) => tables[variable] ?? '';
  const names = {
    ...{ runs: name(ENV.runsTable), warrants: name(ENV.warrantsTable) },
    ...{ events: name(ENV.eventsTable), budgets: name(ENV.budgetsTable) },
  };
  return ledgerAccount(client, names, TENANT);
}
