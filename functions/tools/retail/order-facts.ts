import type { z } from 'zod';
import { type Customer, member } from './documents.ts';
import { toCents } from './money.ts';
import {
  cancelRefundCents,
  type OrderContent,
  replacementDifferenceCents,
  returnRefundCents,
} from './refund.ts';
import {
  firstMissing,
  type ItemsRequest,
  type Products,
  type ReplacementRequest,
  replacementPairs,
} from './replacements.ts';
import type { CancellationFacts, PaymentFacts, ReplacementFacts, ReturnFacts } from './resources.ts';

/** What policy is told about a call on an order. Nothing here fails: what is missing is a fact as well. */

export function cancellationFacts(order: OrderContent): z.output<typeof CancellationFacts> {
  return { refundCents: cancelRefundCents(order) };
}

export function paymentFacts(
  order: OrderContent,
  owner: Customer | undefined,
  paymentMethodId: string,
): z.output<typeof PaymentFacts> {
  return {
    ...paymentMethodFacts(order, owner, paymentMethodId),
    // what a cancellation would give back is what is paid now, and would be paid with the new one
    chargeCents: cancelRefundCents(order),
    isPaidOnce: order.payment_history.length === 1,
  };
}

export function returnFacts(
  order: OrderContent,
  owner: Customer | undefined,
  request: ItemsRequest,
): z.output<typeof ReturnFacts> {
  return {
    ...paymentMethodFacts(order, owner, request.payment_method_id),
    refundCents: returnRefundCents(order, request.item_ids),
    itemsInOrder: firstMissing(order, request.item_ids) === undefined,
  };
}

export function replacementFacts(
  order: OrderContent,
  owner: Customer | undefined,
  products: Products,
  { item_ids, new_item_ids, payment_method_id }: ReplacementRequest,
): z.output<typeof ReplacementFacts> {
  const pairs = replacementPairs(order, products, item_ids, new_item_ids);
  const differenceCents = replacementDifferenceCents(order, products, item_ids, new_item_ids);
  return {
    ...paymentMethodFacts(order, owner, payment_method_id),
    refundCents: Math.max(0, -differenceCents),
    chargeCents: Math.max(0, differenceCents),
    itemsInOrder: firstMissing(order, item_ids) === undefined,
    newItemForEachItem: item_ids.length === new_item_ids.length,
    newItemsOfSameProduct: pairs.every(({ variant }) => variant !== undefined),
    newItemsAvailable: pairs.every(({ variant }) => variant?.available ?? true),
    newItemsDiffer: item_ids.every((itemId, index) => itemId !== new_item_ids[index]),
  };
}

function paymentMethodFacts(
  { payment_history }: OrderContent,
  owner: Customer | undefined,
  paymentMethodId: string,
): Pick<
  z.output<typeof PaymentFacts>,
  'paymentMethodSource' | 'giftCardBalanceCents' | 'isOriginalPaymentMethod'
> {
  const method = member(owner?.payment_methods ?? {}, paymentMethodId);
  return {
    ...(method !== undefined && { paymentMethodSource: method.source }),
    ...(method?.source === 'gift_card' && { giftCardBalanceCents: toCents(method.balance) }),
    isOriginalPaymentMethod: payment_history[0]?.payment_method_id === paymentMethodId,
  };
}
