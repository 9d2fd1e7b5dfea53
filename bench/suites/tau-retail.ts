import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { apiClient } from '../../cli/client.ts';
import type { CallResult } from '../../contracts/call.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { localClient } from '../../local/aws.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { loadShop, readShopFile, type ShopDocuments } from '../../local/shop/load.ts';
import { type RunResults, resultsReader } from '../../local/transcripts.ts';
import type { Suite } from './suite.ts';

interface RecordedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  /** `ValueError: <message>` when the recorded call failed. */
  readonly error?: string;
}

interface Task {
  readonly id: string;
  readonly user_id: string;
  readonly calls: readonly RecordedCall[];
}

const DEFAULT_FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** The emulator keeps one core busy; more tasks at once would only wait for each other. */
const TASKS_AT_ONCE = 2;
const POLL_MILLISECONDS = 100;
const TASK_DEADLINE_MILLISECONDS = 120_000;

/**
 * Ground-truth calls of tau2-bench retail, each as a proposal of a governed run for the task's customer, every result
 * compared with the recorded one. A task has a tenant of its own, with the whole database as shipped. What policy
 * wants countersigned is approved by the sample support manager.
 */
export const tauRetail: Suite = (folder = DEFAULT_FOLDER) => {
  const { tasks }: { readonly tasks: readonly Task[] } = JSON.parse(
    readFileSync(join(folder, 'tau-retail.json'), 'utf8'),
  );
  return async (cloud, selected, print) => {
    const shop = await readShopFile(join(folder, 'tau-retail-db.json'));
    const readResults = await resultsReader(cloud.endpoint);
    const outcomes: TaskOutcome[] = [];
    const queue = tasks.filter((_, index) => selected(index)).values();
    const worker = async () => {
      for (const task of queue) {
        const outcome = await runTask(cloud, shop, task, readResults);
        outcomes.push(outcome);
        print(lineOf(task, outcome));
      }
    };
    await Promise.all(Array.from({ length: TASKS_AT_ONCE }, worker));
    return summaryOf(outcomes);
  };
};

function summaryOf(outcomes: readonly TaskOutcome[]) {
  const sum = (count: (outcome: TaskOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const summary = {
    suite: 'tau-retail',
    tasks: outcomes.length,
    calls: sum(({ calls }) => calls),
    allowed: sum(({ allowed }) => allowed),
    asked: sum(({ asked }) => asked),
    denied: sum(({ denied }) => denied),
    results_equal: sum(({ equal }) => equal),
    results_different: sum(({ differences }) => differences.length),
  };
  return { summary, passed: summary.results_different === 0 && summary.results_equal === summary.calls };
}

interface TaskOutcome {
  readonly calls: number;
  readonly allowed: number;
  readonly asked: number;
  readonly denied: number;
  readonly equal: number;
  readonly differences: readonly string[];
}

async function runTask(
  cloud: LocalCloud,
  shop: ShopDocuments,
  task: Task,
  readResults: RunResults,
): Promise<TaskOutcome> {
  const tenant = `tau-retail-${task.id}`;
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  await loadShop({ documents: shop, tenant, prefix: cloud.prefix, client });
  const proposals = task.calls.map(({ tool, args }) => ({ tool: `retail.${tool}`, arguments: args }));
  const app = apiClient(cloud.connectionOf('app'));
  const user = { id: task.user_id, roles: ['customer'] };
  const started = { tenant, user, input: { proposals }, clientToken: tenant };
  const { runId } = await app.startRun('retail-support', started);
  const asked = await untilClosed(cloud, tenant, runId);
  const results = await readResults({ tenant, runId });
  const differences = task.calls.flatMap((call, index) => difference(call, results[index]) ?? []);
  const denied = results.filter(({ decision }) => decision === 'deny').length;
  const executed = results.filter(({ decision }) => decision === 'allow').length;
  return {
    calls: task.calls.length,
    allowed: executed - asked,
    asked,
    denied,
    equal: task.calls.length - differences.length,
    differences,
  };
}

/** Approves whatever the run waits for. @returns how many approvals it needed */
async function untilClosed(cloud: LocalCloud, tenant: string, runId: string): Promise<number> {
  const app = apiClient(cloud.connectionOf('app'));
  const manager = apiClient(cloud.connectionOf('maria'));
  const approved = new Set<string>();
  const deadline = Date.now() + TASK_DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    const { status, waitingFor } = await app.getRun(tenant, runId);
    if (status === 'closed') {
      return approved.size;
    }
    if (waitingFor !== undefined && !approved.has(waitingFor)) {
      await manager.decideApproval(waitingFor, { tenant, verdict: 'approve' });
      approved.add(waitingFor);
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`run ${runId} of ${tenant} did not close within ${TASK_DEADLINE_MILLISECONDS / 1000} s`);
}

/** What sets a call's result apart from the recorded one; undefined when nothing does. */
function difference(
  { tool, result, error }: RecordedCall,
  actual: CallResult | undefined,
): string | undefined {
  if (actual?.decision !== 'allow') {
    const why =
      actual?.decision === 'deny' ? actual.reasons.map(({ message }) => message).join('; ') : 'no result';
    return `${tool}: ${actual?.decision ?? 'not reached'}, ${why}`;
  }
  if (error !== undefined) {
    const message = error.replace(/^\w+: /, '');
    const same = actual.status === 'failed' && actual.error?.message === message;
    return same
      ? undefined
      : `${tool}: expected to fail with '${message}', got ${JSON.stringify(actual.error ?? actual.output)}`;
  }
  if (actual.status !== 'succeeded') {
    return `${tool}: ${actual.status}, ${actual.error?.message}`;
  }
  const [expected, got] = [canonicalJson(result), canonicalJson(actual.output)];
  return expected === got ? undefined : `${tool}: expected ${expected}, got ${got}`;
}

function lineOf({ id }: Task, { calls, allowed, asked, denied, equal, differences }: TaskOutcome): string {
  const counts = `${calls} calls: ${allowed} allowed, ${asked} asked, ${denied} denied, ${equal} as recorded`;
  return [`task ${id.padStart(3)}  ${counts}`, ...differences.map((each) => `          ${each}`)].join('\n');
}
