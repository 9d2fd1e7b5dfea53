import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { documentKey, type LastCall, SHOP_PARTITION_KEY } from '../../../contracts/shop.ts';
import type { ToolContext } from '../../../domain/tool/handler.ts';
import { itemBytes, queryUnits, READ_UNIT_MICRO_DOLLARS, readUnits } from './costs.ts';

/** A document as it was read, with what a write needs to know that it has not changed since. */
export interface Stored<T> {
  readonly document: T;
  readonly version: number;
  readonly lastCall?: LastCall | undefined;
}

const StoredState = z.object({
  version: z.int(),
  lastCall: z.object({ runId: z.string(), callId: z.string(), idempotencyKey: z.string() }).optional(),
});

/** Tables of records as one call sees them: its tenant, its credentials, its costs. */
export interface Store {
  readonly context: ToolContext;
  readonly client: DynamoDBDocumentClient;
}

/** Its connections serve every call of a container; each call signs with its own credentials. */
const connections = new DynamoDBClient({});

export function openStore(context: ToolContext): Store {
  const client = new DynamoDBClient({
    credentials: context.credentials,
    requestHandler: connections.config.requestHandler,
  });
  return { context, client: DynamoDBDocumentClient.from(client) };
}

/** Strongly consistent. An item that holds no document counts as absent. */
export async function readDocument<T>(
  store: Store,
  tableName: string,
  documentId: string,
  schema: z.ZodType<T>,
): Promise<Stored<T> | undefined> {
  const item = await readItem(store, tableName, documentKey(store.context.tenant, documentId));
  if (item?.document === undefined) {
    return undefined;
  }
  return { ...StoredState.parse(item), document: schema.parse(item.document) };
}

/** Strongly consistent. */
export async function readItem(
  { client, context }: Store,
  tableName: string,
  key: string,
): Promise<Record<string, unknown> | undefined> {
  const answer = await client.send(
    new GetCommand({
      TableName: tableName,
      Key: { [SHOP_PARTITION_KEY]: key },
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    }),
    { abortSignal: context.signal },
  );
  const units = answer.ConsumedCapacity?.CapacityUnits ?? readUnits(itemBytes(answer.Item));
  context.recordCost(units * READ_UNIT_MICRO_DOLLARS);
  return answer.Item;
}

/** One page of an index, eventually consistent. */
export async function queryIndex(
  { client, context }: Store,
  tableName: string,
  index: { readonly name: string; readonly partitionKey: string },
  key: string,
  startKey?: Record<string, unknown>,
): Promise<QueryCommandOutput> {
  const answer = await client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: index.name,
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { '#key': index.partitionKey },
      ExpressionAttributeValues: { ':key': key },
      ...(startKey && { ExclusiveStartKey: startKey }),
      ReturnConsumedCapacity: 'TOTAL',
    }),
    { abortSignal: context.signal },
  );
  const units = answer.ConsumedCapacity?.CapacityUnits ?? queryUnits(itemBytes(answer.Items));
  context.recordCost(units * READ_UNIT_MICRO_DOLLARS);
  return answer;
}
