import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEASURE_NAMES } from '../../../domain/metering/columns.ts';
import { activityOf, costOf } from '../../../domain/metering/cost.ts';
import type { MeteredEvent } from '../../../domain/metering/events.ts';
import { costReport } from '../../../domain/metering/report.ts';
import { grouped, runDays, total, usageRows } from '../../../domain/metering/usage.ts';
import {
  asked,
  CAP,
  closed,
  decided,
  eventsOfRun,
  executed,
  type Happened,
  METERING,
  meteredOf,
  opened,
  RATES,
  requested,
  verdict,
} from '../../support/metered.ts';
import { seeded } from '../../support/random.ts';

const ROUNDS = 150;

/** Runs of two tenants that do whatever, over two days or three. */
function randomEvents(random: () => number): readonly MeteredEvent[] {
  const pick = <Each>(...all: readonly Each[]): Each => all[Math.floor(random() * all.length)] as Each;
  const amount = () => Math.floor(random() * 1000);
  // a call is executed once, and whatever has one id and one time is one event
  const next = { decided: 0, executed: 0, event: 0 };
  const callId = (what: keyof typeof next) => {
    next[what] += 1;
    return `${String(Math.ceil(next[what] / 2)).padStart(4, '0')}-0${next[what] % 2}`;
  };
  const happenings: readonly (() => Happened)[] = [
    () =>
      asked(
        amount(),
        pick({}, { cached: true }, { insteadOf: { model: 'small', why: { code: 'outage', message: '' } } }),
      ),
    () =>
      decided(
        callId('decided'),
        pick('shop.get_order', 'shop.cancel'),
        pick('allow', 'deny', 'needs_approval'),
      ),
    () => executed(callId('executed'), amount(), pick('succeeded', 'failed', 'unknown')),
    () => verdict(callId('event'), pick('maria', 'theo')),
    () => ({
      type: 'budget.step',
      step: pick('alert', 'smaller_model', 'stop'),
      share: 1,
      cap: 'run',
      used: 1,
      of: 1,
    }),
    () => ({
      type: 'model.routed',
      route: pick('none', 'router', 'reasoning'),
      reason: { code: 'r', message: '' },
    }),
    () => ({
      type: 'budget.cap_changed',
      beforeMicroDollars: 5,
      capMicroDollars: amount(),
      by: 'm',
      note: '',
    }),
  ];
  const runs = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, index) => {
    const of = {
      tenant: pick('acme', 'globex'),
      runId: `run-${index}`,
      ...pick({ workflow: 'desk', agent: 'desk' }, { workflow: 'mail', agent: 'clerk' }),
    };
    const during = Array.from({ length: Math.floor(random() * 12) }, () => pick(...happenings)());
    const start = Date.parse('2026-11-21T22:00:00.000Z');
    return eventsOfRun(
      of,
      requested(pick('ines', 'lena')),
      opened(),
      ...during,
      closed(pick('completed', 'stopped')),
    ).map((event) => ({
      ...event,
      at: new Date(start + Math.floor(random() * 40) * 3_600_000).toISOString(),
    }));
  });
  return meteredOf(...runs);
}

function shuffled<Each>(all: readonly Each[], random: () => number): Each[] {
  return all
    .map((each) => ({ each, position: random() }))
    .sort((left, right) => left.position - right.position)
    .map(({ each }) => each);
}

/** Rates of which nothing comes out whole. */
const ODD = {
  ...METERING,
  rates: {
    infrastructure: {
      ...RATES.infrastructure,
      usd_per_run: 1e-7,
      usd_per_turn: 3.3e-6,
      usd_per_call: 1.7e-6,
    },
    people: { usd_per_hour: 61.7, minutes_per_verdict: 1.3 },
  },
};

test('sums of groups are the sums of the whole, whatever groups are made of', () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const days = runDays(randomEvents(seeded(round)), ODD);
    const whole = total(days);
    for (const by of ['tenant', 'day', 'workflow', 'agent', 'user', 'run'] as const) {
      assert.deepEqual(total(grouped(days, [by])), whole, `round ${round} by ${by}`);
    }
    assert.deepEqual(total(usageRows(days)), whole, `round ${round}, the export`);
  }
});

test('what runs cost over all their days is what their receipts say, to the micro-dollar', () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const events = randomEvents(seeded(round));
    const receipts = [...Map.groupBy(events, ({ tenant, runId }) => `${tenant}/${runId}`).values()].map(
      (run) => costOf(activityOf(run), ODD.rates),
    );
    const sum = total(runDays(events, ODD));
    assert.deepEqual(
      [
        sum.model_micro_dollars,
        sum.tools_micro_dollars,
        sum.infrastructure_micro_dollars,
        sum.people_micro_dollars,
      ],
      (['model', 'tools', 'infrastructure', 'people'] as const).map((part) =>
        receipts.reduce((all, cost) => all + cost[`${part}MicroDollars`], 0),
      ),
      `round ${round}`,
    );
  }
});

test('neither the order of events nor events that are given twice change anything', () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const random = seeded(round);
    const events = randomEvents(random);
    const twice = events.filter(() => random() < 0.5).map((event) => ({ ...event }));
    const mixed = shuffled([...events, ...twice], random);
    assert.deepEqual(usageRows(runDays(mixed, ODD)), usageRows(runDays(events, ODD)), `round ${round}`);
    assert.deepEqual(costReport(runDays(mixed, ODD), 'user'), costReport(runDays(events, ODD), 'user'));
  }
});

test('a model that was asked again under one id is paid twice, the same answer in two batches once', () => {
  const again = { id: '0001/model' };
  const [first, second] = eventsOfRun({}, asked(40, again), asked(40, again));
  assert.ok(first !== undefined && second !== undefined);
  const { model_calls, model_micro_dollars, input_tokens } = total(
    runDays(meteredOf([first, second, { ...first }]), METERING),
  );
  assert.deepEqual([model_calls, model_micro_dollars, input_tokens], [2, 80, 200]);
});

test('a day begins at midnight in the time zone of budgets', () => {
  const late = eventsOfRun({ at: '2026-11-21T23:30:00.000Z' }, opened());
  const dayIn = (timeZone: string) =>
    runDays(meteredOf(late), { ...METERING, timeZone }).map(({ day }) => day);
  assert.deepEqual(
    [dayIn('UTC'), dayIn('Europe/Berlin'), dayIn('America/New_York')],
    [['2026-11-21'], ['2026-11-22'], ['2026-11-21']],
  );
});

test('answers that were used again are counted, and neither paid nor counted as asked', () => {
  const { cached_answers, model_calls, output_tokens } = total(
    runDays(meteredOf(eventsOfRun({}, asked(0, { cached: true }), asked(4))), METERING),
  );
  assert.deepEqual([cached_answers, model_calls, output_tokens], [1, 1, 10]);
});

test('caps are those that runs were opened with, and what became of them', () => {
  const raised = {
    type: 'budget.cap_changed',
    beforeMicroDollars: CAP,
    capMicroDollars: 3 * CAP,
    by: 'm',
    note: '',
  } as const;
  const { caps_micro_dollars } = total(runDays(meteredOf(eventsOfRun({}, opened(), raised)), METERING));
  assert.equal(caps_micro_dollars, 3 * CAP);
});

test('every number of an export is whole', () => {
  const rows = usageRows(runDays(randomEvents(seeded(1)), ODD));
  assert.ok(rows.every((row) => MEASURE_NAMES.every((name) => Number.isSafeInteger(row[name]))));
});
