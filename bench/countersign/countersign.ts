import { join } from 'node:path';
import { type Emulator, type LocalCloud, startEmulator, startLocalCloud } from '../../local/cloud.ts';
import { deploy } from '../../local/deploy.ts';
import { policiesWith } from '../../local/policies.ts';
import type { Progress } from '../../local/progress.ts';
import type { Bench } from '../bench.ts';
import { seeded } from '../decision/seeded.ts';
import { quantile } from '../measure/statistics.ts';
import { table } from '../measure/table.ts';
import { accountOf } from './account.ts';
import { allWaiting, answerAll, startRuns } from './workload.ts';

const RUNS = Number(process.env.COUNTERSIGN_RUNS ?? 500);
const SEED = Number(process.env.COUNTERSIGN_SEED ?? 1);

/**
 * Runs that wait for people at once on a deployed local cloud, answered in random order, several times each and at once, some of it
 * by somebody who says the opposite. Every run must end with the one verdict that counts, every effect at most once.
 */
export const countersign: Bench = async (progress) => {
  const emulator = await startEmulator(progress);
  const cloud = await startLocalCloud({ emulator, progress });
  try {
    return await measured(cloud, emulator, progress);
  } finally {
    await cloud.stop();
  }
};

/** A deployment in which every function is another one, while all of them wait. */
async function deployOtherCode(cloud: LocalCloud, { folder }: Emulator, progress: Progress): Promise<void> {
  const policyFiles = { 'budgets.yaml': join(import.meta.dirname, 'budgets.yaml') };
  const policies = policiesWith(policyFiles, join(folder.temporary, 'other-policies'));
  const context = { prefix: cloud.prefix, recordedProvider: 'true', policies };
  await deploy({ endpoint: cloud.endpoint, folder, context, progress });
}

async function measured(cloud: LocalCloud, emulator: Emulator, progress: Progress): ReturnType<Bench> {
  const begin = Date.now();
  const seconds = () => (Date.now() - begin) / 1000;
  const ids = await startRuns(cloud, RUNS, progress);
  const approvals = await allWaiting(cloud, RUNS, progress);
  const waiting = seconds();
  progress.step(`${approvals.length} runs wait at once`);
  await deployOtherCode(cloud, emulator, progress);
  const sendings = await answerAll(cloud, approvals, seeded(SEED), progress);
  progress.step(`${sendings.sent} verdicts sent`);
  const closed = seconds();
  const account = await accountOf(cloud, ids);
  const wrong = [...account.wrong, ...sendings.otherAnswers];
  const toEnd = [0.5, 0.95, 1].map((share) => quantile(account.milliseconds, share) / 1000);
  const [p50 = 0, p95 = 0, most = 0] = toEnd;
  return {
    report: [
      table([
        ['runs that waited at once', String(approvals.length)],
        ['verdicts sent', String(sendings.sent)],
        ['  taken, or the same again', String(sendings.taken)],
        ['  too late: somebody else had decided', String(sendings.tooLate)],
        ['approved', String(account.approved)],
        ['rejected', String(account.rejected)],
        ['effects', String(account.effects)],
        ['runs with anything wrong', String(wrong.length)],
        ['s until all waited', waiting.toFixed(1)],
        ['s until all were answered and closed', closed.toFixed(1)],
        ['s from verdict to the end of the run, median', p50.toFixed(1)],
        ['s from verdict to the end of the run, 95 %', p95.toFixed(1)],
        ['s from verdict to the end of the run, most', most.toFixed(1)],
      ]),
      ...wrong.slice(0, 20),
    ],
    summary: {
      bench: 'countersign',
      runs: approvals.length,
      verdicts_sent: sendings.sent,
      too_late: sendings.tooLate,
      approved: account.approved,
      rejected: account.rejected,
      effects: account.effects,
      wrong: wrong.length,
      seconds_to_wait: waiting,
      seconds_to_close: closed,
      verdict_to_end_seconds: { p50, p95, most },
    },
    passed:
      wrong.length === 0 &&
      approvals.length === RUNS &&
      account.approved + account.rejected === RUNS &&
      account.effects === account.approved,
  };
}
