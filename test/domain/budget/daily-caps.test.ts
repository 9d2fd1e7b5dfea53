import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { capsOf } from '../../../domain/budget/budget.ts';
import { BudgetsShape, dailyCaps, dayAlert, dayOf } from '../../../domain/budget/daily-caps.ts';
import { problemsOf } from '../../support/policy-root.ts';

const WHO = { tenant: 'acme', workflow: 'desk', agent: 'deskbot', user: { id: 'ann' } };
const DAY = '2026-11-21';
const capsFor = (file: object, daily?: number) => {
  const budgets = { hard_cost_cap_usd: 1, max_tool_calls: 9, max_turns: 9 };
  const envelope = { budgets: { ...budgets, ...(daily === undefined ? {} : { daily_cost_cap_usd: daily }) } };
  const caps = dailyCaps(BudgetsShape.parse(file), envelope, WHO, DAY);
  return caps.map(({ scope, id, capMicroDollars }) => [scope, id, capMicroDollars]);
};

describe('caps of a day', () => {
  test('are those of the file; a scope without one has none', () => {
    assert.deepEqual(capsFor({}), []);
    assert.deepEqual(capsFor({ daily_usd: { tenant: 10, user: 0.5, agent: 2, workflow: 3 } }), [
      ['tenant', 'acme', 10_000_000],
      ['user', 'ann', 500_000],
      ['agent', 'deskbot', 2_000_000],
      ['workflow', 'desk', 3_000_000],
    ]);
  });

  test("a tenant's own come before those of all, one by one", () => {
    const file = {
      daily_usd: { tenant: 10, user: 1 },
      tenants: { acme: { tenant: 20 }, other: { user: 9 } },
    };
    assert.deepEqual(capsFor(file), [
      ['tenant', 'acme', 20_000_000],
      ['user', 'ann', 1_000_000],
    ]);
  });

  test('of the two caps of a workflow the lower one counts', () => {
    assert.deepEqual(capsFor({ daily_usd: { workflow: 3 } }, 2), [['workflow', 'desk', 2_000_000]]);
    assert.deepEqual(capsFor({ daily_usd: { workflow: 3 } }, 4), [['workflow', 'desk', 3_000_000]]);
    assert.deepEqual(capsFor({}, 4), [['workflow', 'desk', 4_000_000]]);
  });
});

test('a day begins at midnight of its time zone, also where clocks were changed', () => {
  const day = (time_zone: string, at: string) => dayOf({ time_zone }, new Date(at));
  assert.equal(day('UTC', '2026-11-21T23:59:59.999Z'), '2026-11-21');
  assert.equal(day('Europe/Berlin', '2026-11-21T23:00:00.000Z'), '2026-11-22');
  assert.equal(day('Europe/Berlin', '2026-07-01T21:59:59.000Z'), '2026-07-01');
  assert.equal(day('Europe/Berlin', '2026-07-01T22:00:00.000Z'), '2026-07-02');
  assert.equal(day('America/Los_Angeles', '2026-01-01T07:59:59.000Z'), '2025-12-31');
});

test('an alert goes out for the highest share that is reached, and not for one that was told', () => {
  const cap = { scope: 'tenant', id: 'acme', day: DAY, capMicroDollars: 100 } as const;
  const alert = (committedMicroDollars: number, alertedAt?: number) =>
    dayAlert(cap, { committedMicroDollars, ...(alertedAt === undefined ? {} : { alertedAt }) }, [0.5, 0.8])
      ?.share;
  assert.deepEqual([alert(49), alert(50), alert(79), alert(80), alert(200)], [undefined, 0.5, 0.5, 0.8, 0.8]);
  assert.deepEqual([alert(79, 0.5), alert(80, 0.5), alert(99, 0.8)], [undefined, 0.8, undefined]);
  assert.equal(dayAlert(cap, undefined, [0.5]), undefined);
});

test('a cap that a person has set counts while it is lower, and without an envelope nothing may be used', () => {
  const envelope = { budgets: { hard_cost_cap_usd: 1, max_tool_calls: 9, max_turns: 9 } };
  const caps = (capMicroDollars: number, capChanges: number) =>
    capsOf({ capMicroDollars, capChanges }, envelope).microDollars;
  assert.deepEqual([caps(5, 0), caps(5, 1), caps(2_000_000, 1)], [1_000_000, 5, 1_000_000]);
  assert.deepEqual(capsOf({ capMicroDollars: 5, capChanges: 1 }, undefined), { microDollars: 0, calls: 0 });
});

test('what cannot be meant is told at the build, with file and line', () => {
  const problems = problemsOf({
    'budgets.yaml': 'time_zone: Mars/Olympus\ndaily_usd:\n  tenant: -5\n  team: 3\nlease_usd: 0\n',
  }).join('\n');
  assert.match(
    problems,
    /^budgets\.yaml:1: time_zone: .*expected a time zone such as UTC or Europe\/Berlin/m,
  );
  assert.match(problems, /^budgets\.yaml:3: daily_usd\.tenant: /m);
  assert.match(problems, /^budgets\.yaml:\d: .*team/m);
  assert.match(problems, /^budgets\.yaml:5: lease_usd: /m);
});

test('a price without a source or a day is told at the build', () => {
  const model = 'm: { input_usd_per_million_tokens: 3, output_usd_per_million_tokens: 15, as_of: yesterday }';
  const problems = problemsOf({ 'prices.yaml': `version: 1\nmodels:\n  ${model}\n` }).join('\n');
  assert.match(problems, /prices\.yaml:3: models\.m\.source: /);
  assert.match(problems, /prices\.yaml:3: models\.m\.as_of: .*the day on which the source said so/);
  assert.match(problems, /prices\.yaml:1: .*infrastructure/);
});
