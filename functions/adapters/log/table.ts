import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../../contracts/call.ts';
import { paddedNumber } from '../../../contracts/log.ts';
import {
  eventPosition,
  INDEX_KEPT_DAYS,
  indexedRunKey,
  LOG,
  PENDING_BATCHES,
} from '../../../contracts/tables.ts';
import type { Entry } from '../../../domain/log/round.ts';
import { epochSeconds, secondsAfter } from '../../../domain/time.ts';
import { sideBySide } from '../../runtime/side-by-side.ts';
import { queryAll } from '../dynamodb.ts';

/** A batch that waits to be integrated. */
export interface PendingBatch {
  readonly key: string;
  /** ISO 8601 UTC; when it was sealed. */
  readonly sealedAt: string;
}

/** Where an event of a run is in the log. */
export interface IndexedEvent {
  /** `eventPosition` of it. */
  readonly position: string;
  readonly leaf: number;
}

export interface LogTable {
  /** Safe to repeat. */
  readonly addPending: (batch: PendingBatch) => Promise<void>;
  /** The first by their keys, strongly consistent. */
  readonly pending: (limit: number) => Promise<readonly PendingBatch[]>;
  readonly removePending: (keys: readonly string[]) => Promise<void>;
  /** Strongly consistent, in the order of their leaves. */
  readonly eventsOf: (run: RunRef) => Promise<readonly IndexedEvent[]>;
  /** Safe to repeat: equal entries give equal items. */
  readonly index: (entries: readonly Entry[]) => Promise<void>;
}

const INDEX_KEPT_SECONDS = INDEX_KEPT_DAYS * 86_400;

/** Keeps an item below some ten kilobytes, so that adding to a long run stays cheap. */
const EVENTS_IN_AN_ITEM = 100;

export function logTable(client: Pick<DynamoDBDocumentClient, 'send'>, TableName: string): LogTable {
  const database = client as DynamoDBDocumentClient;
  return {
    async addPending({ key, sealedAt }) {
      const item = { [LOG.partitionKey]: PENDING_BATCHES, [LOG.sortKey]: key, sealedAt };
      await database.send(new PutCommand({ TableName, Item: item }));
    },
    async pending(limit) {
      const { Items = [] } = await database.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          Limit: limit,
          KeyConditionExpression: '#part = :pending',
          ExpressionAttributeNames: { '#part': LOG.partitionKey },
          ExpressionAttributeValues: { ':pending': PENDING_BATCHES },
        }),
      );
      return Items.map((item) => ({ key: String(item[LOG.sortKey]), sealedAt: String(item.sealedAt) }));
    },
    async removePending(keys) {
      const keyOf = (key: string) => ({ [LOG.partitionKey]: PENDING_BATCHES, [LOG.sortKey]: key });
      await writeAll(
        database,
        TableName,
        keys.map((key) => ({ DeleteRequest: { Key: keyOf(key) } })),
      );
    },
    async eventsOf(run) {
      const items = await queryAll(database, {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#part = :run',
        ExpressionAttributeNames: { '#part': LOG.partitionKey },
        ExpressionAttributeValues: { ':run': indexedRunKey(run) },
      });
      return items.flatMap(({ events }) => events as IndexedEvent[]);
    },
    async index(entries) {
      await writeAll(
        database,
        TableName,
        indexItems(entries).map((Item) => ({ PutRequest: { Item } })),
      );
    },
  };
}

/** INVARIANT: made from entries alone, so that a round that is carried out again writes the same items. */
function indexItems(entries: readonly Entry[]): Record<string, unknown>[] {
  const runs = Map.groupBy(entries, ({ event }) => indexedRunKey(event));
  return [...runs].flatMap(([run, ofRun]) =>
    chunks(ofRun, EVENTS_IN_AN_ITEM).map((chunk) => {
      const events = chunk.map(({ event, leaf }) => ({ position: eventPosition(event), leaf }));
      const last = chunk.reduce((latest, { event }) => (event.at > latest ? event.at : latest), '');
      return {
        [LOG.partitionKey]: run,
        [LOG.sortKey]: paddedNumber(chunk[0]?.leaf ?? 0),
        events,
        [LOG.timeToLive]: epochSeconds(secondsAfter(last, INDEX_KEPT_SECONDS)),
      };
    }),
  );
}

/** Limit of BatchWriteItem. */
const WRITES_AT_ONCE = 25;
/** Tries for what a throttled table leaves unwritten; each waits twice as long. */
const TRIES = 8;
const FIRST_PAUSE_MILLISECONDS = 50;

type Write = NonNullable<ConstructorParameters<typeof BatchWriteCommand>[0]['RequestItems']>[string][number];

/** @throws Error when the table stays throttled; what was written stays */
async function writeAll(
  client: DynamoDBDocumentClient,
  table: string,
  writes: readonly Write[],
): Promise<void> {
  await sideBySide(chunks(writes, WRITES_AT_ONCE), async (chunk) => {
    let left = chunk;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt === TRIES) {
        throw new Error(
          `${left.length} items of the log's table are unwritten after ${TRIES} tries, the next minute tries again`,
        );
      }
      if (attempt > 0) {
        await sleep(FIRST_PAUSE_MILLISECONDS * 2 ** attempt);
      }
      const { UnprocessedItems } = await client.send(
        new BatchWriteCommand({ RequestItems: { [table]: left } }),
      );
      left = UnprocessedItems?.[table] ?? [];
    }
  });
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
