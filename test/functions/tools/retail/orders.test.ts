import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ToolRefusal } from '../../../../domain/tool/handler.ts';
import {
  cancelled,
  type OrderDocuments,
  redirected,
  repaid,
} from '../../../../functions/tools/retail/orders.ts';
import { balanceOf, sampleCustomer, sampleOrder } from './sample-shop.ts';

const LENA = sampleCustomer('lena_hofer_4821');
const JONAS = sampleCustomer('jonas_lindqvist_6038');
const ADDRESS = {
  address1: '1 New Street',
  address2: '',
  city: 'Salem',
  country: 'USA',
  state: 'OR',
  zip: '97301',
};

/** Pending, $558.40 by credit card. */
const BY_CARD: OrderDocuments = { order: sampleOrder('#W4400125'), customer: LENA };
/** Pending, $22.35 by credit card; Lena's gift card holds $120. */
const SMALL: OrderDocuments = { order: sampleOrder('#W4400218'), customer: LENA };
/** Pending, $104.20 by gift card, which holds $410.25. */
const BY_GIFT_CARD: OrderDocuments = { order: sampleOrder('#W4731096'), customer: JONAS };

function refusedWith(message: string): (error: unknown) => boolean {
  return (error) => error instanceof ToolRefusal && error.message === message;
}

describe('cancelling a pending order', () => {
  it('refunds the payment, keeps the reason and leaves everything else', () => {
    const { order, customer } = cancelled(BY_CARD, 'no longer needed');
    assert.deepEqual(order, {
      ...BY_CARD.order,
      status: 'cancelled',
      cancel_reason: 'no longer needed',
      payment_history: [
        { transaction_type: 'payment', amount: 558.4, payment_method_id: 'credit_card_5512087' },
        { transaction_type: 'refund', amount: 558.4, payment_method_id: 'credit_card_5512087' },
      ],
    });
    assert.equal(customer, undefined, 'a credit card has no balance here, so the customer is not written');
  });

  it('puts the refund back on a gift card at once', () => {
    const { customer } = cancelled(BY_GIFT_CARD, 'ordered by mistake');
    assert.equal(balanceOf(customer, 'gift_card_7714520'), 514.45);
  });

  it('refunds once, to the payment method that paid in the end, after the payment was changed', () => {
    const changed = repaid(SMALL, 'gift_card_3347160');
    const { order, customer } = cancelled({ customer: LENA, ...changed }, 'no longer needed');
    const refunds = order.payment_history.slice(3);
    assert.deepEqual(refunds, [
      { transaction_type: 'refund', amount: 22.35, payment_method_id: 'gift_card_3347160' },
    ]);
    assert.equal(balanceOf(customer, 'gift_card_3347160'), 120);
  });

  it('does not change the documents that it is given', () => {
    const before = structuredClone(BY_GIFT_CARD);
    cancelled(BY_GIFT_CARD, 'ordered by mistake');
    assert.deepEqual(BY_GIFT_CARD, before);
  });

  for (const status of ['processed', 'delivered', 'cancelled', 'pending (item modified)'] as const) {
    it(`refuses an order that is ${status}`, () => {
      const documents = { ...BY_CARD, order: sampleOrder('#W4400125', { status }) };
      assert.throws(
        () => cancelled(documents, 'no longer needed'),
        refusedWith('Non-pending order cannot be cancelled'),
      );
    });
  }

  it('refuses a reason that is not one of the two', () => {
    assert.throws(() => cancelled(BY_CARD, 'found it cheaper'), refusedWith('Invalid reason'));
  });

  it('refuses when the customer of the order does not exist', () => {
    assert.throws(
      () => cancelled({ order: BY_CARD.order }, 'no longer needed'),
      refusedWith('User not found'),
    );
  });

  it('refuses when the customer no longer has the payment method', () => {
    assert.throws(
      () => cancelled({ order: BY_CARD.order, customer: JONAS }, 'no longer needed'),
      refusedWith('Payment method not found'),
    );
  });
});

describe('changing the address of an order', () => {
  for (const status of ['pending', 'pending (item modified)'] as const) {
    it(`replaces the whole address of an order that is ${status}`, () => {
      const order = sampleOrder('#W4400125', { status });
      assert.deepEqual(redirected({ order }, ADDRESS), { order: { ...order, address: ADDRESS } });
    });
  }

  it('refuses an order that is not pending', () => {
    assert.throws(
      () => redirected({ order: sampleOrder('#W4400307') }, ADDRESS),
      refusedWith('Non-pending order cannot be modified'),
    );
  });
});

describe('changing the payment of an order', () => {
  it('pays with the new method and refunds the old one', () => {
    const { order, customer } = repaid(SMALL, 'gift_card_3347160');
    assert.deepEqual(order.payment_history, [
      { transaction_type: 'payment', amount: 22.35, payment_method_id: 'credit_card_5512087' },
      { transaction_type: 'payment', amount: 22.35, payment_method_id: 'gift_card_3347160' },
      { transaction_type: 'refund', amount: 22.35, payment_method_id: 'credit_card_5512087' },
    ]);
    assert.equal(balanceOf(customer, 'gift_card_3347160'), 97.65);
  });

  it('gives a gift card its money back', () => {
    const { customer } = repaid(BY_GIFT_CARD, 'paypal_3058819');
    assert.equal(balanceOf(customer, 'gift_card_7714520'), 514.45);
  });

  it('refuses a gift card that does not cover the order', () => {
    assert.throws(
      () => repaid(BY_CARD, 'gift_card_3347160'),
      refusedWith('Insufficient gift card balance to pay for the order'),
    );
  });

  it('refuses the method that has paid already', () => {
    assert.throws(
      () => repaid(BY_CARD, 'credit_card_5512087'),
      refusedWith('The new payment method should be different from the current one'),
    );
  });

  it('refuses an order with more than one entry in its payment history', () => {
    const { order } = repaid(SMALL, 'gift_card_3347160');
    assert.throws(
      () => repaid({ order, customer: LENA }, 'credit_card_5512087'),
      refusedWith('There should be exactly one payment for a pending order'),
    );
  });

  it('refuses an order whose one entry is a refund', () => {
    const [payment] = SMALL.order.payment_history;
    assert.ok(payment);
    const order = { ...SMALL.order, payment_history: [{ ...payment, transaction_type: 'refund' as const }] };
    assert.throws(
      () => repaid({ order, customer: LENA }, 'gift_card_3347160'),
      refusedWith('There should be exactly one payment for a pending order'),
    );
  });

  for (const name of ['gift_card_0000000', '__proto__', 'constructor']) {
    it(`refuses the payment method ${name}, which the customer does not have`, () => {
      assert.throws(() => repaid(BY_CARD, name), refusedWith('Payment method not found'));
    });
  }

  it('refuses an order that is not pending', () => {
    assert.throws(
      () => repaid({ order: sampleOrder('#W4400307'), customer: LENA }, 'gift_card_3347160'),
      refusedWith('Non-pending order cannot be modified'),
    );
  });
});
