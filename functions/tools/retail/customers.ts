import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { type Address, type Customer, member, type PaymentMethod } from './documents.ts';
import { roundToHundredths } from './money.ts';

/** @throws ToolRefusal when there is no such customer. */
export function existing(customer: Customer | undefined): Customer {
  if (customer === undefined) {
    throw new ToolRefusal('User not found');
  }
  return customer;
}

/** @throws ToolRefusal when the customer has no such payment method. */
export function paymentMethodOf(customer: Customer, paymentMethodId: string): PaymentMethod {
  const method = member(customer.payment_methods, paymentMethodId);
  if (method === undefined) {
    throw new ToolRefusal('Payment method not found');
  }
  return method;
}

/** Whether a payment method can pay an amount of dollars; only gift cards have a limit that the shop knows. */
export function covers(method: PaymentMethod, amount: number): boolean {
  return method.source !== 'gift_card' || method.balance >= amount;
}

/**
 * The customer after an amount of dollars, negative to charge, went to a payment method. Only gift cards keep a
 * balance here; for other methods the very same customer comes back.
 *
 * @throws ToolRefusal when the customer has no such payment method.
 */
export function credited(customer: Customer, paymentMethodId: string, amount: number): Customer {
  const method = paymentMethodOf(customer, paymentMethodId);
  if (method.source !== 'gift_card') {
    return customer;
  }
  const balance = roundToHundredths(method.balance + amount);
  return {
    ...customer,
    payment_methods: { ...customer.payment_methods, [paymentMethodId]: { ...method, balance } },
  };
}

export function movedTo(customer: Customer, address: Address): Customer {
  return { ...customer, address };
}
