import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cancelled, repaid } from '../../../../functions/tools/retail/orders.ts';
import {
  cancelRefundCents,
  orderTotalCents,
  replacementDifferenceCents,
  returnRefundCents,
} from '../../../../functions/tools/retail/refund.ts';
import { sampleCustomer, sampleOrder, sampleProducts } from './sample-shop.ts';

const LENA = sampleCustomer('lena_hofer_4821');
const PENDING = sampleOrder('#W4400125');
const DELIVERED = sampleOrder('#W4400307');

describe('what a call would give back, in cents', () => {
  it('is all payments of an order that is cancelled', () => {
    assert.equal(cancelRefundCents(PENDING), 55840);
  });

  it('leaves out payments that were refunded before', () => {
    const { order } = repaid({ order: sampleOrder('#W4400218'), customer: LENA }, 'gift_card_3347160');
    assert.equal(cancelRefundCents(order), 2235);
  });

  it('is nothing for an order that is cancelled already', () => {
    assert.equal(
      cancelRefundCents(cancelled({ order: PENDING, customer: LENA }, 'no longer needed').order),
      0,
    );
  });

  it('is the price of the items that are returned', () => {
    assert.equal(returnRefundCents(DELIVERED, ['4410092871']), 7240);
    assert.equal(returnRefundCents(DELIVERED, ['4410092871', '5527310460']), 16740);
  });

  it('counts an item once if the order holds it once', () => {
    assert.equal(returnRefundCents(DELIVERED, ['4410092871', '4410092871']), 7240);
  });

  it('counts an unknown item as nothing', () => {
    assert.equal(returnRefundCents(DELIVERED, ['0', '__proto__']), 0);
  });

  it('counts cheaper items below nothing', () => {
    assert.equal(difference(['7718560342'], ['7718560343']), -2000);
  });

  it('counts dearer items above nothing', () => {
    assert.equal(difference(['7718560342'], ['7718560344']), 10950);
  });

  it('adds up cheaper and dearer items', () => {
    assert.equal(difference(['7718560342', '1042669839'], ['7718560343', '1042669840']), -2000 + 520);
  });

  it('counts a pair as nothing when either item is unknown or there is no other', () => {
    assert.equal(difference(['0'], ['7718560343']), 0);
    assert.equal(difference(['7718560342'], ['0']), 0);
    assert.equal(difference(['7718560342'], []), 0);
    assert.equal(replacementDifferenceCents(PENDING, new Map(), ['7718560342'], ['7718560343']), 0);
  });

  it('counts a new item that is not available as nothing', () => {
    assert.equal(difference(['7718560342'], ['7718560345']), 0);
  });

  it('is a whole number although the prices are binary fractions', () => {
    assert.equal(orderTotalCents(sampleOrder('#W4842271')), 20305);
  });
});

function difference(itemIds: readonly string[], newItemIds: readonly string[]): number {
  return replacementDifferenceCents(PENDING, sampleProducts, itemIds, newItemIds);
}
