import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, apiClient } from '../../../cli/client.ts';
import type { CallResult } from '../../../contracts/call.ts';
import type { LocalCloud } from '../../../local/cloud.ts';
import { type RunResults, resultsReader } from '../../../local/transcripts.ts';
import type { RecordedCall } from './recorded.ts';

/** The emulator keeps one core busy; more runs at once would only wait for each other. */
const RUNS_AT_ONCE = 2;
/** Who says it, one after the other. */
const MANAGERS = ['maria', 'theo'] as const;
const POLL_MILLISECONDS = 100;
const RUN_DEADLINE_MILLISECONDS = 120_000;

export interface GovernedRun {
  readonly tenant: string;
  /** The customer whom it is for. */
  readonly userId: string;
  readonly calls: readonly Pick<RecordedCall, 'tool' | 'args'>[];
  /** Unique in the tenant. */
  readonly clientToken: string;
  /** What the sample support managers say to whatever is asked. */
  readonly verdict: 'approve' | 'reject';
}

export interface RunAnswers {
  /** One for each call that was reached, in order. */
  readonly results: readonly CallResult[];
  /** How often people were asked. */
  readonly asked: number;
}

export type Governed = (run: GovernedRun) => Promise<RunAnswers>;

/** Runs calls, in their order, as proposals of one run of the support agent's workflow. */
export async function governedRuns(cloud: LocalCloud): Promise<Governed> {
  const readResults: RunResults = await resultsReader(cloud.endpoint);
  return async ({ tenant, userId, calls, clientToken, verdict }) => {
    const proposals = calls.map(({ tool, args }) => ({ tool: `retail.${tool}`, arguments: args }));
    const user = { id: userId, roles: ['customer'] };
    const app = apiClient(cloud.connectionOf('app'));
    const { runId } = await app.startRun('retail-support', {
      tenant,
      user,
      input: { proposals },
      clientToken,
    });
    const asked = await untilClosed(cloud, tenant, runId, verdict);
    return { results: await readResults({ tenant, runId }), asked };
  };
}

/** @returns how many approvals the run waited for */
async function untilClosed(
  cloud: LocalCloud,
  tenant: string,
  runId: string,
  verdict: GovernedRun['verdict'],
): Promise<number> {
  const app = apiClient(cloud.connectionOf('app'));
  const managers = MANAGERS.map((name) => apiClient(cloud.connectionOf(name)));
  const decided = new Set<string>();
  const deadline = Date.now() + RUN_DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    const { status, waitingFor } = await app.getRun(tenant, runId);
    if (status === 'closed') {
      return decided.size;
    }
    if (waitingFor !== undefined && !decided.has(waitingFor)) {
      await decide(managers, waitingFor, tenant, verdict);
      decided.add(waitingFor);
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`run ${runId} of ${tenant} did not close within ${RUN_DEADLINE_MILLISECONDS / 1000} s`);
}

/** As many as the approval takes say the same. */
async function decide(
  managers: readonly ApiClient[],
  approvalId: string,
  tenant: string,
  verdict: GovernedRun['verdict'],
): Promise<void> {
  for (const manager of managers) {
    const { state } = await manager.decideApproval(approvalId, { tenant, verdict });
    if (state !== 'waiting') {
      return;
    }
  }
  throw new Error(`approval ${approvalId} of ${tenant} waits for more than ${managers.length} people`);
}

/** Does a job for each, a few at a time. */
export async function forEach<T>(all: readonly T[], job: (each: T) => Promise<void>): Promise<void> {
  // the workers share one iterator, so each is taken once
  const queue = all.values();
  const worker = async () => {
    for (const each of queue) {
      await job(each);
    }
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, worker));
}
