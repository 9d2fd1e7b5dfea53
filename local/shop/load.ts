import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
  DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type ShopTable, shopTableName } from '../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  type DocumentItem,
  documentKey,
  emailKey,
  FIRST_VERSION,
  nameZipKey,
  type PointerItem,
  PRODUCTS_BY_TENANT,
  pointerKey,
} from '../../contracts/shop.ts';
import { Customer, Order, Product } from '../../functions/tools/retail/documents.ts';

/** A whole shop, each document by its id. */
export const ShopDocuments = z.object({
  products: z.record(z.string(), Product),
  users: z.record(z.string(), Customer),
  orders: z.record(z.string(), Order),
});
export type ShopDocuments = z.input<typeof ShopDocuments>;

/** Limits of BatchWriteItem. */
const BATCH_SIZE = 25;

const DEFAULT_CONCURRENCY = 4;

/** Tries for what a batch leaves unwritten because the table is throttled; each waits longer. */
const MAXIMUM_ATTEMPTS = 8;
const FIRST_PAUSE_MILLISECONDS = 50;

export interface TableItem {
  readonly table: ShopTable;
  readonly item: (DocumentItem | PointerItem) & Record<string, unknown>;
}

export interface LoadOptions {
  readonly documents: ShopDocuments;
  readonly tenant: string;
  /** Name prefix of the deployment that the tables belong to. */
  readonly prefix: string;
  readonly client: DynamoDBClient;
  /** Batches under way at a time. @default 4 */
  readonly concurrency?: number;
}

/** @throws ZodError naming every bad field; also for a file that cannot be read or is no JSON */
export async function readShopFile(path: string | URL): Promise<ShopDocuments> {
  const documents: unknown = JSON.parse(await readFile(path, 'utf8'));
  ShopDocuments.parse(documents);
  // checked, but kept as they are: what the schema would fill in is not part of a stored document
  return documents as ShopDocuments;
}

/**
 * Writes a shop for a tenant; documents that are there already are replaced.
 *
 * @returns number of items written
 * @throws Error when the tables stay throttled
 */
export async function loadShop({
  documents,
  tenant,
  prefix,
  client,
  concurrency = DEFAULT_CONCURRENCY,
}: LoadOptions): Promise<number> {
  const documentClient = DynamoDBDocumentClient.from(client);
  const items = shopItems(documents, tenant);
  const batches = chunks(items, BATCH_SIZE).values();
  // the workers share one iterator, so each batch is taken once
  const workers = Array.from({ length: concurrency }, async () => {
    for (const batch of batches) {
      await writeBatch(documentClient, prefix, batch);
    }
  });
  await Promise.all(workers);
  return items.length;
}

/** The items of the three tables that hold a shop. */
export function shopItems({ products, users, orders }: ShopDocuments, tenant: string): TableItem[] {
  return [
    ...Object.values(users).map((user) => customerItem(user, tenant)),
    ...Object.values(orders).map((order) => documentItem('orders', tenant, order.order_id, order)),
    ...Object.values(products).flatMap((product) => productItems(product, tenant)),
  ];
}

function customerItem(customer: Customer, tenant: string): TableItem {
  const { first_name, last_name } = customer.name;
  return documentItem('customers', tenant, customer.user_id, customer, {
    [CUSTOMERS_BY_EMAIL.partitionKey]: emailKey(tenant, customer.email),
    [CUSTOMERS_BY_NAME_ZIP.partitionKey]: nameZipKey(tenant, first_name, last_name, customer.address.zip),
  });
}

/** The product, and a pointer to it from each of its variants. */
function productItems(product: Product, tenant: string): TableItem[] {
  const { product_id: productId, name, variants } = product;
  return [
    documentItem('products', tenant, productId, product, {
      [PRODUCTS_BY_TENANT.partitionKey]: tenant,
      name,
      productId,
    }),
    ...Object.keys(variants).map((itemId): TableItem => {
      return { table: 'products', item: { id: pointerKey(tenant, itemId), productId } };
    }),
  ];
}

function documentItem(
  table: ShopTable,
  tenant: string,
  id: string,
  document: DocumentItem['document'],
  attributes: Record<string, string> = {},
): TableItem {
  return { table, item: { id: documentKey(tenant, id), document, version: FIRST_VERSION, ...attributes } };
}

async function writeBatch(
  client: DynamoDBDocumentClient,
  prefix: string,
  batch: readonly TableItem[],
): Promise<void> {
  const byTable = Object.groupBy(batch, ({ table }) => shopTableName(prefix, table));
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
  throw new Error(`shop items still unwritten after ${MAXIMUM_ATTEMPTS} attempts, load the shop again`);
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
