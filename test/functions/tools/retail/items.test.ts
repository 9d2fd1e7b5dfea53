import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ToolRefusal } from '../../../../domain/tool/handler.ts';
import {
  exchangeRequested,
  itemsModified,
  returnRequested,
} from '../../../../functions/tools/retail/items.ts';
import { balanceOf, sampleCustomer, sampleOrder, sampleProducts } from './sample-shop.ts';

const LENA = sampleCustomer('lena_hofer_4821');
const CARD = 'credit_card_5512087';
/** Holds $120. */
const GIFT_CARD = 'gift_card_3347160';

/** Pending: a belt drive record player at $429 and a large grey blanket at $129.40. */
const PENDING = { order: sampleOrder('#W4400125'), customer: LENA };
const BELT = '7718560342';
const BELT_BLACK = '7718560343'; // $409
const DIRECT_BLACK = '7718560344'; // $538.50
const DIRECT_WALNUT = '7718560345'; // not available
const LARGE_GREY = '1042669839';
const LARGE_RUST = '1042669840'; // $134.60

/** Delivered: a steel kettle at $72.40 and a yellow cape at $95. */
const DELIVERED = { order: sampleOrder('#W4400307'), customer: LENA };
const STEEL = '4410092871';
const COPPER = '4410092872'; // $118.90
const CAPE = '5527310460';

function refusedWith(message: string): (error: unknown) => boolean {
  return (error) => error instanceof ToolRefusal && error.message === message;
}

function modified(itemIds: string[], newItemIds: string[], paymentMethodId = CARD, documents = PENDING) {
  const request = { item_ids: itemIds, new_item_ids: newItemIds, payment_method_id: paymentMethodId };
  return itemsModified(documents, sampleProducts, request);
}

function exchanged(itemIds: string[], newItemIds: string[], paymentMethodId = CARD, documents = DELIVERED) {
  const request = { item_ids: itemIds, new_item_ids: newItemIds, payment_method_id: paymentMethodId };
  return exchangeRequested(documents, sampleProducts, request);
}

function returned(itemIds: string[], paymentMethodId = CARD, documents = DELIVERED) {
  return returnRequested(documents, { item_ids: itemIds, payment_method_id: paymentMethodId });
}

describe('modifying the items of a pending order', () => {
  it('replaces an item and charges the difference', () => {
    const { order, customer } = modified([BELT], [DIRECT_BLACK]);
    assert.equal(order.status, 'pending (item modified)');
    assert.deepEqual(order.items[0], {
      ...PENDING.order.items[0],
      item_id: DIRECT_BLACK,
      price: 538.5,
      options: { drive: 'direct', finish: 'black' },
    });
    assert.deepEqual(order.items[1], PENDING.order.items[1]);
    assert.deepEqual(order.payment_history[1], {
      transaction_type: 'payment',
      amount: 109.5,
      payment_method_id: CARD,
    });
    assert.equal(customer, undefined);
  });

  it('refunds the difference to a gift card at once', () => {
    const { order, customer } = modified([BELT], [BELT_BLACK], GIFT_CARD);
    assert.deepEqual(order.payment_history[1], {
      transaction_type: 'refund',
      amount: 20,
      payment_method_id: GIFT_CARD,
    });
    assert.equal(balanceOf(customer, GIFT_CARD), 140);
  });

  it('records a difference of nothing as a refund of 0', () => {
    const tied = new Map(sampleProducts);
    const [item] = PENDING.order.items;
    const player = sampleProducts.get('5541927306');
    assert.ok(item && player);
    const black = { item_id: BELT_BLACK, options: {}, available: true, price: item.price };
    tied.set(player.product_id, { ...player, variants: { [BELT_BLACK]: black } });
    const request = { item_ids: [BELT], new_item_ids: [BELT_BLACK], payment_method_id: CARD };
    const { order } = itemsModified(PENDING, tied, request);
    assert.deepEqual(order.payment_history[1], {
      transaction_type: 'refund',
      amount: 0,
      payment_method_id: CARD,
    });
  });

  it('gives every changed item the price and options of the last one, as the recorded results have it', () => {
    const { order } = modified([BELT, LARGE_GREY], [DIRECT_BLACK, LARGE_RUST]);
    assert.deepEqual(
      order.items.map(({ item_id, price, options }) => ({ item_id, price, options })),
      [
        { item_id: DIRECT_BLACK, price: 134.6, options: { color: 'rust', size: '150x220' } },
        { item_id: LARGE_RUST, price: 134.6, options: { color: 'rust', size: '150x220' } },
      ],
    );
    assert.equal(
      order.payment_history[1]?.amount,
      109.5 + (134.6 - 129.4),
      'the payment is of the true prices',
    );
  });

  it('takes each of two equal items once', () => {
    const [player] = PENDING.order.items;
    assert.ok(player);
    const twice = { ...PENDING, order: { ...PENDING.order, items: [player, player] } };
    const { order } = modified([BELT, BELT], [BELT_BLACK, BELT_BLACK], CARD, twice);
    assert.deepEqual(
      order.items.map((item) => item.item_id),
      [BELT_BLACK, BELT_BLACK],
    );
    assert.throws(
      () => modified([BELT, BELT, BELT], [BELT_BLACK, BELT_BLACK, BELT_BLACK], CARD, twice),
      refusedWith(`${BELT} not found`),
    );
  });

  const REFUSALS: [string, string, () => unknown][] = [
    ['an item that the order does not hold', `${STEEL} not found`, () => modified([STEEL], [COPPER])],
    [
      'lists of different lengths',
      'The number of items to be exchanged should match',
      () => modified([BELT, LARGE_GREY], [BELT_BLACK]),
    ],
    [
      'an item replaced by itself',
      'The new item id should be different from the old item id',
      () => modified([BELT], [BELT]),
    ],
    ['a variant of another product', 'Variant not found', () => modified([BELT], [LARGE_RUST])],
    ['a variant that every object inherits', 'Variant not found', () => modified([BELT], ['constructor'])],
    [
      'a variant that is not available',
      `New item ${DIRECT_WALNUT} not found or available`,
      () => modified([BELT], [DIRECT_WALNUT]),
    ],
    [
      'an unknown payment method',
      'Payment method not found',
      () => modified([BELT], [BELT_BLACK], 'paypal_1'),
    ],
    [
      'an order that was modified before',
      'Non-pending order cannot be modified',
      () =>
        modified([BELT], [BELT_BLACK], CARD, {
          ...PENDING,
          order: sampleOrder('#W4400125', { status: 'pending (item modified)' }),
        }),
    ],
  ];
  for (const [title, message, act] of REFUSALS) {
    it(`refuses ${title}`, () => assert.throws(act, refusedWith(message)));
  }

  it('refuses a gift card that does not cover the difference, and takes one that just does', () => {
    const direct = modified([BELT], [DIRECT_BLACK], GIFT_CARD);
    assert.equal(balanceOf(direct.customer, GIFT_CARD), 10.5);
    const customer = {
      ...LENA,
      payment_methods: { [GIFT_CARD]: { source: 'gift_card' as const, id: GIFT_CARD, balance: 109.49 } },
    };
    assert.throws(
      () => modified([BELT], [DIRECT_BLACK], GIFT_CARD, { ...PENDING, customer }),
      refusedWith('Insufficient gift card balance to pay for the new item'),
    );
  });

  it('refuses when the product of the item is gone', () => {
    const request = { item_ids: [BELT], new_item_ids: [BELT_BLACK], payment_method_id: CARD };
    assert.throws(() => itemsModified(PENDING, new Map(), request), refusedWith('Product not found'));
  });
});

