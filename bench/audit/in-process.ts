import { inMemoryClients } from './in-memory.ts';
import { byPrefix, type Prefix } from './prefixes.ts';
import { type Pace, type Written, writeLog } from './written-log.ts';

/** Enough of what is counted and priced: for each event it is the same at every size, but for the highest tiles. */
const EVENTS = 100_000;

/** A stream that is never empty: batches and rounds are as large as they may be. */
export const BUSY: Pace = { events: EVENTS, eventsInABatch: 1_000 };

/**
 * 10 calls, which are 30 events, a second: a new table's stream has 4 shards, each of them gathers 75 events in its ten seconds, and the
 * minute's round finds 24 batches.
 */
export const STEADY: Pace = { events: EVENTS, eventsInABatch: 75, batchesInARound: 24 };

/** One call in a minute: its two events are a batch each, as the emulator delivers them, and have a round to themselves. */
export const ALONE: Pace = { events: 2_000, eventsInABatch: 1, batchesInARound: 2 };

/** A log that was written by the product's functions with what they ask of AWS answered in this process. */
export interface InProcess {
  readonly written: Written;
  readonly prefixes: Readonly<Record<string, Prefix>>;
}

export async function inThisProcess(pace: Pace): Promise<InProcess> {
  const clients = inMemoryClients();
  const written = await writeLog(clients, pace);
  const sizes = new Map([...clients.objects].map(([key, bytes]) => [key, bytes.length]));
  return { written, prefixes: byPrefix(sizes) };
}
