import type { ShopDocuments } from '../../local/shop/load.ts';

/** The shop with many pending orders of one customer, so that every call of a bench has an order of its own. */
export function shopWithOrders(shop: ShopDocuments, orders: number) {
  const [template] = Object.values(shop.orders).filter(({ status }) => status === 'pending');
  if (template === undefined) {
    throw new Error('the shop has no pending order to make others from');
  }
  const orderIds = Array.from({ length: orders }, (_, index) => `#W${String(9_000_000 + index)}`);
  const copies = Object.fromEntries(orderIds.map((id) => [id, { ...template, order_id: id }]));
  return { documents: { ...shop, orders: copies }, customer: template.user_id, orderIds };
}
