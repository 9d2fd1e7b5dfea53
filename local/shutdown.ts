import { constants } from 'node:os';
import { LocalCloudError } from './failure.ts';

const PARENT_POLL_MILLISECONDS = 1000;

type CleanUp = () => Promise<void>;

const cleanUps = new Set<CleanUp>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let watching = false;
let leaving = false;

/**
 * Runs `cleanUp` when this process is told to end or fails unexpectedly.
 *
 * @returns takes the promise back, for what was cleaned up in the ordinary course
 */
export function onShutdown(cleanUp: CleanUp): () => void {
  watch();
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

/** Cleans up, newest first, and ends the process. A failing clean-up is reported and does not keep the others. */
async function leave(exitCode: number): Promise<never> {
  if (leaving) {
    return new Promise<never>(() => {});
  }
  leaving = true;
  let code = exitCode;
  for (const cleanUp of [...cleanUps].reverse()) {
    await cleanUp().catch((error: Error) => {
      console.error(error.message);
      code ||= 1;
    });
  }
  process.exit(code);
}

/** Resolves when somebody interrupts the process, which is then how it is meant to end. */
export function untilInterrupted(): Promise<void> {
  return new Promise((interrupted) => {
    for (const signal of signals) {
      process.removeAllListeners(signal).on(signal, () => interrupted());
    }
  });
}

/** Runs a command to its exit code, and leaves with it; an expected failure is one message, not a stack trace. */
export async function runCommand(command: () => Promise<number>): Promise<never> {
  watch();
  try {
    return await leave(await command());
  } catch (error) {
    return leave(report(error));
  }
}

/** @returns the exit code */
function report(error: unknown): number {
  if (!(error instanceof LocalCloudError)) {
    console.error(error);
    return 1;
  }
  console.error(error.message);
  return error.exitCode;
}

function watch(): void {
  if (watching) {
    return;
  }
  watching = true;
  for (const signal of signals) {
    process.on(signal, () => leave(128 + constants.signals[signal]));
  }
  // Killed, our parent takes nobody with it.
  const parent = process.ppid;
  const onOrphaned = () => process.ppid === parent || void leave(128 + constants.signals.SIGHUP);
  setInterval(onOrphaned, PARENT_POLL_MILLISECONDS).unref();
  process.on('uncaughtException', (error) => leave(report(error)));
  for (const stream of [process.stdout, process.stderr]) {
    // nobody reads any more, as behind `| head`: to report that would fail in the same way, for ever
    stream.on('error', () => void leave(128 + constants.signals.SIGPIPE));
  }
}
