import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { ENV } from '../../../contracts/environment.ts';
import { type ShopTable, shopTableName } from '../../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  documentIdOf,
  documentKey,
  emailKey,
  type LastCall,
  nameZipKey,
  PRODUCTS_BY_TENANT,
  pointerKey,
  SHOP_PARTITION_KEY,
} from '../../../contracts/shop.ts';
import type { ToolContext } from '../../../domain/tool/handler.ts';
import { environment } from '../../runtime/environment.ts';
import { itemBytes, queryUnits, READ_UNIT_MICRO_DOLLARS, readUnits } from './capacity.ts';
import type { CatalogEntry } from './catalog.ts';
import { Customer, Order, Product } from './documents.ts';

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

/** The shop's tables as one call sees them: its tenant, its credentials, its costs. */
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

export function tableName(table: ShopTable): string {
  return shopTableName(environment(ENV.prefix), table);
}

export function readOrder(store: Store, orderId: string): Promise<Stored<Order> | undefined> {
  return readDocument(store, 'orders', orderId, Order);
}

export function readCustomer(store: Store, customerId: string): Promise<Stored<Customer> | undefined> {
  return readDocument(store, 'customers', customerId, Customer);
}

export async function readProduct(store: Store, productId: string): Promise<Product | undefined> {
  return (await readDocument(store, 'products', productId, Product))?.document;
}

/** Product of a variant; undefined when there is no such variant. */
export async function productIdOfItem(store: Store, itemId: string): Promise<string | undefined> {
  const pointer = await get(store, 'products', pointerKey(store.context.tenant, itemId));
  return pointer === undefined ? undefined : z.string().parse(pointer.productId);
}

export async function customerIdByEmail(store: Store, email: string): Promise<string | undefined> {
  return customerIdIn(store, CUSTOMERS_BY_EMAIL, emailKey(store.context.tenant, email));
}

export async function customerIdByNameZip(
  store: Store,
  firstName: string,
  lastName: string,
  zip: string,
): Promise<string | undefined> {
  return customerIdIn(
    store,
    CUSTOMERS_BY_NAME_ZIP,
    nameZipKey(store.context.tenant, firstName, lastName, zip),
  );
}

/** Every product of the tenant, in no particular order. */
export async function readCatalog(store: Store): Promise<CatalogEntry[]> {
  const entries: CatalogEntry[] = [];
  let page: QueryCommandOutput | undefined;
  do {
    page = await query(store, 'products', PRODUCTS_BY_TENANT, store.context.tenant, page?.LastEvaluatedKey);
    entries.push(...z.array(z.object({ name: z.string(), productId: z.string() })).parse(page.Items));
  } while (page.LastEvaluatedKey !== undefined);
  return entries;
}

async function customerIdIn(store: Store, index: ShopIndex, key: string): Promise<string | undefined> {
  const [entry] = (await query(store, 'customers', index, key)).Items ?? [];
  return entry === undefined ? undefined : documentIdOf(z.string().parse(entry[SHOP_PARTITION_KEY]));
}

/** Strongly consistent. A pointer, which holds no document, counts as absent. */
async function readDocument<T>(
  store: Store,
  table: ShopTable,
  documentId: string,
  schema: z.ZodType<T>,
): Promise<Stored<T> | undefined> {
  const item = await get(store, table, documentKey(store.context.tenant, documentId));
  if (item?.document === undefined) {
    return undefined;
  }
  return { ...StoredState.parse(item), document: schema.parse(item.document) };
}

async function get(
  store: Store,
  table: ShopTable,
  key: string,
): Promise<Record<string, unknown> | undefined> {
  const { client, context } = store;
  const answer = await client.send(
    new GetCommand({
      TableName: tableName(table),
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

interface ShopIndex {
  readonly name: string;
  readonly partitionKey: string;
}

async function query(
  store: Store,
  table: ShopTable,
  index: ShopIndex,
  key: string,
  startKey?: Record<string, unknown>,
): Promise<QueryCommandOutput> {
  const { client, context } = store;
  const answer = await client.send(
    new QueryCommand({
      TableName: tableName(table),
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
