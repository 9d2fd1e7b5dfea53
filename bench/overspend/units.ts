import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import { RUNS, runKey } from '../../contracts/tables.ts';
import { DIGEST_KEY_BYTES } from '../../domain/audit/keyed-digest.ts';
import { openBudget, type RunCaps, settle } from '../../domain/budget/budget.ts';
import { transact } from '../../functions/adapters/dynamodb.ts';
import { holdForCall, settleHold } from '../../functions/adapters/run-holds.ts';
import { type OpenRunRecord, readOpenedRun } from '../../functions/adapters/runs.ts';
import { environment } from '../../functions/runtime/environment.ts';
import { writeAll } from '../../local/batch-write.ts';
import { median } from '../measure/statistics.ts';
import { createStore } from './store.ts';
import { TENANT } from './workload.ts';

const MANY_RUNS = 10_000;
const PAIRS = 200;
const WARM_UP_PAIRS = 20;
const [HOLD, COST] = [400, 150];

/** Of the budget's part of a governed call, on the run's item. */
export interface BudgetPart {
  readonly openRuns: number;
  readonly holdUnits: number;
  readonly settleUnits: number;
  readonly holdMilliseconds: number;
  readonly settleMilliseconds: number;
}

/** A hold and its settlement with one open run in the table, and with ten thousand; medians, one after the other. */
export async function budgetParts(endpoint: string): Promise<readonly BudgetPart[]> {
  const { client } = await createStore(endpoint);
  const run = openRecord(0);
  await putRuns(client, [run]);
  const alone = await measured(client, run, 1);
  await putRuns(
    client,
    Array.from({ length: MANY_RUNS - 1 }, (_, index) => openRecord(index + 1)),
  );
  return [alone, await measured(client, run, MANY_RUNS)];
}

async function measured(
  client: DynamoDBDocumentClient,
  run: OpenRunRecord,
  openRuns: number,
): Promise<BudgetPart> {
  const counting = countingUnits(client);
  const caps: RunCaps = { microDollars: run.capMicroDollars, calls: Number.MAX_SAFE_INTEGER };
  const settlement = settle(HOLD, COST);
  const samples: Omit<BudgetPart, 'openRuns'>[] = [];
  for (let pair = 0; pair < WARM_UP_PAIRS + PAIRS; pair += 1) {
    const current = await readOpenedRun(client, run);
    const startedAt = performance.now();
    await transact(counting.client, { run: holdForCall(current, caps, HOLD) });
    const heldAt = performance.now();
    const holdUnits = counting.units();
    await transact(counting.client, { run: settleHold(run, settlement) });
    const settledAt = performance.now();
    samples.push({
      ...{ holdUnits, settleUnits: counting.units() },
      ...{ holdMilliseconds: heldAt - startedAt, settleMilliseconds: settledAt - heldAt },
    });
  }
  const middle = (of: (sample: Omit<BudgetPart, 'openRuns'>) => number) =>
    median(samples.slice(WARM_UP_PAIRS).map(of));
  return {
    openRuns,
    holdUnits: middle((sample) => sample.holdUnits),
    settleUnits: middle((sample) => sample.settleUnits),
    holdMilliseconds: middle((sample) => sample.holdMilliseconds),
    settleMilliseconds: middle((sample) => sample.settleMilliseconds),
  };
}

/** A client that asks for the capacity of each transaction, which the product need not. */
function countingUnits(client: DynamoDBDocumentClient) {
  let last = 0;
  const send = async (command: TransactWriteCommand): Promise<TransactWriteCommandOutput> => {
    const answer = await client.send(
      new TransactWriteCommand({ ...command.input, ReturnConsumedCapacity: 'TOTAL' }),
    );
    last = (answer.ConsumedCapacity ?? []).reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    return answer;
  };
  return {
    units: () => last,
    client: new Proxy(client, {
      get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
    }),
  };
}

/** As open-run leaves it, of a day on which everything has a cap. */
function openRecord(number: number): OpenRunRecord {
  const at = new Date().toISOString();
  const budget = openBudget(1_000_000_000);
  return {
    ...{ tenant: TENANT, runId: `run-${String(number).padStart(36, '0')}`, workflow: 'desk', agent: 'desk' },
    ...{ user: { id: `user-${number}`, roles: ['customer'] }, requestDigest: '0'.repeat(64) },
    digestKey: Buffer.alloc(DIGEST_KEY_BYTES).toString('base64url'),
    ...{ status: 'open', mode: 'autonomous', requestedAt: at, openedAt: at },
    ...{ policyDigest: '0'.repeat(64), envelopeDigest: '0'.repeat(64), ...budget },
    ...{ leaseDay: at.slice(0, 10), leaseScopes: ['tenant', 'user', 'workflow'], countedMicroDollars: 0 },
  };
}

async function putRuns(client: DynamoDBDocumentClient, runs: readonly OpenRunRecord[]): Promise<void> {
  const tableName = environment(ENV.runsTable);
  const writes = runs.map((run) => ({ tableName, item: { ...run, [RUNS.partitionKey]: runKey(run) } }));
  await writeAll(client as never, writes);
}
