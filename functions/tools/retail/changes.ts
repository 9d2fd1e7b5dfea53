import { CUSTOMERS_BY_EMAIL, CUSTOMERS_BY_NAME_ZIP, emailKey, nameZipKey } from '../../../contracts/shop.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import type { Preview } from '../../../domain/tool/preview.ts';
import type { Store, Stored } from '../../adapters/records/store.ts';
import type { Write } from '../../adapters/records/transaction.ts';
import { type Attempt, isWrittenBy, previewOfWrite, writtenOnce } from '../../adapters/records/write-once.ts';
import type { Customer, Order } from './documents.ts';
import type { OrderChange, OrderDocuments } from './orders.ts';
import type { Products } from './replacements.ts';
import { readCustomer, readOrder, readProduct, tableName } from './store.ts';

/** What to read besides the order. */
export interface OrderNeeds {
  readonly customer?: true;
  readonly productIds?: (order: Order) => readonly string[];
}

/**
 * Changes an order, and its customer where a gift card is charged or credited, at most once for each call.
 *
 * @returns the order after the change, also when an earlier attempt at this call has made it
 * @throws ToolRefusal when there is no such order, `compute` refuses, or others keep changing the documents; anything
 *   else leaves open whether the change was made
 */
export function changeOrder(
  context: ToolContext,
  orderId: string,
  needs: OrderNeeds,
  compute: (documents: OrderDocuments, products: Products) => OrderChange,
): Promise<Order> {
  return writtenOnce(context, (store) => attemptAtOrder(store, orderId, needs, compute));
}

/**
 * What `changeOrder` would change, computed by the same code from the same documents.
 *
 * @throws ToolRefusal when it would refuse
 */
export function previewOrder(
  context: ToolContext,
  orderId: string,
  needs: OrderNeeds,
  compute: (documents: OrderDocuments, products: Products) => OrderChange,
): Promise<Preview> {
  return previewOfWrite(context, (store) => attemptAtOrder(store, orderId, needs, compute));
}

async function attemptAtOrder(
  store: Store,
  orderId: string,
  needs: OrderNeeds,
  compute: (documents: OrderDocuments, products: Products) => OrderChange,
): Promise<Attempt<Order>> {
  const { context } = store;
  const order = await readOrder(store, orderId);
  if (order === undefined) {
    throw new ToolRefusal('Order not found');
  }
  const [customer, products] = await Promise.all([
    needs.customer && readCustomer(store, order.document.user_id),
    readProducts(store, needs.productIds?.(order.document) ?? []),
  ]);
  const isWritten = isWrittenBy(context, order);
  const after: OrderChange = isWritten
    ? {
        order: order.document,
        ...(customer && isWrittenBy(context, customer) && { customer: customer.document }),
      }
    : compute({ order: order.document, customer: customer?.document }, products);
  const writes = [orderWrite(order, after.order)];
  if (customer !== undefined && after.customer !== undefined) {
    writes.push(customerWrite(context, customer, after.customer));
  }
  return { result: after.order, writes, isWritten };
}

/**
 * Changes a customer, at most once for each call.
 *
 * @returns the customer after the change, also when an earlier attempt at this call has made it
 * @throws ToolRefusal when there is no such customer, or others keep changing it; anything else leaves open whether
 *   the change was made
 */
export function changeCustomer(
  context: ToolContext,
  customerId: string,
  compute: (customer: Customer) => Customer,
): Promise<Customer> {
  return writtenOnce(context, async (store) => {
    const before = await readCustomer(store, customerId);
    if (before === undefined) {
      throw new ToolRefusal('User not found');
    }
    const isWritten = isWrittenBy(context, before);
    const document = isWritten ? before.document : compute(before.document);
    return { result: document, writes: [customerWrite(context, before, document)], isWritten };
  });
}

/** Keys under which a customer is found; they follow the document, because a new address has a new zip code. */
function indexKeys(tenant: string, { email, name, address }: Customer): Record<string, string> {
  return {
    [CUSTOMERS_BY_EMAIL.partitionKey]: emailKey(tenant, email),
    [CUSTOMERS_BY_NAME_ZIP.partitionKey]: nameZipKey(tenant, name.first_name, name.last_name, address.zip),
  };
}

function orderWrite(before: Stored<Order>, document: Order): Write {
  return { kind: 'orders', tableName: tableName('orders'), id: document.order_id, before, document };
}

function customerWrite({ tenant }: ToolContext, before: Stored<Customer>, document: Customer): Write {
  return {
    kind: 'customers',
    tableName: tableName('customers'),
    id: document.user_id,
    before,
    document,
    indexKeys: indexKeys(tenant, document),
  };
}

async function readProducts(store: Store, productIds: readonly string[]): Promise<Products> {
  const products = await Promise.all(productIds.map((productId) => readProduct(store, productId)));
  return new Map(
    products.flatMap((product) => (product === undefined ? [] : [[product.product_id, product]])),
  );
}
