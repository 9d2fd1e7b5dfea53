import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  paymentFacts,
  replacementFacts,
  returnFacts,
} from '../../../../functions/tools/retail/order-facts.ts';
import { repaid } from '../../../../functions/tools/retail/orders.ts';
import { sampleCustomer, sampleOrder, sampleProducts } from './sample-shop.ts';

const LENA = sampleCustomer('lena_hofer_4821');
const PENDING = sampleOrder('#W4400125');
const CARD = 'credit_card_5512087';
const GIFT_CARD = 'gift_card_3347160';

function replacing(items: readonly string[], newItems: readonly string[]) {
  const request = { item_ids: items, new_item_ids: newItems, payment_method_id: CARD };
  return replacementFacts(PENDING, LENA, sampleProducts, request);
}

describe('facts about a payment method', () => {
  it('say that it is the one that the order was paid with', () => {
    const { paymentMethodSource, isOriginalPaymentMethod } = paymentFacts(PENDING, LENA, CARD);
    assert.deepEqual([paymentMethodSource, isOriginalPaymentMethod], ['credit_card', true]);
  });

  it('have a balance for gift cards only', () => {
    assert.equal(paymentFacts(PENDING, LENA, GIFT_CARD).giftCardBalanceCents, 12000);
    assert.ok(!('giftCardBalanceCents' in paymentFacts(PENDING, LENA, CARD)));
  });

  it('have no source when the owner has no such payment method, or there is no owner', () => {
    assert.ok(!('paymentMethodSource' in paymentFacts(PENDING, LENA, '__proto__')));
    assert.ok(!('paymentMethodSource' in paymentFacts(PENDING, undefined, CARD)));
  });

  it('say that the order has been paid in another way since', () => {
    const { order } = repaid({ order: sampleOrder('#W4400218'), customer: LENA }, GIFT_CARD);
    assert.equal(paymentFacts(order, LENA, CARD).isPaidOnce, false);
    assert.equal(paymentFacts(PENDING, LENA, CARD).isPaidOnce, true);
  });
});

describe('facts about a return', () => {
  const inOrder = (item_ids: readonly string[]) =>
    returnFacts(PENDING, LENA, { item_ids, payment_method_id: CARD }).itemsInOrder;

  it('say whether the order holds each item as often as it is named', () => {
    assert.equal(inOrder(['7718560342', '1042669839']), true);
    assert.equal(inOrder(['7718560342', '7718560342']), false);
    assert.equal(inOrder(['0']), false);
  });
});

describe('facts about a replacement', () => {
  it('are all well for another variant that is available', () => {
    assert.deepEqual(replacing(['7718560342'], ['7718560344']), {
      paymentMethodSource: 'credit_card',
      isOriginalPaymentMethod: true,
      refundCents: 0,
      chargeCents: 10950,
      itemsInOrder: true,
      newItemForEachItem: true,
      newItemsOfSameProduct: true,
      newItemsAvailable: true,
      newItemsDiffer: true,
    });
  });

  it('say that the order does not hold an item', () => {
    assert.equal(replacing(['0'], ['7718560344']).itemsInOrder, false);
  });

  it('say that there are more items than new ones, or fewer', () => {
    assert.equal(replacing(['7718560342', '1042669839'], ['7718560344']).newItemForEachItem, false);
    assert.equal(replacing(['7718560342'], ['7718560344', '1042669840']).newItemForEachItem, false);
  });

  it('say that a new item is of another product, or of none', () => {
    assert.equal(
      replacing(['7718560342', '1042669839'], ['7718560344', '7718560343']).newItemsOfSameProduct,
      false,
    );
    assert.equal(replacing(['7718560342'], ['__proto__']).newItemsOfSameProduct, false);
  });

  it('say that a new item is not in stock, and charge nothing for it', () => {
    const { newItemsAvailable, chargeCents } = replacing(['7718560342'], ['7718560345']);
    assert.deepEqual([newItemsAvailable, chargeCents], [false, 0]);
  });

  it('say that a new item is the old one', () => {
    const { newItemsDiffer } = replacing(['7718560342', '1042669839'], ['7718560344', '1042669839']);
    assert.equal(newItemsDiffer, false);
  });
});
