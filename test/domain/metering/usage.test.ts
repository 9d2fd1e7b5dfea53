import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMNS, MEASURE_NAMES } from '../../../domain/metering/columns.ts';
import { activityOf, costOf } from '../../../domain/metering/cost.ts';
import type { MeteredEvent } from '../../../domain/metering/events.ts';
import { csvOf, ndjsonOf } from '../../../domain/metering/export.ts';
import { costReport, missingOf } from '../../../domain/metering/report.ts';
import { isSuccessful } from '../../../domain/metering/success.ts';
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

const ORDER = 'shop.cancel';
const READ = 'shop.get_order';
/** What a run does, and whether that is a success. */
const ENDS: Readonly<Record<string, readonly [boolean, readonly Happened[]]>> = {
  'reads and completes': [true, [decided('0001-00', READ), executed('0001-00'), closed()]],
  'writes and completes': [true, [decided('0001-00', ORDER), executed('0001-00'), closed()]],
  'makes no call': [false, [closed()]],
  'has only calls that failed': [
    false,
    [decided('0001-00', READ), executed('0001-00', 0, 'failed'), closed()],
  ],
  'is stopped': [false, [decided('0001-00', READ), executed('0001-00'), closed('stopped')]],
  'is not closed': [false, [decided('0001-00', READ), executed('0001-00')]],
  'is refused a read beside one that succeeds': [
    true,
    [
      decided('0001-00', READ),
      executed('0001-00'),
      decided('0002-00', READ, 'deny', { resource: 'Order/2' }),
      closed(),
    ],
  ],
  'is refused a write': [
    false,
    [decided('0001-00', READ), executed('0001-00'), decided('0002-00', ORDER, 'deny'), closed()],
  ],
  'is refused a write by people': [
    false,
    [
      ...[decided('0001-00', READ), executed('0001-00'), decided('0002-00', ORDER, 'needs_approval')],
      ...[decided('0002-00', ORDER, 'deny'), closed()],
    ],
  ],
  'writes once people have approved': [
    true,
    [decided('0002-00', ORDER, 'needs_approval'), decided('0002-00', ORDER), executed('0002-00'), closed()],
  ],
  'makes good a write that was refused': [
    true,
    [decided('0001-00', ORDER, 'deny'), decided('0002-00', ORDER), executed('0002-00'), closed()],
  ],
  'fails at a write that it had done before': [
    false,
    [
      ...[decided('0001-00', ORDER), executed('0001-00'), decided('0002-00', ORDER)],
      ...[executed('0002-00', 0, 'failed'), closed()],
    ],
  ],
  'writes one thing and fails at another': [
    false,
    [
      ...[decided('0001-00', ORDER, 'allow', { resource: 'Order/2' }), executed('0001-00', 0, 'failed')],
      ...[decided('0002-00', ORDER), executed('0002-00'), closed()],
    ],
  ],
};

for (const [title, [expected, happened]] of Object.entries(ENDS)) {
  test(`a run that ${title} is ${expected ? '' : 'not '}successful`, () => {
    const events = meteredOf(eventsOfRun({}, opened(), ...happened));
    assert.equal(isSuccessful(events, METERING.isWrite), expected);
    assert.equal(isSuccessful(events.toReversed(), METERING.isWrite), expected, 'in whatever order');
    assert.equal(total(runDays(events, METERING)).runs_successful, expected ? 1 : 0);
  });
}

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

test('an export has every column in its order, and text that CSV would take apart in quotes', () => {
  const odd = 'a "b", c\nd';
  const rows = usageRows(runDays(meteredOf(eventsOfRun({ tenant: odd }, opened())), METERING));
  const [header = '', ...rest] = csvOf(rows).split('\r\n');
  assert.deepEqual(header.split(','), ['tenant', 'day', 'workflow', 'agent', ...MEASURE_NAMES]);
  assert.equal(rest.join('\r\n').slice(0, 40), '"a ""b"", c\nd",2026-11-21,desk,desk,1,0,');
  const [line = '', end] = ndjsonOf(rows).split('\n');
  assert.deepEqual([Object.keys(JSON.parse(line)), end], [COLUMNS.map(({ name }) => name), '']);
  const { tenant, day, caps_micro_dollars } = JSON.parse(line);
  assert.deepEqual([tenant, day, caps_micro_dollars], [odd, '2026-11-21', CAP]);
  assert.equal(csvOf([]), `${header}\r\n`);
});

for (const [title, text] of Object.entries({
  comma: 'a,b',
  quote: 'a"b',
  'line feed': 'a\nb',
  return: 'a\rb',
})) {
  test(`a field with a ${title} is in quotes`, () => {
    const rows = usageRows(runDays(meteredOf(eventsOfRun({ tenant: text }, opened())), METERING));
    assert.ok(csvOf(rows).includes(`\r\n"${text.replace('"', '""')}",2026-11-21,`));
  });
}

test('every number of an export is whole', () => {
  const rows = usageRows(runDays(randomEvents(seeded(1)), ODD));
  assert.ok(rows.every((row) => MEASURE_NAMES.every((name) => Number.isSafeInteger(row[name]))));
});
