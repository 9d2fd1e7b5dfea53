import { startEmulator } from '../../local/cloud.ts';
import type { Progress } from '../../local/progress.ts';
import type { Bench } from '../bench.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { type GovernedObserved, governedUnderKills } from './governed.ts';
import { CALLS, type Observed, underKills, undisturbed } from './on-a-store.ts';
import { reportOf } from './report.ts';
import { isAsItMust, summaryOf } from './summary.ts';
import { type BudgetPart, budgetParts } from './units.ts';
import { budgetsOf, CALLS_PER_RUN, CHUNK_USD, plannedRuns } from './workload.ts';

/** One hold or so, a few calls, and all that a run can hold. */
const CHUNKS_USD = [0.0004, CHUNK_USD, 0.01];
const PLENTY_USD = { tenant: 100, user: 100, workflow: 100 };
const RUNS_OF_A_CHUNK = 16;

/** What was found on one emulator of DynamoDB. */
export interface OnStore {
  readonly observed: Observed;
  readonly naive: Naive;
  readonly parts: readonly BudgetPart[];
}

/** The same calls, by a process that reads, compares and adds. */
export interface Naive {
  readonly calls: number;
  readonly maxOver: number;
}

/** Writes of Budgets' items for each call, all of them together. */
export interface ChunkWrites {
  readonly chunkUsd: number;
  readonly writesPerCall: number;
}

export interface Everything {
  readonly ministack: OnStore;
  readonly dynamodbLocal: OnStore | { readonly missing: string };
  readonly chunks: readonly ChunkWrites[];
  readonly governed: GovernedObserved;
}

/**
 * Nobody spends more than a cap, and nothing is left behind: calls at once, by processes that are killed at random, with every image of
 * every counter and run looked at afterwards; on two emulators of DynamoDB by the adapters alone, and through the deployed path.
 */
export const overspend: Bench = async (progress) => {
  const emulator = await startEmulator(progress);
  let ministack: OnStore;
  let chunks: readonly ChunkWrites[];
  try {
    ministack = await onStore(emulator.endpoint, 'MiniStack', progress);
    chunks = await writesOfChunks(emulator.endpoint);
    progress.step('writes to shared items counted');
  } finally {
    await emulator.stop();
  }
  const local = await startDynamoDbLocal();
  let dynamodbLocal: Everything['dynamodbLocal'];
  if ('missing' in local) {
    progress.step(`left out DynamoDB Local: ${local.missing}`);
    dynamodbLocal = local;
  } else {
    try {
      dynamodbLocal = await onStore(local.endpoint, 'DynamoDB Local', progress);
    } finally {
      await local.stop();
    }
  }
  const everything = { ministack, dynamodbLocal, chunks, governed: await governedUnderKills(progress) };
  return {
    report: reportOf(everything),
    summary: summaryOf(everything),
    passed: isAsItMust(everything),
  };
};

async function onStore(endpoint: string, name: string, progress: Progress): Promise<OnStore> {
  const parts = await budgetParts(endpoint);
  progress.step(`${name}: a hold and its settlement measured`);
  const naiveRuns = plannedRuns(Math.ceil(CALLS / CALLS_PER_RUN) + 1);
  const { findings, calls } = await undisturbed(endpoint, 'naive', budgetsOf(), naiveRuns);
  progress.step(`${name}: the naive counterpart is ${findings.maxOver} micro-dollars over`);
  return {
    observed: await underKills(endpoint, name, progress),
    naive: { calls, maxOver: findings.maxOver },
    parts,
  };
}

async function writesOfChunks(endpoint: string): Promise<readonly ChunkWrites[]> {
  const counted: ChunkWrites[] = [];
  for (const chunkUsd of CHUNKS_USD) {
    const runs = plannedRuns(RUNS_OF_A_CHUNK);
    const { findings, calls } = await undisturbed(endpoint, 'drive', budgetsOf(PLENTY_USD, chunkUsd), runs);
    counted.push({ chunkUsd, writesPerCall: findings.counterImages / calls });
  }
  return counted;
}
