import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { covers, credited, existing, paymentMethodOf } from './customers.ts';
import { type Address, CANCEL_REASONS, type Customer, type Order, type Payment } from './documents.ts';

/** What a change to an order is computed from. */
export interface OrderDocuments {
  readonly order: Order;
  /** Absent when the customer of the order does not exist, or is not needed. */
  readonly customer?: Customer | undefined;
}

/** Documents to write, as one. */
export interface OrderChange {
  readonly order: Order;
  /** Absent when the customer stays as it is. */
  readonly customer?: Customer;
}

/** @throws ToolRefusal unless the order is pending, the reason is a known one and every payment method exists. */
export function cancelled({ order, customer }: OrderDocuments, reason: string): OrderChange {
  if (order.status !== 'pending') {
    throw new ToolRefusal('Non-pending order cannot be cancelled');
  }
  const cancelReason = CANCEL_REASONS.find((known) => known === reason);
  if (cancelReason === undefined) {
    throw new ToolRefusal('Invalid reason');
  }
  const refunds = unrefundedPayments(order).map(
    (payment): Payment => ({ ...payment, transaction_type: 'refund' }),
  );
  const before = existing(customer);
  const after = refunds.reduce(
    (sum, refund) => credited(sum, refund.payment_method_id, refund.amount),
    before,
  );
  return change(before, after, {
    ...order,
    status: 'cancelled',
    cancel_reason: cancelReason,
    payment_history: [...order.payment_history, ...refunds],
  });
}

/**
 * Payments that have not been given back yet: each refund settles one payment of its amount to its payment method.
 * Changing the payment method leaves such a pair behind, which must not be paid out a second time.
 */
export function unrefundedPayments(order: Pick<Order, 'payment_history'>): Payment[] {
  const open = order.payment_history.filter((entry) => entry.transaction_type === 'payment');
  for (const refund of order.payment_history.filter((entry) => entry.transaction_type === 'refund')) {
    const settled = open.findIndex(
      (payment) => payment.payment_method_id === refund.payment_method_id && payment.amount === refund.amount,
    );
    if (settled !== -1) {
      open.splice(settled, 1);
    }
  }
  return open;
}

/** @throws ToolRefusal unless the order is pending. */
export function redirected({ order }: OrderDocuments, address: Address): OrderChange {
  requirePending(order);
  return { order: { ...order, address } };
}

/** @throws ToolRefusal unless the order is pending with one payment, and another payment method covers it. */
export function repaid({ order, customer }: OrderDocuments, paymentMethodId: string): OrderChange {
  requirePending(order);
  const before = existing(customer);
  const method = paymentMethodOf(before, paymentMethodId);
  const [payment, ...others] = order.payment_history;
  if (payment?.transaction_type !== 'payment' || others.length > 0) {
    throw new ToolRefusal('There should be exactly one payment for a pending order');
  }
  const { amount, payment_method_id: oldPaymentMethodId } = payment;
  if (oldPaymentMethodId === paymentMethodId) {
    throw new ToolRefusal('The new payment method should be different from the current one');
  }
  if (!covers(method, amount)) {
    throw new ToolRefusal('Insufficient gift card balance to pay for the order');
  }
  const after = credited(credited(before, paymentMethodId, -amount), oldPaymentMethodId, amount);
  return change(before, after, {
    ...order,
    payment_history: [
      payment,
      { transaction_type: 'payment', amount, payment_method_id: paymentMethodId },
      { transaction_type: 'refund', amount, payment_method_id: oldPaymentMethodId },
    ],
  });
}

/** Address and payment may also change after the items have. */
function requirePending(order: Order): void {
  if (order.status !== 'pending' && order.status !== 'pending (item modified)') {
    throw new ToolRefusal('Non-pending order cannot be modified');
  }
}

/** Leaves a customer that did not change out of the write. */
export function change(before: Customer, after: Customer, order: Order): OrderChange {
  return after === before ? { order } : { order, customer: after };
}
