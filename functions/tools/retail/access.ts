import type { ShopTable } from '../../../contracts/names.ts';
import {
  CUSTOMERS_BY_EMAIL,
  CUSTOMERS_BY_NAME_ZIP,
  documentKey,
  emailKey,
  nameZipKey,
  PRODUCTS_BY_TENANT,
  pointerKey,
} from '../../../contracts/shop.ts';
import type { CallScope, TableAccess, TableOperation } from '../../../domain/tool/access.ts';
import { UNKNOWN_ID } from './resources.ts';

/** What the retail tools may touch; `table` is one of `SHOP_TABLES`, the deployment's prefix is put before it later. */

const READ: readonly TableOperation[] = ['get'];
const CHANGE: readonly TableOperation[] = ['get', 'update'];

/** The order that the call names. */
export const readOrder = documentNamed('orders', 'order_id', READ);
export const changeOrder = documentNamed('orders', 'order_id', CHANGE);

/** The customer that the call names. */
export const readNamedCustomer = documentNamed('customers', 'user_id', READ);
export const changeNamedCustomer = documentNamed('customers', 'user_id', CHANGE);

/** The customer that the order of the call belongs to. */
export const readOwner = ownerOfResource(READ);
export const changeOwner = ownerOfResource(CHANGE);

export const readNamedProduct = documentNamed('products', 'product_id', READ);

/** The pointer of the variant that the call names, and the product that facts found behind it. */
export const readProductOfItem: TableAccess = {
  table: 'products' satisfies ShopTable,
  operations: READ,
  keys: ({ tenant, arguments: { item_id }, resource }) => [
    pointerKey(tenant, String(item_id)),
    documentKey(tenant, resource.id),
  ],
};

/** Any product of the tenant: neither the arguments nor the facts of an order name the products of its items. */
export const readProducts: TableAccess = { table: 'products' satisfies ShopTable, operations: READ };

export const queryCatalog = indexQuery('products', PRODUCTS_BY_TENANT.name, ({ tenant }) => tenant);

export const queryByEmail = indexQuery(
  'customers',
  CUSTOMERS_BY_EMAIL.name,
  ({ tenant, arguments: { email } }) => emailKey(tenant, String(email)),
);

export const queryByNameZip = indexQuery(
  'customers',
  CUSTOMERS_BY_NAME_ZIP.name,
  ({ tenant, arguments: { first_name, last_name, zip } }) =>
    nameZipKey(tenant, String(first_name), String(last_name), String(zip)),
);

function documentNamed(
  table: ShopTable,
  argument: string,
  operations: readonly TableOperation[],
): TableAccess {
  return {
    table,
    operations,
    keys: (scope) => [documentKey(scope.tenant, String(scope.arguments[argument]))],
  };
}

function ownerOfResource(operations: readonly TableOperation[]): TableAccess {
  return {
    table: 'customers' satisfies ShopTable,
    operations,
    // an order that does not exist has no owner; a key that nobody has is safer to carry around than no key
    keys: ({ tenant, resource }) => [documentKey(tenant, String(resource.attributes.owner ?? UNKNOWN_ID))],
  };
}

function indexQuery(table: ShopTable, index: string, key: (scope: CallScope) => string): TableAccess {
  return { table, index, operations: ['query'], keys: (scope) => [key(scope)] };
}
