import { KEY_SEPARATOR } from './tables.ts';

/** Keys and attributes of the sample shop's tables: what infra creates, the tools use and the local cloud loads. */

/** Of every table; see the key functions below. */
export const SHOP_PARTITION_KEY = 'id';

/** Projection: keys only. A customer has one entry. */
export const CUSTOMERS_BY_EMAIL = { name: 'byEmail', partitionKey: 'emailKey' } as const;

/** Projection: keys only. A customer has one entry. */
export const CUSTOMERS_BY_NAME_ZIP = { name: 'byNameZip', partitionKey: 'nameZipKey' } as const;

/** Sparse: only product items carry its key, pointer items do not. Its key is the tenant itself. */
export const PRODUCTS_BY_TENANT = {
  name: 'byTenant',
  partitionKey: 'catalogTenant',
  projected: ['name', 'productId'],
} as const;

/** Who wrote an item last: ties every side effect to its run, and lets a repeated call see that it is done. */
export interface LastCall {
  readonly runId: string;
  readonly callId: string;
  readonly idempotencyKey: string;
}

/** An item that holds a document: a customer, an order or a product. */
export interface DocumentItem {
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
  /** Counts the writes; 1 when loaded. */
  readonly version: number;
  /** Absent until a call has written the item. */
  readonly lastCall?: LastCall;
}

/** An item of the products table that says which product a variant belongs to. */
export interface PointerItem {
  readonly id: string;
  readonly productId: string;
}

/** Version of a document that nothing has changed yet. */
export const FIRST_VERSION = 1;

const POINTER_PREFIX = 'item';

export function documentKey(tenant: string, documentId: string): string {
  return [tenant, documentId].join(KEY_SEPARATOR);
}

/** Reverses `documentKey`. Tenants hold no separator, document ids may. */
export function documentIdOf(key: string): string {
  return key.slice(key.indexOf(KEY_SEPARATOR) + KEY_SEPARATOR.length);
}

/** Key of the pointer from a variant to its product. */
export function pointerKey(tenant: string, itemId: string): string {
  return [tenant, POINTER_PREFIX, itemId].join(KEY_SEPARATOR);
}

/** Letter case does not matter when a customer is looked up. */
export function emailKey(tenant: string, email: string): string {
  return [tenant, email.toLowerCase()].join(KEY_SEPARATOR);
}

/** Letter case does not matter when a customer is looked up. */
export function nameZipKey(tenant: string, firstName: string, lastName: string, zip: string): string {
  return [tenant, firstName.toLowerCase(), lastName.toLowerCase(), zip.toLowerCase()].join(KEY_SEPARATOR);
}
