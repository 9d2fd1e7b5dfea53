import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costReport, missingOf } from '../../../domain/metering/report.ts';
import { runDays, total } from '../../../domain/metering/usage.ts';
import {
  asked,
  CAP,
  closed,
  decided,
  eventsOfRun,
  executed,
  METERING,
  meteredOf,
  opened,
  requested,
} from '../../support/metered.ts';

const ORDER = 'shop.cancel';
const READ = 'shop.get_order';

test('what was made cheaper and what budgets refused is told with its reasons, the most frequent first', () => {
  const why = (code: string) => ({ code, message: '' });
  const broke = decided('0001-00', ORDER, 'deny', { reasons: [why('daily_budget_exhausted')] });
  const step = {
    type: 'budget.step',
    step: 'smaller_model',
    share: 0.8,
    cap: 'run dollars',
    used: 8,
    of: 10,
  } as const;
  const happened = [
    ...[
      opened(),
      step,
      step,
      asked(1, { model: 'small', insteadOf: { model: 'large', why: why('budget') } }),
    ],
    ...[
      broke,
      decided('0002-00', ORDER, 'deny', { reasons: [why('no_permit')] }),
      closed('stopped', 'tokens_exhausted'),
    ],
  ];
  const days = runDays(meteredOf(eventsOfRun({}, ...happened)), METERING);
  const { downgraded, refused } = costReport(days, 'workflow');
  assert.deepEqual(downgraded, [
    { kind: 'step', what: 'smaller_model', why: 'run dollars', count: 2 },
    { kind: 'replaced', what: 'large by small', why: 'budget', count: 1 },
  ]);
  assert.deepEqual(refused, [
    { kind: 'refused', what: ORDER, why: 'daily_budget_exhausted', count: 1 },
    { kind: 'stopped', what: 'stopped', why: 'tokens_exhausted', count: 1 },
  ]);
  const { steps_smaller_model, models_replaced, calls_refused_by_budgets, runs_stopped_by_budgets } =
    total(days);
  assert.deepEqual(
    [steps_smaller_model, models_replaced, calls_refused_by_budgets, runs_stopped_by_budgets],
    [2, 1, 1, 1],
  );
});

test('a run at 80 % of its cap is near it, and the highest share is told with its run', () => {
  const spends = (runId: string, spent: number) => eventsOfRun({ runId }, opened(), asked(spent), closed());
  const days = runDays(meteredOf(spends('run-1', 0.8 * CAP), spends('run-2', 0.8 * CAP - 1)), METERING);
  const { caps } = costReport(days, 'run');
  assert.deepEqual(
    [caps.runs, caps.runsNearTheirCap, caps.highest],
    [2, 1, { tenant: 'acme', run: 'run-1', share: 0.8 }],
  );
});

test('costs are divided among runs, completed ones and successful ones, and among none not at all', () => {
  const happy = eventsOfRun(
    { runId: 'run-1' },
    opened(),
    decided('0001-00', READ),
    executed('0001-00', 9),
    closed(),
  );
  const days = runDays(
    meteredOf(happy, eventsOfRun({ runId: 'run-2' }, opened(), closed('failed'))),
    METERING,
  );
  const { costs } = costReport(days, 'workflow');
  assert.deepEqual(
    [costs.all.total, costs.perRun?.total, costs.perSuccessful?.total],
    [2_110_009, 1_055_005, 2_110_009],
  );
  const none = costReport(runDays(meteredOf(eventsOfRun({}, opened())), METERING), 'workflow').costs;
  assert.deepEqual([none.perCompleted, none.perSuccessful], [undefined, undefined]);
});

test('runs whose beginning or end was not read are told, and break-glass is no run', () => {
  const events = meteredOf(
    eventsOfRun({ runId: 'run-1' }, decided('0001-00', READ), closed()),
    eventsOfRun({ runId: 'run-2' }, opened()),
    eventsOfRun({ runId: 'run-3' }, requested()),
    eventsOfRun({ runId: 'bg-1' }, { type: 'break_glass.confirmed', by: 'm', expiresAt: '' }),
  );
  assert.deepEqual(missingOf(events), { begunBefore: 1, notClosed: 1 });
});
