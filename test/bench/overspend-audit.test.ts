import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { audit, type CounterImage, type MoneyImage, type RunImage } from '../../bench/overspend/audit.ts';

const TENANT = 'acme#2026-11-21/tenant#acme';

const CAPS: MoneyImage = { kind: 'caps', caps: { tenant: [1000] } };

function counter(committedMicroDollars: number): CounterImage {
  return { kind: 'counter', counter: TENANT, committedMicroDollars, spentMicroDollars: 0 };
}

function run(runId: string, leased: number, held = 0, spent = 0): RunImage {
  return {
    ...{ kind: 'run', runId, counters: [TENANT], capMicroDollars: 5000, leasedMicroDollars: leased },
    ...{ usedMicroDollars: held + spent, heldMicroDollars: held, spentMicroDollars: spent },
  };
}

function refusal(committed: number, taking: number, cap = 1000): MoneyImage {
  return {
    ...{ kind: 'refusal', runId: 'two', callId: '0001-00' },
    without: [{ counter: TENANT, committed, taking, cap }],
  };
}

describe('the audit of the bench overspend', () => {
  test('finds nothing where every lease is committed first and fits', () => {
    const images = [
      CAPS,
      run('one', 600),
      counter(600),
      run('one', 600, 400),
      run('two', 400),
      counter(1000),
    ];
    const { maxOver, maxUncommitted, longestOutOfStep, brokenRuns } = audit(images);
    assert.deepEqual([maxOver, maxUncommitted, longestOutOfStep, brokenRuns], [0, 0, 1, []]);
  });

  test('finds a counter that grew beyond the cap for one instant', () => {
    assert.equal(audit([CAPS, counter(600), counter(1100), counter(900)]).maxOver, 100);
  });

  test('finds a counter that grew under a cap that was lowered, and lets one be that has not grown', () => {
    const lowered: MoneyImage = { kind: 'caps', caps: { tenant: [500] } };
    const left = audit([CAPS, counter(900), lowered, counter(800)]);
    assert.deepEqual([left.maxOver, left.mostOverLowered], [0, 400]);
    assert.equal(audit([CAPS, counter(900), lowered, counter(800), counter(850)]).maxOver, 350);
  });

  test('finds money that is held and was never committed', () => {
    assert.equal(
      audit([CAPS, run('one', 600), counter(600), counter(900), run('two', 300, 300)]).maxUncommitted,
      0,
    );
    assert.equal(audit([CAPS, run('one', 600, 600), run('two', 300, 300), counter(600)]).maxUncommitted, 900);
  });

  test('finds a lease that was never taken from its counter', () => {
    const images = Array.from({ length: 10 }, () => run('one', 600));
    assert.equal(audit([CAPS, counter(0), ...images]).longestOutOfStep, 10);
  });

  test('finds a run that uses more than it has leased, and one whose account does not add up', () => {
    const unbalanced = { ...run('two', 600, 100), usedMicroDollars: 50 };
    assert.equal(audit([CAPS, run('one', 100, 200), unbalanced]).brokenRuns.length, 2);
  });

  test('takes a refusal for false when there was room, when the cap is not in force, and when no image has what it saw', () => {
    const before = [CAPS, run('one', 600), counter(600)];
    const falseOf = (image: MoneyImage) => audit([...before, image]).falseRefusals.length;
    assert.equal(falseOf(refusal(600, 500)), 0);
    assert.equal(falseOf(refusal(600, 400)), 1);
    assert.equal(falseOf(refusal(600, 500, 900)), 1);
    assert.equal(falseOf(refusal(700, 500)), 1);
  });

  test('says what other runs had leased and not used when one was refused', () => {
    const before = [CAPS, run('one', 600, 200), counter(600), run('two', 300, 100), counter(900)];
    assert.deepEqual(audit([...before, refusal(900, 500)]).heldByLeases, [400]);
  });
});
