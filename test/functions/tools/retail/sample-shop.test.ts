import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toCents } from '../../../../functions/tools/retail/money.ts';
import { unrefundedPayments } from '../../../../functions/tools/retail/orders.ts';
import { orderTotalCents } from '../../../../functions/tools/retail/refund.ts';
import { sampleOrder, sampleShop } from './sample-shop.ts';

const { users, orders, products } = sampleShop;

describe('the sample shop', () => {
  it('files every document under its own id', () => {
    for (const [id, user] of Object.entries(users)) assert.equal(user.user_id, id);
    for (const [id, order] of Object.entries(orders)) assert.equal(order.order_id, id);
    for (const [id, product] of Object.entries(products)) {
      assert.equal(product.product_id, id);
      for (const [itemId, variant] of Object.entries(product.variants)) assert.equal(variant.item_id, itemId);
    }
  });

  it('gives every order to a customer who lists it and has its payment method', () => {
    for (const [id, { user_id, payment_history }] of Object.entries(orders)) {
      assert.ok(users[user_id]?.orders.includes(id), id);
      for (const { payment_method_id } of payment_history) {
        assert.ok(users[user_id]?.payment_methods[payment_method_id], id);
      }
    }
  });

  it('sells what its products list, at their price', () => {
    for (const { item_id, product_id, name, price, options } of Object.values(orders).flatMap(
      ({ items }) => items,
    )) {
      const product = products[product_id];
      assert.deepEqual(
        { name, price, options },
        {
          name: product?.name,
          price: product?.variants[item_id]?.price,
          options: product?.variants[item_id]?.options,
        },
      );
    }
  });

  it('was paid the price of every order that is not cancelled', () => {
    for (const id of Object.keys(orders)) {
      const order = sampleOrder(id);
      const paid = unrefundedPayments(order).reduce((sum, { amount }) => sum + toCents(amount), 0);
      assert.equal(paid, order.status === 'cancelled' ? 0 : orderTotalCents(order), id);
    }
  });

  it('has what the walk-through needs: a large, a small and a delivered order of one customer', () => {
    const lenas = Object.keys(orders)
      .map((id) => sampleOrder(id))
      .filter(({ user_id }) => user_id === 'lena_hofer_4821');
    const totals = (status: string) => lenas.filter((order) => order.status === status).map(orderTotalCents);
    assert.deepEqual(totals('pending'), [55840, 2235]);
    assert.equal(totals('delivered').length, 1);
  });
});
