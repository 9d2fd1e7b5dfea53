import { Customer, Order, Product } from '../../../../functions/tools/retail/documents.ts';
import type { Products } from '../../../../functions/tools/retail/replacements.ts';
import { readShopFile } from '../../../../local/shop/load.ts';

/** The project's own sample shop, as the local cloud loads it. */
export const sampleShop = await readShopFile(new URL('../../../../local/shop/sample.json', import.meta.url));

export function sampleOrder(orderId: string, changes: Partial<Order> = {}): Order {
  return { ...Order.parse(sampleShop.orders[orderId]), ...changes };
}

export function sampleCustomer(customerId: string): Customer {
  return Customer.parse(sampleShop.users[customerId]);
}

export const sampleProducts: Products = new Map(
  Object.entries(sampleShop.products).map(([id, product]) => [id, Product.parse(product)]),
);

/** Balance of a customer's gift card, dollars. */
export function balanceOf(customer: Customer | undefined, paymentMethodId: string): number | undefined {
  const method = customer?.payment_methods[paymentMethodId];
  return method?.source === 'gift_card' ? method.balance : undefined;
}
