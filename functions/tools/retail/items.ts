import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { covers, credited, existing, paymentMethodOf } from './customers.ts';
import type { OrderItem } from './documents.ts';
import { roundToHundredths } from './money.ts';
import { change, type OrderChange, type OrderDocuments } from './orders.ts';
import {
  firstMissing,
  type ItemsRequest,
  type Products,
  priceDifference,
  type Replacement,
  type ReplacementRequest,
  replacements,
} from './replacements.ts';

/** @throws ToolRefusal unless the order is delivered, holds the items, and was paid that way or a gift card takes it. */
export function returnRequested({ order, customer }: OrderDocuments, request: ItemsRequest): OrderChange {
  if (order.status !== 'delivered') {
    throw new ToolRefusal('Non-delivered order cannot be returned');
  }
  const method = paymentMethodOf(existing(customer), request.payment_method_id);
  if (
    method.source !== 'gift_card' &&
    request.payment_method_id !== order.payment_history[0]?.payment_method_id
  ) {
    throw new ToolRefusal('Payment method should be the original payment method');
  }
  if (firstMissing(order, request.item_ids) !== undefined) {
    throw new ToolRefusal('Some item not found');
  }
  return {
    order: {
      ...order,
      status: 'return requested',
      return_items: request.item_ids.toSorted(),
      return_payment_method_id: request.payment_method_id,
    },
  };
}

/** @throws ToolRefusal unless the order is delivered, each new item is available, and a gift card covers the price. */
export function exchangeRequested(
  { order, customer }: OrderDocuments,
  products: Products,
  request: ReplacementRequest,
): OrderChange {
  if (order.status !== 'delivered') {
    throw new ToolRefusal('Non-delivered order cannot be exchanged');
  }
  const missing = firstMissing(order, request.item_ids);
  if (missing !== undefined) {
    throw new ToolRefusal(`Number of ${missing} not found.`);
  }
  if (request.item_ids.length !== request.new_item_ids.length) {
    throw new ToolRefusal('The number of items to be exchanged should match.');
  }
  const difference = roundToHundredths(priceDifference(replacements(order, products, request)));
  const method = paymentMethodOf(existing(customer), request.payment_method_id);
  if (!covers(method, difference)) {
    throw new ToolRefusal('Insufficient gift card balance to pay for the price difference');
  }
  return {
    order: {
      ...order,
      status: 'exchange requested',
      exchange_items: request.item_ids.toSorted(),
      exchange_new_items: request.new_item_ids.toSorted(),
      exchange_payment_method_id: request.payment_method_id,
      exchange_price_difference: difference,
    },
  };
}

/** @throws ToolRefusal unless the order is pending, each new item is available, and a gift card covers the price. */
export function itemsModified(
  { order, customer }: OrderDocuments,
  products: Products,
  request: ReplacementRequest,
): OrderChange {
  if (order.status !== 'pending') {
    throw new ToolRefusal('Non-pending order cannot be modified');
  }
  const missing = firstMissing(order, request.item_ids);
  if (missing !== undefined) {
    throw new ToolRefusal(`${missing} not found`);
  }
  if (request.item_ids.length !== request.new_item_ids.length) {
    throw new ToolRefusal('The number of items to be exchanged should match');
  }
  const replaced = replacements(order, products, request, ({ item_id }, newItemId) => {
    if (item_id === newItemId) {
      throw new ToolRefusal('The new item id should be different from the old item id');
    }
  });
  // not rounded, because the recorded results are not: 0.04999999999999716
  const difference = priceDifference(replaced);
  const before = existing(customer);
  const method = paymentMethodOf(before, request.payment_method_id);
  if (!covers(method, difference)) {
    throw new ToolRefusal('Insufficient gift card balance to pay for the new item');
  }
  return change(before, credited(before, request.payment_method_id, -difference), {
    ...order,
    status: 'pending (item modified)',
    items: withReplacements(order.items, replaced),
    payment_history: [
      ...order.payment_history,
      {
        transaction_type: difference > 0 ? 'payment' : 'refund',
        amount: Math.abs(difference),
        payment_method_id: request.payment_method_id,
      },
    ],
  });
}

function withReplacements(items: readonly OrderItem[], replaced: readonly Replacement[]): OrderItem[] {
  const last = replaced.at(-1);
  return items.map((item, index) => {
    const replacement = replaced.find(({ position }) => position === index);
    if (replacement === undefined || last === undefined) {
      return item;
    }
    // every changed item gets the last one's price and options, because the recorded results have it so
    const { price, options } = last.variant;
    return { ...item, item_id: replacement.variant.item_id, price, options };
  });
}
