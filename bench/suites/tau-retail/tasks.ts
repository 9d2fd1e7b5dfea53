import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CallResult } from '../../../contracts/call.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { localClient } from '../../../local/aws.ts';
import type { LocalCloud } from '../../../local/cloud.ts';
import { loadShop, type ShopDocuments } from '../../../local/shop/load.ts';
import type { Suite } from '../suite.ts';
import { messageOf, policyOfError } from './clauses.ts';
import { forEach, type Governed, governedRuns } from './governed.ts';
import { DATA, type RecordedCall, readDatabase, readRecordings, type Task } from './recorded.ts';

/**
 * Ground-truth calls of tau2-bench retail, each as a proposal of a governed run for the task's customer, every result
 * compared with the recorded one. A task has a tenant of its own, with the whole database as shipped. What policy
 * wants countersigned is approved by the sample support manager.
 */
export const tauRetail: Suite = (folder = DATA) => {
  const { tasks } = readRecordings(folder);
  return async (cloud, selected, print) => {
    const database = await readDatabase(folder);
    const selectedTasks = tasks.filter((_, index) => selected(index));
    const { writes, writes_allowed, ...summary } = await runTasks(cloud, database, selectedTasks, print);
    return { summary, passed: areAsRecorded(summary) };
  };
};

export type TasksSummary = Awaited<ReturnType<typeof runTasks>>;

export async function runTasks(
  cloud: LocalCloud,
  database: ShopDocuments,
  tasks: readonly Task[],
  print: (line: string) => void,
) {
  const govern = await governedRuns(cloud);
  const outcomes: TaskOutcome[] = [];
  await forEach(tasks, async (task) => {
    const outcome = await runTask(cloud, govern, database, task);
    outcomes.push(outcome);
    print(lineOf(task, outcome));
  });
  const sum = (count: (outcome: TaskOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  return {
    suite: 'tau-retail',
    tasks: outcomes.length,
    calls: sum(({ calls }) => calls),
    allowed: sum(({ allowed }) => allowed),
    asked: sum(({ asked }) => asked),
    denied: sum(({ denied }) => denied),
    refused_rightly: sum(({ refusedRightly }) => refusedRightly.length),
    writes: sum(({ writes }) => writes),
    writes_allowed: sum(({ writesAllowed }) => writesAllowed),
    results_equal: sum(({ equal }) => equal),
    results_different: sum(({ differences }) => differences.length),
  };
}

/** Every result is the recorded one, and nothing was refused but what the recorded tool refused for the same reason. */
export function areAsRecorded(
  summary: Pick<TasksSummary, 'calls' | 'denied' | 'refused_rightly' | 'results_equal' | 'results_different'>,
): boolean {
  const { calls, denied, refused_rightly, results_equal, results_different } = summary;
  return results_different === 0 && results_equal === calls && denied === refused_rightly;
}

interface TaskOutcome {
  readonly calls: number;
  readonly allowed: number;
  readonly asked: number;
  readonly denied: number;
  readonly writes: number;
  readonly writesAllowed: number;
  /** Calls that the recorded tool refused, and here the policy of the same clause; these are among the equal ones. */
  readonly refusedRightly: readonly string[];
  readonly equal: number;
  readonly differences: readonly string[];
}

async function runTask(
  cloud: LocalCloud,
  govern: Governed,
  documents: ShopDocuments,
  { id, user_id, calls }: Task,
): Promise<TaskOutcome> {
  const tenant = `tau-retail-${id}`;
  const client = new DynamoDBClient(localClient(cloud.endpoint));
  await loadShop({ documents, tenant, prefix: cloud.prefix, client });
  const run = { tenant, userId: user_id, calls, clientToken: tenant, verdict: 'approve' } as const;
  const { results, asked } = await govern(run);
  const differences = calls.flatMap((call, index) => difference(call, results[index]) ?? []);
  const executed = results.filter(({ decision }) => decision === 'allow').length;
  const writes = calls.flatMap(({ effect }, index) => (effect === 'write' ? [results[index]] : []));
  return {
    calls: calls.length,
    allowed: executed - asked,
    asked,
    denied: results.filter(({ decision }) => decision === 'deny').length,
    writes: writes.length,
    writesAllowed: writes.filter((result) => result?.decision === 'allow').length,
    refusedRightly: calls.flatMap((call, index) => refusal(call, results[index]) ?? []),
    equal: calls.length - differences.length,
    differences,
  };
}

/** What sets a call's result apart from the recorded one; undefined when nothing does. */
function difference(call: RecordedCall, actual: CallResult | undefined): string | undefined {
  if (refusal(call, actual) !== undefined) {
    return undefined;
  }
  const { tool, result } = call;
  if (actual?.decision !== 'allow') {
    const why =
      actual?.decision === 'deny' ? actual.reasons.map(({ message }) => message).join('; ') : 'no result';
    return `${tool}: ${actual?.decision ?? 'not reached'}, ${why}`;
  }
  const message = messageOf(call);
  if (message !== undefined) {
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

/** Of a call that the recorded tool refused: that the policy of the very clause has refused it, and nothing else. */
function refusal(call: RecordedCall, actual: CallResult | undefined): string | undefined {
  const expected = policyOfError(call);
  if (expected === undefined || actual?.decision !== 'deny' || actual.policies.join() !== expected) {
    return undefined;
  }
  return `${call.tool}: refused by ${expected}, recorded as '${messageOf(call)}'`;
}

function lineOf({ id }: Task, outcome: TaskOutcome): string {
  const { calls, allowed, asked, denied, equal, refusedRightly, differences } = outcome;
  const counts = `${calls} calls: ${allowed} allowed, ${asked} asked, ${denied} denied, ${equal} as recorded`;
  const details = [...refusedRightly, ...differences].map((each) => `          ${each}`);
  return [`task ${id.padStart(3)}  ${counts}`, ...details].join('\n');
}
