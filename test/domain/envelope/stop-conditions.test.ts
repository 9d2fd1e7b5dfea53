import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StopCondition } from '../../../domain/envelope/envelope.ts';
import { DefaultsShape, EnvelopeFileShape } from '../../../domain/envelope/file.ts';
import { normalisedEnvelope } from '../../../domain/envelope/normalise.ts';
import { breachedCondition, type OutcomeCounts } from '../../../domain/envelope/stop-conditions.ts';

const FAILED: StopCondition = { metric: 'failed_runs', share: 0.07, of_at_least: 10 };
const STOPPED: StopCondition = { metric: 'stopped_runs', share: 1, of_at_least: 1 };
const DEAR: StopCondition = { metric: 'cost_per_run_usd', above: 0.1, of_at_least: 3 };

function counts(of: Partial<OutcomeCounts>): OutcomeCounts {
  return { runs: 100, failed: 0, stopped: 0, costMicroDollars: 0, ...of };
}

suite('a stop condition', () => {
  const cases: Readonly<Record<string, readonly [StopCondition, Partial<OutcomeCounts>, boolean]>> = {
    'of a share is breached at the share': [FAILED, { failed: 7 }, true],
    'of a share is not breached below it': [FAILED, { failed: 6 }, false],
    'of failures counts no stopped runs': [FAILED, { stopped: 100 }, false],
    'of a share of 1 is breached when all runs are such': [STOPPED, { stopped: 100 }, true],
    'of a share of 1 is not breached when one is not': [STOPPED, { stopped: 99 }, false],
    'is not breached by too few runs': [FAILED, { runs: 9, failed: 9 }, false],
    'is breached by just enough runs': [FAILED, { runs: 10, failed: 1 }, true],
    'of the cost is not breached at the limit': [DEAR, { runs: 3, costMicroDollars: 300_000 }, false],
    'of the cost is breached above it': [DEAR, { runs: 3, costMicroDollars: 300_001 }, true],
    'of no runs is not breached': [STOPPED, { runs: 0 }, false],
  };
  for (const [what, [condition, of, isBreached]] of Object.entries(cases)) {
    test(what, () => {
      assert.equal(breachedCondition([condition], counts(of)) !== undefined, isBreached);
    });
  }

  test('says what it counted, the limit and of how many; the first of several counts', () => {
    const of = counts({ runs: 20, failed: 3, stopped: 20, costMicroDollars: 4_000_000 });
    assert.deepEqual(breachedCondition([DEAR, FAILED], of), {
      code: 'stop_condition',
      message: 'cost_per_run_usd is 0.2, the limit is 0.1: of 20 runs closed today, counted from 3 on',
    });
    assert.deepEqual(breachedCondition([FAILED, DEAR], of), {
      code: 'stop_condition',
      message: 'failed_runs are 3 (15 %), the limit is 7 %: of 20 runs closed today, counted from 10 on',
    });
  });

  test('is what the envelope says, else what the defaults say; an empty list is none', () => {
    const owners = { owner: 'o', steward: 's', reviewer_role: 'lead' };
    const conditionsOf = (own: object) => {
      const file = EnvelopeFileShape.parse({
        ...owners,
        permissions: { allowed_tools: ['desk.read'] },
        ...own,
      });
      const defaults = DefaultsShape.parse({ defaults: { stop_conditions: [FAILED] } });
      return normalisedEnvelope(file, 'desk', defaults).envelope?.stop_conditions;
    };
    assert.deepEqual(conditionsOf({ stop_conditions: [DEAR] }), [DEAR]);
    assert.deepEqual(conditionsOf({}), [FAILED]);
    assert.equal(conditionsOf({ stop_conditions: [] }), undefined);
  });

  const refused: Readonly<Record<string, object>> = {
    'a share of nothing': { ...FAILED, share: 0 },
    'a share above 1': { ...FAILED, share: 1.1 },
    'no runs': { ...FAILED, of_at_least: 0 },
    'a share of a cost': { metric: 'cost_per_run_usd', share: 0.5, of_at_least: 1 },
    'an unknown metric': { metric: 'unhappy_runs', share: 0.5, of_at_least: 1 },
  };
  for (const [what, condition] of Object.entries(refused)) {
    test(`of ${what} is refused`, () => {
      assert.ok(!EnvelopeFileShape.safeParse({ stop_conditions: [condition] }).success);
    });
  }
});