describe('exchanging items of a delivered order', () => {
  it('records what is exchanged, sorted, and the rounded difference, and moves no money yet', () => {
    const { order, customer } = exchanged([CAPE, STEEL], ['5527310464', COPPER]);
    assert.deepEqual(order, {
      ...DELIVERED.order,
      status: 'exchange requested',
      exchange_items: [STEEL, CAPE],
      exchange_new_items: [COPPER, '5527310464'],
      exchange_payment_method_id: CARD,
      exchange_price_difference: 55.7,
    });
    assert.equal(customer, undefined);
  });

  it('may exchange an item for another piece of the same', () => {
    assert.equal(exchanged([STEEL], [STEEL]).order.exchange_price_difference, 0);
  });

  const REFUSALS: [string, string, () => unknown][] = [
    [
      'an order that is not delivered',
      'Non-delivered order cannot be exchanged',
      () => exchanged([BELT], [BELT_BLACK], CARD, PENDING),
    ],
    [
      'more pieces than the order holds',
      `Number of ${STEEL} not found.`,
      () => exchanged([STEEL, STEEL], [COPPER, COPPER]),
    ],
    [
      'lists of different lengths',
      'The number of items to be exchanged should match.',
      () => exchanged([STEEL], [COPPER, COPPER]),
    ],
    ['a variant of another product', 'Variant not found', () => exchanged([STEEL], [CAPE])],
    [
      'a variant that is not available',
      'New item 5527310463 not found or available',
      () => exchanged([CAPE], ['5527310463']),
    ],
    ['an unknown payment method', 'Payment method not found', () => exchanged([STEEL], [COPPER], 'paypal_1')],
    [
      'a gift card that does not cover the difference',
      'Insufficient gift card balance to pay for the price difference',
      () =>
        exchanged([STEEL], [COPPER], GIFT_CARD, {
          ...DELIVERED,
          customer: {
            ...LENA,
            payment_methods: { [GIFT_CARD]: { source: 'gift_card', id: GIFT_CARD, balance: 46.49 } },
          },
        }),
    ],
  ];
  for (const [title, message, act] of REFUSALS) {
    it(`refuses ${title}`, () => assert.throws(act, refusedWith(message)));
  }
});

describe('returning items of a delivered order', () => {
  it('records what is returned, sorted, and where the refund will go', () => {
    assert.deepEqual(returned([CAPE, STEEL]).order, {
      ...DELIVERED.order,
      status: 'return requested',
      return_items: [STEEL, CAPE],
      return_payment_method_id: CARD,
    });
  });

  it('takes a gift card that did not pay for the order', () => {
    assert.equal(returned([STEEL], GIFT_CARD).order.return_payment_method_id, GIFT_CARD);
  });

  it('refuses another card that did not pay for the order', () => {
    const other = { source: 'paypal' as const, id: 'paypal_7' };
    const customer = { ...LENA, payment_methods: { ...LENA.payment_methods, paypal_7: other } };
    assert.throws(
      () => returned([STEEL], 'paypal_7', { ...DELIVERED, customer }),
      refusedWith('Payment method should be the original payment method'),
    );
  });

  const REFUSALS: [string, string, () => unknown][] = [
    [
      'an order that is not delivered',
      'Non-delivered order cannot be returned',
      () => returned([BELT], CARD, PENDING),
    ],
    ['more pieces than the order holds', 'Some item not found', () => returned([STEEL, STEEL])],
    ['an unknown payment method', 'Payment method not found', () => returned([STEEL], 'paypal_1')],
  ];
  for (const [title, message, act] of REFUSALS) {
    it(`refuses ${title}`, () => assert.throws(act, refusedWith(message)));
  }
});
