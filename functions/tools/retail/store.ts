import type { QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { ENV } from '../../../contracts/environment.ts';
import { type ShopTable, shopTableName } from '../../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  documentIdOf,
  emailKey,
  nameZipKey,
  PRODUCTS_BY_TENANT,
  pointerKey,
  SHOP_PARTITION_KEY,
} from '../../../contracts/shop.ts';
import { queryIndex, readDocument, readItem, type Store, type Stored } from '../../adapters/records/store.ts';
import { environment } from '../../runtime/environment.ts';
import type { CatalogEntry } from './catalog.ts';
import { Customer, Order, Product } from './documents.ts';

export function tableName(table: ShopTable): string {
  return shopTableName(environment(ENV.prefix), table);
}

export function readOrder(store: Store, orderId: string): Promise<Stored<Order> | undefined> {
  return readDocument(store, tableName('orders'), orderId, Order);
}

export function readCustomer(store: Store, customerId: string): Promise<Stored<Customer> | undefined> {
  return readDocument(store, tableName('customers'), customerId, Customer);
}

export async function readProduct(store: Store, productId: string): Promise<Product | undefined> {
  return (await readDocument(store, tableName('products'), productId, Product))?.document;
}

/** Product of a variant; undefined when there is no such variant. */
export async function productIdOfItem(store: Store, itemId: string): Promise<string | undefined> {
  const pointer = await readItem(store, tableName('products'), pointerKey(store.context.tenant, itemId));
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
    page = await queryIndex(
      store,
      tableName('products'),
      PRODUCTS_BY_TENANT,
      store.context.tenant,
      page?.LastEvaluatedKey,
    );
    entries.push(...z.array(z.object({ name: z.string(), productId: z.string() })).parse(page.Items));
  } while (page.LastEvaluatedKey !== undefined);
  return entries;
}

async function customerIdIn(
  store: Store,
  index: { readonly name: string; readonly partitionKey: string },
  key: string,
): Promise<string | undefined> {
  const [entry] = (await queryIndex(store, tableName('customers'), index, key)).Items ?? [];
  return entry === undefined ? undefined : documentIdOf(z.string().parse(entry[SHOP_PARTITION_KEY]));
}
