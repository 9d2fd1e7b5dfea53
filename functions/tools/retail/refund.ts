import { member, type Order } from './documents.ts';
import { toCents } from './money.ts';
import { unrefundedPayments } from './orders.ts';
import { itemPositions, type Products } from './replacements.ts';

/** What a call would give back to the customer, in cents. Items that do not exist count 0: the tool refuses them. */

export function cancelRefundCents(order: Order): number {
  return total(unrefundedPayments(order).map((payment) => toCents(payment.amount)));
}

export function returnRefundCents(order: Order, itemIds: readonly string[]): number {
  return total(itemPositions(order, itemIds).map((position) => itemCents(order, position) ?? 0));
}

/** Of an exchange or a modification; 0 when the customer would pay. */
export function replacementRefundCents(
  order: Order,
  products: Products,
  itemIds: readonly string[],
  newItemIds: readonly string[],
): number {
  const given = itemPositions(order, itemIds).map((position, index) => {
    const productId = order.items[position ?? -1]?.product_id ?? '';
    const variant = member(products.get(productId)?.variants ?? {}, newItemIds[index] ?? '');
    const oldCents = itemCents(order, position);
    return variant === undefined || oldCents === undefined ? 0 : oldCents - toCents(variant.price);
  });
  return Math.max(0, total(given));
}

/** Price of everything in an order, in cents. */
export function orderTotalCents(order: Order): number {
  return total(order.items.map((item) => toCents(item.price)));
}

function total(cents: readonly number[]): number {
  return cents.reduce((sum, each) => sum + each, 0);
}

function itemCents(order: Order, position: number | undefined): number | undefined {
  const item = position === undefined ? undefined : order.items[position];
  return item === undefined ? undefined : toCents(item.price);
}
