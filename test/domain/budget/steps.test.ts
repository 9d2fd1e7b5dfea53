import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  capUses,
  minutesTaken,
  type RunUse,
  stepProblems,
  stepsReached,
} from '../../../domain/budget/steps.ts';
import { problemsOf } from '../../support/policy-root.ts';

const BUDGETS = { hard_cost_cap_usd: 1, max_tool_calls: 10, max_turns: 20 };
const UNUSED: RunUse = {
  ...{ capMicroDollars: 1_000_000, heldMicroDollars: 0, spentMicroDollars: 0 },
  ...{ calls: 0, tokens: 0, turns: 0, minutes: 0 },
};
const STEPS = [
  { at: 0.5, step: 'alert' },
  { at: 0.8, step: 'less_context' },
  { at: 1, step: 'stop' },
] as const;

const reached = (use: Partial<RunUse>, budgets = {}) =>
  stepsReached({ ...BUDGETS, steps: STEPS, ...budgets }, { ...UNUSED, ...use }).map(
    ({ step, cap, used, of }) => `${step}: ${used} of ${of} ${cap}`,
  );

test('a step is reached when its share of any cap is used, and not before', () => {
  assert.deepEqual(reached({ calls: 4 }), []);
  assert.deepEqual(reached({ calls: 5 }), ['alert: 5 of 10 run calls']);
  assert.deepEqual(reached({ turns: 16 }), ['alert: 16 of 20 run turns', 'less_context: 16 of 20 run turns']);
  assert.deepEqual(reached({ tokens: 500 }, { max_tokens_per_task: 1000 }), [
    'alert: 500 of 1000 run tokens',
  ]);
  assert.deepEqual(reached({ minutes: 30 }, { max_minutes: 60 }), ['alert: 30 of 60 run minutes']);
});

test('what is held counts as used, of the cap that the run has now', () => {
  const use = { heldMicroDollars: 200_000, spentMicroDollars: 300_000 };
  assert.deepEqual(reached(use), ['alert: 0.5 of 1 run dollars']);
  assert.deepEqual(reached({ ...use, capMicroDollars: 2_000_000 }), []);
});

test('of several caps the one is told of which the most is used', () => {
  assert.deepEqual(reached({ calls: 6, turns: 14, spentMicroDollars: 550_000 }), [
    'alert: 14 of 20 run turns',
  ]);
});

test('a cap that the envelope does not have is none, and a run without a model has no turns', () => {
  assert.deepEqual(
    capUses(BUDGETS, { ...UNUSED, tokens: 1e9, minutes: 1e9, turns: undefined }).map(({ cap }) => cap),
    ['run dollars', 'run calls'],
  );
});

test('without steps none is reached', () => {
  assert.deepEqual(reached({ calls: 10 }, { steps: undefined }), []);
});

test('the minutes of a run are those since it was opened, without those in which it waited for people', () => {
  const opened = '2026-11-21T12:00:00.000Z';
  assert.equal(minutesTaken(opened, 0, '2026-11-21T12:10:00.000Z'), 10);
  assert.equal(minutesTaken(opened, 90, '2026-11-21T12:10:00.000Z'), 8.5);
  assert.equal(minutesTaken(opened, 3600, '2026-11-21T12:10:00.000Z'), 0);
});

const problems = (steps: Parameters<typeof stepProblems>[0]['budgets']['steps'], models = {}) =>
  stepProblems({
    budgets: { ...BUDGETS, steps },
    models: { reasoning: 'm', max_output_tokens: 1, instructions: '', ...models },
  });

test('steps that come in descending order, twice, or need a model that there is not are problems in their place', () => {
  assert.deepEqual(problems(STEPS), []);
  assert.deepEqual(problems([STEPS[1], STEPS[0]]), [
    { index: 1, message: 'at 0.5 comes after 0.8, put the steps in ascending order' },
  ]);
  assert.deepEqual(problems([STEPS[0], { at: 0.9, step: 'alert' }]), [
    { index: 1, message: "step 'alert' is there already, each is taken once" },
  ]);
  const smaller = [{ at: 0.5, step: 'smaller_model' }] as const;
  assert.match(problems(smaller)[0]?.message ?? '', /models\.router or models\.fallback/);
  assert.deepEqual(problems(smaller, { fallback: 'm2' }), []);
  assert.deepEqual(problems(smaller, { router: 'm2' }), []);
});

test('the build tells what is wrong with steps, with file and line', () => {
  const envelope = (steps: readonly string[]) => `permissions: { allowed_tools: [tickets.search] }
budgets:
  steps:
${steps.map((step) => `    - ${step}`).join('\n')}
`;
  const told = (...steps: readonly string[]) => problemsOf({ 'envelopes/desk.yaml': envelope(steps) });
  assert.deepEqual(told('{ at: 0.5, step: alert }', '{ at: 0.5, step: ask }', '{ at: 1, step: stop }'), []);
  assert.deepEqual(told('{ at: 0.9, step: alert }', '{ at: 0.5, step: smaller_model }'), [
    'envelopes/desk.yaml:5: budgets.steps.1: at 0.5 comes after 0.9, put the steps in ascending order',
    "envelopes/desk.yaml:5: budgets.steps.1: step 'smaller_model' needs one, name it under models.router or models.fallback",
  ]);
});
