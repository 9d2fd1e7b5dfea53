import { isMetered, type MeteredEvent, MeteredEventShape } from '../../domain/metering/events.ts';
import { type Batches, documentsIn, misread } from '../log/batches.ts';

/** Events between two words on how far it is. */
const PROGRESS_EVERY = 50_000;

/** Whose events are wanted; absent: everybody's. */
interface Wanted {
  readonly tenant?: string;
  readonly workflow?: string;
}

/**
 * Events of batches that are metered, without what metering does not need.
 *
 * @throws CommandFailure with exit code 2, file and line, for what is no event of a version that is known here
 */
export async function eventsOf(
  batches: Batches,
  { tenant, workflow }: Wanted,
  progress: (text: string) => void,
): Promise<readonly MeteredEvent[]> {
  const events: MeteredEvent[] = [];
  let read = 0;
  for await (const { document, where } of documentsIn(batches)) {
    read += 1;
    if (read % PROGRESS_EVERY === 0) {
      progress(`read ${read} events`);
    }
    const parsed = isMetered(document.type) ? MeteredEventShape.safeParse(document) : undefined;
    if (parsed?.success === false) {
      throw misread(where, parsed.error);
    }
    const event = parsed?.data;
    if (
      event !== undefined &&
      [undefined, event.tenant].includes(tenant) &&
      [undefined, event.workflow].includes(workflow)
    ) {
      events.push(event);
    }
  }
  return events;
}
