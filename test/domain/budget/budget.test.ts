import assert from 'node:assert/strict';
import { test } from 'node:test';

import { microDollars, openBudget, settle } from '../../../domain/budget/budget.ts';
import { modelCost, modelPrice, toolPrice } from '../../../domain/budget/prices.ts';
import { bundle } from '../../support/bundle.ts';

test('a new budget is all available', () => {
  const { leasedMicroDollars, usedMicroDollars, heldMicroDollars, spentMicroDollars } = openBudget(500);
  assert.deepEqual(
    [leasedMicroDollars, usedMicroDollars, heldMicroDollars, spentMicroDollars],
    [500, 0, 0, 0],
  );
});

test('what a call did not cost is released', () => {
  const { chargedMicroDollars, releasedMicroDollars } = settle(100, 30);
  assert.deepEqual([chargedMicroDollars, releasedMicroDollars], [30, 70]);
});

test('a fraction of a micro-dollar counts as a whole one', () => {
  assert.equal(settle(100, 0.125).chargedMicroDollars, 1);
});

test('a call that cost more than it declared is charged its hold, and the difference is told', () => {
  const { chargedMicroDollars, overrunMicroDollars } = settle(100, 130);
  assert.deepEqual([chargedMicroDollars, overrunMicroDollars], [100, 30]);
});

test('what is settled is spent or released, whatever the amounts', () => {
  for (let hold = 0; hold <= 40; hold += 1) {
    for (let actual = -2; actual <= 60; actual += 0.5) {
      const { releasedMicroDollars, heldDelta, spentDelta } = settle(hold, actual);
      assert.equal(releasedMicroDollars + heldDelta + spentDelta, 0, `hold ${hold}, actual ${actual}`);
      assert.equal(heldDelta + hold, 0);
      assert.ok(releasedMicroDollars >= 0 && spentDelta >= 0, `hold ${hold}, actual ${actual}`);
    }
  }
});

test('dollars become whole micro-dollars', () => {
  assert.equal(microDollars(0.1 + 0.2), 300_000);
});

test('a model without a price is an error, not free', () => {
  assert.throws(() => modelPrice(bundle.prices, 'no-such-model'), /model 'no-such-model' has no price/);
});

test('tokens cost what the price table says', () => {
  assert.equal(modelCost({ inputMicroDollarsPerToken: 3, outputMicroDollarsPerToken: 15 }, 1000, 100), 4500);
});

test('the price of a call is rounded up to a whole micro-dollar, and decimals that binary fractions miss are no reason to', () => {
  const priced = (usd_per_call: number) =>
    toolPrice({ tools: { x: { usd_per_call, source: 'https://example.com', as_of: '2026-11-21' } } }, 'x');
  assert.deepEqual([0.0000011, 0.07, 0.1, 0.29, 0].map(priced), [2, 70_000, 100_000, 290_000, 0]);
  assert.equal(toolPrice({ tools: {} }, 'toString'), 0, 'a tool without a price');
});
