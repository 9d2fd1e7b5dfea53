import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, type Rate, rateOf, rateRefusal } from '../../../domain/limit/rate.ts';
import { seeded } from '../../support/random.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-21T10:00:00.000Z');

function declared(callsPerMinute: number, burst?: number): Rate {
  const rate = rateOf({ callsPerMinute, ...(burst === undefined ? {} : { burst }) });
  assert.ok(rate);
  return rate;
}

/** Lets calls arrive at these times. @returns the times of those that were admitted */
function admitted(rate: Rate, arrivals: readonly number[]): number[] {
  let expected: number | undefined;
  return arrivals.filter((now) => {
    const arrival = arrive(rate, expected, now);
    expected = arrival.admitted ? arrival.expectedMilliseconds : expected;
    return arrival.admitted;
  });
}

test('a tool without calls a minute has no rate', () => {
  assert.equal(rateOf({}), undefined);
  assert.equal(rateOf({ concurrentCalls: 3 }), undefined);
});

test('a burst that is not declared is a tenth of a minute, and one call at least', () => {
  assert.deepEqual(
    [600, 60, 19, 5, 1].map((each) => declared(each).burst),
    [60, 6, 1, 1, 1],
  );
  assert.equal(declared(60, 10).burst, 10);
});

test('an interval that is no whole number of milliseconds is rounded up', () => {
  assert.equal(declared(7).intervalMilliseconds, 8572);
});

test('calls an interval apart are all admitted, whatever the burst', () => {
  for (const burst of [1, 3]) {
    const arrivals = Array.from({ length: 100 }, (_, index) => START + index * 1000);
    assert.equal(admitted(declared(60, burst), arrivals).length, 100);
  }
});

test('of calls at once exactly the burst is admitted, and after an interval one more', () => {
  const rate = declared(60, 10);
  const atOnce = Array.from({ length: 50 }, () => START);
  assert.equal(admitted(rate, atOnce).length, 10);
  assert.equal(admitted(rate, [...atOnce, START + 999]).length, 10);
  assert.equal(admitted(rate, [...atOnce, START + 1000, START + 1000]).length, 11);
});

test('a pause gives back the burst, and no more than the burst', () => {
  const atOnce = (at: number) => Array.from({ length: 50 }, () => at);
  assert.equal(admitted(declared(60, 10), [...atOnce(START), ...atOnce(START + HOUR)]).length, 20);
});

test('whoever waits as long as the refusal says is admitted, and not a millisecond earlier', () => {
  const random = seeded(1);
  for (let round = 0; round < 500; round += 1) {
    const rate = declared(1 + Math.floor(random() * 600), 1);
    const expected = START + Math.floor(random() * 10_000);
    const refused = arrive(rate, expected, START);
    if (!refused.admitted) {
      assert.ok(arrive(rate, expected, START + refused.waitMilliseconds).admitted);
      assert.ok(!arrive(rate, expected, START + refused.waitMilliseconds - 1).admitted);
    }
  }
});

test('however calls arrive, no window takes more than its rate and the burst', () => {
  const random = seeded(7);
  for (let round = 0; round < 60; round += 1) {
    const rate = declared(1 + Math.floor(random() * 300), undefined);
    const arrivals = Array.from({ length: 400 }, () => START + Math.floor(random() * 300_000)).sort(
      (left, right) => left - right,
    );
    const taken = admitted(rate, arrivals);
    for (let from = 0; from < taken.length; from += 1) {
      for (let to = from; to < taken.length; to += 1) {
        const windowMilliseconds = (taken[to] ?? 0) - (taken[from] ?? 0);
        const most = rate.burst + Math.floor(windowMilliseconds / rate.intervalMilliseconds);
        assert.ok(to - from + 1 <= most, `${to - from + 1} calls in ${windowMilliseconds} ms, most ${most}`);
      }
    }
  }
});

test('being refused does not make the wait longer', () => {
  const rate = declared(60, 1);
  const impatient = Array.from({ length: 1000 }, (_, index) => START + index);
  assert.deepEqual(admitted(rate, [...impatient, START + 1000]), [START, START + 1000]);
});

test('a refusal says what is allowed and the exact wait', () => {
  const calls = { tenant: 'acme', agent: 'triage', tool: 'helpdesk.get_ticket' };
  assert.deepEqual(rateRefusal(calls, declared(60, 10), 1250), {
    code: 'rate_limited',
    message:
      "agent 'triage' may call helpdesk.get_ticket 60 times a minute and 10 times at once, propose it again in 1.25 seconds",
  });
});
