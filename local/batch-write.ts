import { setTimeout } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
  DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';

/** Limits of BatchWriteItem. */
const BATCH_SIZE = 25;

const DEFAULT_CONCURRENCY = 4;

/** Tries for what a batch leaves unwritten because the table is throttled; each waits longer. */
const MAXIMUM_ATTEMPTS = 8;
const FIRST_PAUSE_MILLISECONDS = 50;

/** One item, whole. */
export interface TableWrite {
  readonly tableName: string;
  readonly item: Readonly<Record<string, unknown>>;
}

/**
 * Writes items into any tables; those that are there already are replaced.
 *
 * @param concurrency - batches under way at a time
 * @throws Error when the tables stay throttled
 */
export async function writeAll(
  client: DynamoDBClient,
  items: readonly TableWrite[],
  concurrency = DEFAULT_CONCURRENCY,
): Promise<void> {
  const documentClient = DynamoDBDocumentClient.from(client);
  const batches = chunks(items, BATCH_SIZE).values();
  // the workers share one iterator, so each batch is taken once
  const workers = Array.from({ length: concurrency }, async () => {
    for (const batch of batches) {
      await writeBatch(documentClient, batch);
    }
  });
  await Promise.all(workers);
}

async function writeBatch(client: DynamoDBDocumentClient, batch: readonly TableWrite[]): Promise<void> {
  const byTable = Object.groupBy(batch, ({ tableName }) => tableName);
  let pending: BatchWriteCommandInput['RequestItems'] = Object.fromEntries(
    Object.entries(byTable).map(([name, items = []]) => [
      name,
      items.map(({ item }) => ({ PutRequest: { Item: item } })),
    ]),
  );
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt += 1) {
    const answer: BatchWriteCommandOutput = await client.send(
      new BatchWriteCommand({ RequestItems: pending }),
    );
    const unwritten = answer.UnprocessedItems ?? {};
    if (Object.keys(unwritten).length === 0) {
      return;
    }
    pending = unwritten;
    await setTimeout(FIRST_PAUSE_MILLISECONDS * 2 ** attempt);
  }
  throw new Error(`items still unwritten after ${MAXIMUM_ATTEMPTS} attempts, load them again`);
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
