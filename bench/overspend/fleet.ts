import { type ChildProcess, fork } from 'node:child_process';
import type { Budgets } from '../../domain/budget/daily-caps.ts';
import type { Store } from './store.ts';
import { type FromWorker, type Job, SETTINGS, type Settings, type ToWorker } from './worker.ts';

const WORKERS = 4;
/** Of each worker. */
const RUNS_AT_ONCE = 4;
/** Of runs whose worker was killed: so many go on with another, as after a retry; the others have ended, as when their machine has. */
const RETRIED_SHARE = 0.75;

interface Worker {
  readonly child: ChildProcess;
  readonly jobs: Set<Job>;
}

export interface Fleet {
  /** Carries out jobs, in processes that may be killed. @returns once each is done, by whoever it is then */
  readonly carryOut: (jobs: readonly Job[], onDone?: (done: number) => void) => Promise<void>;
  /** All that begins from now on, in every process, is held to other caps. @returns once nothing else is under way */
  readonly change: (budgets: Budgets) => Promise<void>;
  /** What could not be done in all its tries. */
  readonly undecided: readonly string[];
  readonly stop: () => void;
}

export function startFleet(store: Store, settings: Settings): Fleet {
  const workers = new Set<Worker>();
  const undecided: string[] = [];
  let { budgets } = settings;
  let changes = 0;
  let waiting: Job[] = [];
  let onJobDone: () => void = () => {};
  const acknowledged = new Map<Worker, number>();
  let onChanged: () => void = () => {};
  let stopped = false;

  function start(): void {
    const child = fork(new URL('./worker.ts', import.meta.url), {
      env: { ...process.env, ...store.tables, [SETTINGS]: JSON.stringify({ ...settings, budgets }) },
    });
    const worker: Worker = { child, jobs: new Set() };
    workers.add(worker);
    acknowledged.set(worker, changes);
    child.on('message', (message: FromWorker) => {
      if ('changed' in message) {
        acknowledged.set(worker, message.changed);
        onChanged();
        return;
      }
      undecided.push(...message.undecided);
      const job = [...worker.jobs].find(
        ({ kind, run }) => kind === message.done.kind && run.runId === message.done.run.runId,
      );
      if (job !== undefined) {
        worker.jobs.delete(job);
        onJobDone();
      }
      fill();
    });
    child.on('exit', () => {
      workers.delete(worker);
      waiting = [...[...worker.jobs].map(afterKill), ...waiting];
      onChanged();
      if (!stopped) {
        fill();
      }
    });
    // a message to a process that was just killed: its end is told as well
    child.on('error', () => {});
  }

  function fill(): void {
    while (workers.size < WORKERS && waiting.length > 0) {
      start();
    }
    for (const worker of workers) {
      while (worker.jobs.size < RUNS_AT_ONCE && waiting.length > 0) {
        const job = waiting.shift();
        if (job !== undefined) {
          worker.jobs.add(job);
          tell(worker, { job });
        }
      }
    }
  }

  function tell({ child }: Worker, message: ToWorker): void {
    if (child.connected) {
      child.send(message, () => {});
    }
  }

  return {
    undecided,
    carryOut: (jobs, onDone = () => {}) =>
      new Promise((resolve) => {
        let done = 0;
        onJobDone = () => {
          done += 1;
          onDone(done);
          if (done === jobs.length) {
            resolve();
          }
        };
        waiting = [...jobs];
        fill();
      }),
    change: (changed) =>
      new Promise((resolve) => {
        budgets = changed;
        changes += 1;
        onChanged = () => {
          if ([...workers].every((worker) => (acknowledged.get(worker) ?? 0) >= changes)) {
            onChanged = () => {};
            resolve();
          }
        };
        for (const worker of workers) {
          tell(worker, { budgets, change: changes });
        }
        onChanged();
      }),
    stop: () => {
      stopped = true;
      for (const { child } of workers) {
        child.kill('SIGKILL');
      }
    },
  };
}

function afterKill(job: Job): Job {
  return job.kind === 'drive' && Math.random() >= RETRIED_SHARE ? { ...job, kind: 'reconcile' } : job;
}
