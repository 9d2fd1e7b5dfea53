import { setTimeout } from 'node:timers/promises';
import type { LastCall } from '../../../contracts/shop.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { type Change, changesBetween, type Preview } from '../../../domain/tool/preview.ts';
import { MAXIMUM_WRITE_ATTEMPTS } from './capacity.ts';
import type { Customer, Order } from './documents.ts';
import type { OrderChange, OrderDocuments } from './orders.ts';
import type { Products } from './replacements.ts';
import { openStore, readCustomer, readOrder, readProduct, type Store } from './store.ts';
import { documentIdOf, type Write, writeTogether } from './transaction.ts';

/** Time for another writer to finish; grows with each attempt. */
const CONFLICT_PAUSE_MILLISECONDS = 25;

/** What to read besides the order. */
export interface OrderNeeds {
  readonly customer?: true;
  readonly productIds?: (order: Order) => readonly string[];
}

/** One attempt at a change: what the tool answers and the documents behind it. */
interface Attempt<T> {
  readonly result: T;
  readonly writes: readonly Write[];
  /** An earlier attempt at this call has written the documents, and only its answer was lost. */
  readonly isWritten: boolean;
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
export async function previewOrder(
  context: ToolContext,
  orderId: string,
  needs: OrderNeeds,
  compute: (documents: OrderDocuments, products: Products) => OrderChange,
): Promise<Preview> {
  const { writes } = await attemptAtOrder(openStore(context), orderId, needs, compute);
  return {
    changes: writes.flatMap((write) =>
      changesOf(write).map((change) => ({ ...change, field: `${KINDS[write.table]}.${change.field}` })),
    ),
  };
}

/** What each document of a change is called in its preview. */
const KINDS = { orders: 'order', customers: 'customer' } as const;

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
  const writes: Write[] = [{ table: 'orders', before: order, document: after.order }];
  if (customer !== undefined && after.customer !== undefined) {
    writes.push({ table: 'customers', before: customer, document: after.customer });
  }
  return { result: after.order, writes, isWritten };
}

function changesOf({ before, document }: Write): Change[] {
  return changesBetween(before.document, document);
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
    return { result: document, writes: [{ table: 'customers', before, document }], isWritten };
  });
}

async function writtenOnce<T>(
  context: ToolContext,
  attemptAt: (store: Store) => Promise<Attempt<T>>,
): Promise<T> {
  const store = openStore(context);
  let isRepeated = false;
  for (let attempt = 1; attempt <= MAXIMUM_WRITE_ATTEMPTS; attempt += 1) {
    const { result, writes, isWritten } = await attemptAt(store);
    if (isRepeated && !isWritten) {
      // INVARIANT: never a blind repeat; what the earlier attempt wrote has been written over since
      throw new Error(
        'an earlier attempt at this call may have been carried out, and its documents have changed since; look the effect up',
      );
    }
    // a token stands for one exact request, and a later attempt asks for other versions
    const token = attempt === 1 ? context.idempotencyKey : undefined;
    const outcome = isWritten ? 'written' : await writeTogether(store, writes, token);
    if (outcome === 'written') {
      for (const write of writes) {
        context.recordEffect(`${write.table}/${documentIdOf(write)}`, changesOf(write));
      }
      return result;
    }
    isRepeated = outcome === 'repeated';
    await setTimeout(attempt * CONFLICT_PAUSE_MILLISECONDS, undefined, { signal: context.signal });
  }
  throw new ToolRefusal(
    `others changed the documents in each of ${MAXIMUM_WRITE_ATTEMPTS} attempts, nothing was written, propose the call again`,
  );
}

/** INVARIANT: a call whose key is on the document has happened, and is never computed a second time. */
function isWrittenBy(
  context: ToolContext,
  stored: { readonly lastCall?: LastCall | undefined } | undefined,
): boolean {
  return stored?.lastCall?.idempotencyKey === context.idempotencyKey;
}

async function readProducts(store: Store, productIds: readonly string[]): Promise<Products> {
  const products = await Promise.all(productIds.map((productId) => readProduct(store, productId)));
  return new Map(
    products.flatMap((product) => (product === undefined ? [] : [[product.product_id, product]])),
  );
}
