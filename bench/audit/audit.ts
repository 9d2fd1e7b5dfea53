import { startEmulator } from '../../local/cloud.ts';
import type { Progress } from '../../local/progress.ts';
import type { Bench } from '../bench.ts';
import { emulatorClients } from './emulator-clients.ts';
import { BUSY, type InProcess, inThisProcess, STEADY } from './in-process.ts';
import { byPrefix, type Prefix } from './prefixes.ts';
import { reportOf, summaryOf } from './report.ts';
import { type BothVerified, verified } from './verified.ts';
import { type Written, writeLog } from './written-log.ts';

/** `LOG_EVENTS=100000` leaves out what is larger. */
const MOST_EVENTS = Number(process.env.LOG_EVENTS ?? 1_000_000);
const SIZES = [10_000, 100_000, 1_000_000].filter((size) => size <= MOST_EVENTS);
/** A log of some size, in the emulator. */
export interface InEmulator {
  readonly written: Written;
  readonly prefixes: Readonly<Record<string, Prefix>>;
  readonly verified: BothVerified;
}

export interface Everything {
  readonly emulator: readonly InEmulator[];
  readonly busy: InProcess;
  readonly steady: InProcess;
}

/**
 * The log, by the functions that write it: how fast, how many objects and bytes, what it costs, and how long it takes to verify. In the
 * emulator, and with what the functions ask of AWS answered in this process: the difference is the emulator and the way to it.
 */
export const audit: Bench = async (progress) => {
  const busy = await inThisProcess(BUSY);
  progress.step(`${BUSY.events} events in full batches, in this process`);
  const steady = await inThisProcess(STEADY);
  progress.step(`${STEADY.events} events at 10 calls a second, in this process`);
  const emulator: InEmulator[] = [];
  for (const events of SIZES) {
    emulator.push(await inEmulator(events, progress));
  }
  const everything = { emulator, busy, steady };
  return { report: reportOf(everything), summary: summaryOf(everything) };
};

/** Each in an emulator of its own, which keeps everything in memory. */
async function inEmulator(events: number, progress: Progress): Promise<InEmulator> {
  const emulator = await startEmulator(progress);
  try {
    const clients = await emulatorClients(emulator.endpoint);
    const written = await writeLog(clients, { ...BUSY, events });
    progress.step(`${events} events in the emulator's log, in ${written.rounds} rounds`);
    const prefixes = byPrefix(await clients.sizes());
    const verdict = await verified(clients);
    progress.step(`verified in ${verdict.ours.seconds.toFixed(1)} s`);
    return { written, prefixes, verified: verdict };
  } finally {
    await emulator.stop();
  }
}
