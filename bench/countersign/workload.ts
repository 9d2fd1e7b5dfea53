import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, apiClient } from '../../cli/client.ts';
import { CommandFailure } from '../../cli/failure.ts';
import type { ApprovalView } from '../../contracts/api.ts';
import type { Verdict } from '../../contracts/events.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import type { Progress } from '../../local/progress.ts';
import type { seeded } from '../decision/seeded.ts';

export const TENANT = 'countersign';
const WORKFLOW = 'store-operations';
/** Above what needs nobody. Adding twice would be seen: the function behind the tool takes no key and adds what it is told. */
export const POINTS = 600;
const STAFF = { id: 'ines_okafor', roles: ['store_staff'] };
const MANAGERS = ['maria', 'theo'] as const;

/** Runs that are on their way into the wait, or out of it: each has processes of its own then, of which two cores bear few. */
const AT_ONCE = 6;
const POLL_MILLISECONDS = 300;
const DEADLINE_MILLISECONDS = 1_800_000;
/** A verdict is sent so often at most; which of them come from the other manager, and say the opposite, is drawn. */
const MOST_SENDINGS = 4;
const SHARE_OF_REJECTIONS = 0.35;
const SHARE_OF_CONTRADICTIONS = 0.25;

/** What was sent, and how the API took it. */
export interface Sendings {
  readonly sent: number;
  /** Answers 200, which the same verdict gets again. */
  readonly taken: number;
  /** Answers 409: somebody else had decided. */
  readonly tooLate: number;
  readonly otherAnswers: readonly string[];
}

export function memberOf(index: number): string {
  return `waiting_${index}`;
}

/** @returns ids of the runs, in the order of their members */
export async function startRuns(
  cloud: LocalCloud,
  runs: number,
  progress: Progress,
): Promise<readonly string[]> {
  const app = apiClient(cloud.connectionOf('app'));
  const ids: string[] = [];
  await each(AT_ONCE, [...Array(runs).keys()], async (index) => {
    const proposal = {
      tool: 'loyalty.add_points',
      arguments: { member_id: memberOf(index), points: POINTS, reason: 'goodwill' },
    };
    const input = { proposals: [proposal] };
    const request = { tenant: TENANT, user: STAFF, input, clientToken: randomUUID() };
    const { runId } = await app.startRun(WORKFLOW, request);
    ids[index] = runId;
    await within(`run ${runId} waits`, async () => (await app.getRun(TENANT, runId)).waitingFor);
    progress.detail(`started ${ids.filter(Boolean).length} of ${runs} runs`);
  });
  return ids;
}

/** @returns every approval, once as many wait as there are runs */
export async function allWaiting(
  cloud: LocalCloud,
  runs: number,
  progress: Progress,
): Promise<readonly ApprovalView[]> {
  const manager = apiClient(cloud.connectionOf('maria'));
  return within(`${runs} runs wait at once`, async () => {
    const waiting = await manager.listApprovals(TENANT);
    progress.detail(`${waiting.length} of ${runs} runs wait`);
    return waiting.length >= runs ? waiting : undefined;
  });
}

/**
 * Answers all of them in random order, a few at once, each several times, and some with the opposite by somebody else; the others wait
 * meanwhile.
 */
export async function answerAll(
  cloud: LocalCloud,
  approvals: readonly ApprovalView[],
  random: ReturnType<typeof seeded>,
  progress: Progress,
): Promise<Sendings> {
  const clients = Object.fromEntries(MANAGERS.map((name) => [name, apiClient(cloud.connectionOf(name))]));
  const app = apiClient(cloud.connectionOf('app'));
  const sendingsOf = ({ approvalId }: ApprovalView) => {
    const verdict: Verdict = random() < SHARE_OF_REJECTIONS ? 'reject' : 'approve';
    return Array.from({ length: 1 + Math.floor(random() * MOST_SENDINGS) }, () => {
      const contradicts = random() < SHARE_OF_CONTRADICTIONS;
      const said: Verdict = contradicts ? opposite(verdict) : verdict;
      return { approvalId, verdict: said, by: MANAGERS[contradicts ? 1 : 0] };
    });
  };
  const counts = { sent: 0, taken: 0, tooLate: 0, otherAnswers: [] as string[] };
  const send = async ({ approvalId, verdict, by }: ReturnType<typeof sendingsOf>[number]) => {
    const client = clients[by] as ApiClient;
    try {
      await client.decideApproval(approvalId, { tenant: TENANT, verdict });
      counts.taken += 1;
    } catch (error) {
      if (error instanceof CommandFailure && error.code === 'already_decided') {
        counts.tooLate += 1;
      } else {
        counts.otherAnswers.push(`${approvalId}: ${(error as Error).message}`);
      }
    }
    counts.sent += 1;
  };
  const rest = shuffled(approvals, random);
  while (rest.length > 0) {
    const group = rest.splice(0, AT_ONCE);
    await each(AT_ONCE, shuffled(group.flatMap(sendingsOf), random), send);
    for (const { runId } of group) {
      await within(`run ${runId} ends`, async () => (await app.getRun(TENANT, runId)).closedAt);
    }
    progress.detail(`${approvals.length - rest.length} of ${approvals.length} approvals answered`);
  }
  return counts;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}

function opposite(verdict: Verdict): Verdict {
  return verdict === 'approve' ? 'reject' : 'approve';
}

async function within<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`${what}: not within ${DEADLINE_MILLISECONDS / 60_000} minutes`);
}

async function each<T>(
  atOnce: number,
  values: readonly T[],
  work: (value: T) => Promise<void>,
): Promise<void> {
  const rest = values.values();
  // the workers share one iterator, so each value is taken once
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const value of rest) {
        await work(value);
      }
    }),
  );
}
