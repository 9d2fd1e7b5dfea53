import { readFile } from 'node:fs/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
import { writeAll } from '../batch-write.ts';

/** A whole shop, each document by its id. */
export const ShopDocuments = z.object({
  products: z.record(z.string(), Product),
  users: z.record(z.string(), Customer),
  orders: z.record(z.string(), Order),
});
export type ShopDocuments = z.input<typeof ShopDocuments>;

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
  concurrency,
}: LoadOptions): Promise<number> {
  const items = shopItems(documents, tenant);
  const writes = items.map(({ table, item }) => ({ tableName: shopTableName(prefix, table), item }));
  await writeAll(client, writes, concurrency);
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
