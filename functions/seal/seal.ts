import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { eventPosition, INDEX_KEPT_DAYS } from '../../contracts/tables.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { batchKey } from '../../domain/log/keys.ts';
import { type Sealable, sealable, type Unsealable } from '../../domain/log/sealable.ts';
import { type Clock, secondsAfter, timestamp } from '../../domain/time.ts';
import type { LogBucket } from '../adapters/log/bucket.ts';
import type { LogTable } from '../adapters/log/table.ts';

export interface SealDependencies {
  readonly bucket: Pick<LogBucket, 'putOnce'>;
  readonly table: Pick<LogTable, 'addPending' | 'eventsOf'>;
  /** Puts a record where a person looks at it. */
  readonly putAside: (record: DynamoDBRecord, why: string) => Promise<void>;
  readonly clock: Clock;
}

const INDEX_KEPT_SECONDS = INDEX_KEPT_DAYS * 86_400;

export interface Sealed {
  /** Absent when there was nothing to seal. */
  readonly key?: string;
  readonly events: number;
  readonly unsealable: number;
}

/**
 * Puts what a stream delivered into the audit bucket, and where it is into the table of what waits to be integrated. Safe to repeat
 * with the same records, and with others among them: the same batch has the same key, and `checkpoint` leaves out events that
 * it has had.
 *
 * @throws when any of it cannot be done; the stream delivers the records again
 */
export async function seal(
  records: readonly DynamoDBRecord[],
  { bucket, table, putAside, clock }: SealDependencies,
): Promise<Sealed> {
  const events: Sealable[] = [];
  let unsealable = 0;
  for (const record of records) {
    const found = await eventIn(record, table, timestamp(clock));
    if (found !== undefined && 'why' in found) {
      await putAside(record, found.why);
      unsealable += 1;
    } else if (found !== undefined) {
      events.push(found);
    }
  }
  const [first] = events;
  if (first === undefined) {
    return { events: 0, unsealable };
  }
  const lines = events.map(({ line }) => `${line}\n`).join('');
  const key = batchKey(first.event, lines);
  await bucket.putOnce(key, 'lines', lines);
  // INVARIANT: after the batch; a pointer always leads somewhere
  await table.addPending({ key, sealedAt: timestamp(clock) });
  return { key, events: events.length, unsealable };
}

/** @returns undefined for a record that tells nothing new */
async function eventIn(
  { eventName, dynamodb }: DynamoDBRecord,
  table: SealDependencies['table'],
  now: string,
): Promise<Sealable | Unsealable | undefined> {
  const [before, after] = [itemOf(dynamodb?.OldImage), itemOf(dynamodb?.NewImage)];
  switch (eventName) {
    case 'INSERT':
      return sealable(after);
    case 'MODIFY':
      return canonicalJson(before.event ?? null) === canonicalJson(after.event ?? null)
        ? undefined
        : {
            why: 'an event of the ledger was changed after it was written, which nobody has the right to do',
          };
    case 'REMOVE':
      return unlessInTheLog(sealable(before), table, now);
    default:
      return { why: `a stream record ${eventName}, expected INSERT, MODIFY or REMOVE` };
  }
}

/** INVARIANT: nothing leaves the ledger, by its time to live or otherwise, that the log does not have. */
async function unlessInTheLog(
  found: Sealable | Unsealable,
  table: SealDependencies['table'],
  now: string,
): Promise<Sealable | Unsealable | undefined> {
  if ('why' in found) {
    return found;
  }
  // INVARIANT: nothing is in the log twice; an event that was held for longer than the index remembers may be in it
  if (now >= secondsAfter(found.event.at, INDEX_KEPT_SECONDS)) {
    return {
      why: `it left the ledger more than ${INDEX_KEPT_DAYS} days after it happened, when no index says any more whether the log has it`,
    };
  }
  const inTheLog = await table.eventsOf(found.event);
  return inTheLog.some(({ position }) => position === eventPosition(found.event)) ? undefined : found;
}

function itemOf(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Record<string, unknown> {
  return image === undefined ? {} : unmarshall(image as Record<string, AttributeValue>);
}
