import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { accountOf } from '../../../domain/audit/receipt.ts';
import { activityOf, costOf } from '../../../domain/metering/cost.ts';
import { isMetered, MeteredEventShape, metered } from '../../../domain/metering/events.ts';
import {
  asked,
  closed,
  decided,
  eventsOfRun,
  executed,
  opened,
  RATES,
  requested,
  verdict,
} from '../../support/metered.ts';
import { openRun } from '../../support/views.ts';

const costs = (events: readonly LedgerEvent[], rates = RATES) => costOf(activityOf(metered(events)), rates);

const RUN = eventsOfRun(
  {},
  ...[requested(), opened(), asked(40), decided('0001-00', 'shop.get_order'), executed('0001-00', 2)],
  ...[
    decided('0001-01', 'shop.get_order', 'deny'),
    asked(50),
    decided('0002-00', 'shop.cancel', 'needs_approval'),
  ],
  { type: 'approval.waiting', callId: '0002-00', approvalId: 'a', expiresAt: '' },
  ...[verdict('0002-00'), decided('0002-00', 'shop.cancel'), executed('0002-00', 3), asked(60), closed()],
);

test('a run costs its models, its tools, what it ran on, and the time of people', () => {
  assert.deepEqual(costs(RUN), {
    modelMicroDollars: 150,
    toolsMicroDollars: 5,
    // one run; two turns with calls and a wait; four decisions. The last answer of the model has no calls
    infrastructureMicroDollars: 1_000_000 + 3 * 100_000 + 4 * 10_000,
    peopleMicroDollars: 2_000_000,
  });
});

test('a run of nothing but its end costs nothing', () => {
  assert.deepEqual(Object.values(costs(eventsOfRun({}, requested(), closed('failed')))), [0, 0, 0, 0]);
});

test('people are paid for verdicts on approvals, outcomes and break-glass, and for nothing else', () => {
  const settled = {
    type: 'call.settled',
    callId: '0001-00',
    tool: 'x',
    happened: true,
    by: 'm',
    note: '',
  } as const;
  const acts = eventsOfRun(
    {},
    ...[verdict(), settled, { type: 'break_glass.confirmed', by: 'm', expiresAt: '' } as const],
    { type: 'break_glass.rejected', by: 'm' },
    { type: 'break_glass.ended', by: 'm' },
    { type: 'budget.cap_changed', beforeMicroDollars: 1, capMicroDollars: 2, by: 'm', note: '' },
  );
  assert.equal(costs(acts).peopleMicroDollars, 4 * 2_000_000);
});

test('fractions are rounded up once for a run, and decimals that binary fractions miss are none', () => {
  const rates = {
    ...RATES,
    infrastructure: {
      ...RATES.infrastructure,
      usd_per_run: 0.0000001,
      usd_per_turn: 0,
      usd_per_call: 0.0000007,
    },
  };
  const calls = ['0001-00', '0001-01', '0001-02'].map((callId) => decided(callId, 'shop.get_order'));
  assert.equal(
    costs(eventsOfRun({}, opened(), ...calls), rates).infrastructureMicroDollars,
    3,
    '2.2 of them',
  );
  const whole = {
    ...rates,
    infrastructure: { ...rates.infrastructure, usd_per_run: 0.07, usd_per_call: 0.1 },
  };
  assert.equal(costs(eventsOfRun({}, opened(), ...calls), whole).infrastructureMicroDollars, 370_000);
});

test('the receipt has all parts, their sum, and what the budget was charged', () => {
  const { cost } = accountOf(openRun, RUN, { version: '1', ...RATES });
  assert.deepEqual(cost, {
    ...costs(RUN),
    budgetMicroDollars: 155,
    totalMicroDollars: 155 + 1_340_000 + 2_000_000,
  });
});

test('what the ledger writes is what metering reads', () => {
  const all = metered(RUN);
  assert.equal(all.length, RUN.length);
  for (const event of all) {
    assert.ok(MeteredEventShape.safeParse(event).success, event.type);
  }
  assert.deepEqual(['call.decided', 'run.questioned', 'toString', undefined].map(isMetered), [
    true,
    false,
    false,
    false,
  ]);
});
