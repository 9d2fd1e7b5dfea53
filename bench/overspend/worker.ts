import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { runKey, WARRANTS } from '../../contracts/tables.ts';
import type { Budgets } from '../../domain/budget/daily-caps.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import { queryAll, transact } from '../../functions/adapters/dynamodb.ts';
import { readRun } from '../../functions/adapters/runs.ts';
import { finishRun } from '../../functions/adapters/unfinished-runs.ts';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { openRun } from '../../functions/open-run/open-run.ts';
import { environment } from '../../functions/runtime/environment.ts';
import { naiveCall } from './naive.ts';
import { paidCall, type Surroundings, settleLate } from './paid-call.ts';
import { clientOf } from './store.ts';
import { bundleOf, type PlannedRun, plannedCall, TENANT } from './workload.ts';

/** `drive` is a run's state machine, `reconcile` what looks after it once that has ended, `naive` what a run is compared with. */
export type Job = { readonly kind: 'drive' | 'reconcile' | 'naive'; readonly run: PlannedRun };

export type ToWorker = { readonly job: Job } | { readonly budgets: Budgets; readonly change: number };
export type FromWorker =
  | { readonly done: Job; readonly undecided: readonly string[] }
  | { readonly changed: number };

/** What the parent tells a worker in its environment, as JSON. */
export const SETTINGS = 'OVERSPEND_SETTINGS';
export interface Settings {
  readonly endpoint: string;
  readonly seed: string;
  /** Added to the time of day, so that it is noon when a bench starts, and one day until it ends. */
  readonly offsetMilliseconds: number;
  readonly budgets: Budgets;
}

/** Calls of one run under way at a time. */
const CALLS_AT_ONCE = 2;

/** In a process of its own, whose parent sends it work and may kill it at any instant. */
export function work({ endpoint, seed, offsetMilliseconds, budgets }: Settings): void {
  let bundle = bundleOf(budgets);
  /** Calls that may yet lease under the caps that were in force when they began. */
  const underWay = new Set<Promise<unknown>>();
  const surroundings: Surroundings = {
    client: clientOf(endpoint),
    bundle: () => bundle,
    clock: () => new Date(Date.now() + offsetMilliseconds),
  };
  const tell = (message: FromWorker) => process.send?.(message);
  process.on('disconnect', () => process.exit());
  process.on('message', async (message: ToWorker) => {
    if ('job' in message) {
      const undecided: string[] = [];
      await carryOut(message.job, seed, surroundings, underWay, undecided);
      tell({ done: message.job, undecided });
      return;
    }
    bundle = bundleOf(message.budgets);
    await Promise.allSettled(underWay);
    tell({ changed: message.change });
  });
}

async function carryOut(
  { kind, run }: Job,
  seed: string,
  surroundings: Surroundings,
  underWay: Set<Promise<unknown>>,
  undecided: string[],
): Promise<void> {
  const attempt = async (step: () => Promise<unknown>, name: string) => {
    const promise = step().catch((error: Error) => undecided.push(`${run.runId} ${name}: ${error.message}`));
    underWay.add(promise);
    await promise;
    underWay.delete(promise);
  };
  const { client, bundle, clock } = surroundings;
  const reference = { tenant: TENANT, runId: run.runId };
  if (kind === 'reconcile') {
    await attempt(() => reconcile(run, seed, surroundings), 'reconcile');
    return;
  }
  if (kind === 'drive') {
    // whoever was killed may have come to the end of it: a machine does not open again what it has closed
    if ((await readRun(client, reference))?.status === 'closed') {
      return;
    }
    const opening = { client, bundle: bundle(), clock, recordPolicyChange: async () => {} };
    await attempt(() => openRun(reference, opening), 'open');
  }
  const indices = Array.from({ length: run.calls }, (_, index) => index).values();
  const caller = async () => {
    for (const index of indices) {
      const call = plannedCall(run, index, seed);
      const make =
        kind === 'drive'
          ? () => paidCall(reference, call, surroundings)
          : () => naiveCall(call, surroundings);
      await attempt(make, call.callId);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller));
  if (kind === 'drive') {
    const input = {
      run: reference,
      plan: { turn: 1, next: 'close', calls: [], outcome: 'completed' },
    } as const;
    await attempt(() => closeRun(input, { client, bundle: bundle(), clock }), 'close');
  }
}

/** As functions/reconcile, with the executors that it invokes in this process. */
async function reconcile(run: PlannedRun, seed: string, surroundings: Surroundings): Promise<void> {
  const { client, bundle, clock } = surroundings;
  const reference = { tenant: TENANT, runId: run.runId };
  const error = { Error: 'ExecutionEnded', Cause: 'it was killed' };
  await closeRun({ run: reference, error }, { client, bundle: bundle(), clock });
  for (const warrant of await unsettled(client, reference)) {
    const index = Number(warrant.callId.split('-')[0]) - 1;
    await settleLate(warrant, plannedCall(run, index, seed).definition, surroundings);
  }
  const record = await readRun(client, reference);
  if (record !== undefined) {
    await transact(client, finishRun(record));
  }
}

async function unsettled(
  client: DynamoDBDocumentClient,
  run: { readonly tenant: string; readonly runId: string },
): Promise<readonly Warrant[]> {
  const warrants = (await queryAll(client, {
    TableName: environment(ENV.warrantsTable),
    ConsistentRead: true,
    KeyConditionExpression: '#run = :run',
    ExpressionAttributeNames: { '#run': WARRANTS.partitionKey },
    ExpressionAttributeValues: { ':run': runKey(run) },
  })) as unknown as readonly Warrant[];
  return warrants.filter(({ state }) => state === 'authorized' || state === 'executing');
}

const settings = process.env[SETTINGS];
if (settings !== undefined) {
  work(JSON.parse(settings));
}
