import type { Order } from './documents.ts';
import { toCents } from './money.ts';
import { unrefundedPayments } from './orders.ts';
import { itemPositions, type Products, replacementPairs } from './replacements.ts';

/** What a call would give back to the customer or take, in cents. Items that cannot be had count 0: the tool refuses them. */

/** The part of an order that money is counted from. */
export type OrderContent = Pick<Order, 'items' | 'payment_history'>;

export function cancelRefundCents(order: OrderContent): number {
  return total(unrefundedPayments(order).map((payment) => toCents(payment.amount)));
}

export function returnRefundCents(order: OrderContent, itemIds: readonly string[]): number {
  return total(itemPositions(order, itemIds).map((position) => itemCents(order, position) ?? 0));
}

/** What an exchange or a modification costs the customer; negative when they get money back. */
export function replacementDifferenceCents(
  order: OrderContent,
  products: Products,
  itemIds: readonly string[],
  newItemIds: readonly string[],
): number {
  return total(
    replacementPairs(order, products, itemIds, newItemIds).map(({ item, variant }) =>
      variant?.available ? toCents(variant.price) - toCents(item.price) : 0,
    ),
  );
}

/** Price of everything in an order, in cents. */
export function orderTotalCents(order: OrderContent): number {
  return total(order.items.map((item) => toCents(item.price)));
}

function total(cents: readonly number[]): number {
  return cents.reduce((sum, each) => sum + each, 0);
}

function itemCents(order: OrderContent, position: number | undefined): number | undefined {
  const item = position === undefined ? undefined : order.items[position];
  return item === undefined ? undefined : toCents(item.price);
}
