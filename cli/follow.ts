import { setTimeout as sleep } from 'node:timers/promises';
import type { EventType, LedgerEvent } from '../contracts/events.ts';
import type { ApiClient } from './client.ts';

const SHORTEST_WAIT_MILLISECONDS = 300;
/** A run that waits for people may wait for days: asking every 3 s is 1,200 requests an hour, a tenth of a cent. */
const LONGEST_WAIT_MILLISECONDS = 3000;

/** Nothing follows these, but what people may find out about a closed run's calls. */
const LAST: readonly EventType[] = ['run.closed', 'break_glass.rejected', 'break_glass.ended'];

/** Gives the events of a run as they happen, from the first one on, and ends with the run. */
export async function* followEvents(
  client: ApiClient,
  tenant: string,
  runId: string,
): AsyncGenerator<LedgerEvent> {
  let after: string | undefined;
  let waitMilliseconds = SHORTEST_WAIT_MILLISECONDS;
  for (;;) {
    const { events, next } = await client.getEvents(tenant, runId, after);
    for (const event of events) {
      yield event;
      if (LAST.includes(event.type)) {
        return;
      }
    }
    after = next;
    const longer = Math.min(waitMilliseconds * 1.5, LONGEST_WAIT_MILLISECONDS);
    waitMilliseconds = events.length > 0 ? SHORTEST_WAIT_MILLISECONDS : longer;
    await sleep(waitMilliseconds);
  }
}
