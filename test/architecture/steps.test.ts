import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CALL_STEPS, RUN_STEPS, STEP_FUNCTIONS } from '../../contracts/steps.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Retry?: readonly { readonly Comment?: string }[];
  readonly Parameters?: { readonly FunctionName?: string };
  readonly ItemProcessor?: Machine;
}

function machine(file: string): Machine {
  return JSON.parse(readFileSync(join(PROJECT, 'statemachines', file), 'utf8'));
}

const governedCall = machine('governed-call.asl.json').States.Calls?.ItemProcessor as Machine;
const agentLoop = machine('agent-loop.asl.json');

test('a governed call is authorize, decision, execute, and reads so from top to bottom', () => {
  assert.equal(governedCall.StartAt, CALL_STEPS[0]);
  assert.deepEqual(Object.keys(governedCall.States).slice(0, CALL_STEPS.length), CALL_STEPS);
});

test('execute is reached through an allowing decision only', () => {
  const into = Object.entries(governedCall.States).filter(([, state]) => targets(state).includes('Execute'));
  assert.deepEqual(
    into.map(([name]) => name),
    ['Decision'],
  );
  assert.deepEqual(governedCall.States.Decision?.Choices, [
    { Variable: '$.result.authorized.decision', StringEquals: 'allow', Next: 'Execute' },
  ]);
});

test('the agent loop reads in the order in which a run passes its steps', () => {
  const states = Object.keys(agentLoop.States);
  assert.deepEqual(
    states.filter((state) => (RUN_STEPS as readonly string[]).includes(state)),
    RUN_STEPS,
  );
});

test('a turn costs three transitions however many calls it holds', () => {
  const turn: string[] = [];
  for (let state = 'Plan'; !turn.includes(state); ) {
    turn.push(state);
    const { Next, Choices } = agentLoop.States[state] ?? { Type: 'missing' };
    state = Choices?.[0]?.Next ?? Next ?? 'nowhere';
  }
  assert.deepEqual(turn, ['Plan', 'NextStep', 'GovernedCalls']);
  assert.equal(agentLoop.States.GovernedCalls?.Next, 'Plan');
});

test('every step that is a function has its folder with a handler', () => {
  for (const step of STEP_FUNCTIONS) {
    const handler = step === 'execute' ? 'executor.ts' : 'handler.ts';
    assert.ok(existsSync(join(PROJECT, 'functions', step, handler)), `functions/${step}/${handler}`);
  }
});

test('every function that a machine invokes is a step of the same name', () => {
  const states = [...Object.entries(governedCall.States), ...Object.entries(agentLoop.States)];
  const placeholders = states
    .map(([, { Parameters }]) => Parameters?.FunctionName)
    .filter((name) => name !== undefined)
    .map((name) => kebabCase(name.slice(2, -'Function}'.length)));
  const named = STEP_FUNCTIONS.filter((step) => step !== 'execute');
  assert.deepEqual([...new Set(placeholders)].sort(), [...named].sort());
});

test('every task retries, and says for how long and why it may', () => {
  for (const [name, state] of [...Object.entries(governedCall.States), ...Object.entries(agentLoop.States)]) {
    if (state.Type === 'Task') {
      assert.ok(
        state.Retry?.every(({ Comment }) => Comment !== undefined),
        `${name} has a retry without its reason`,
      );
    }
  }
});

test('no task of a run fails without the run being closed', () => {
  for (const [name, state] of Object.entries(agentLoop.States)) {
    if (state.Type === 'Task' && !name.startsWith('Close')) {
      assert.equal(state.Catch?.at(-1)?.Next, 'CloseFailedRun', name);
    }
  }
});

test('the machines in the folder are the machines that are tested here', () => {
  const files = readdirSync(join(PROJECT, 'statemachines')).filter((file) => file.endsWith('.asl.json'));
  assert.deepEqual(files.sort(), ['agent-loop.asl.json', 'governed-call.asl.json']);
});

function targets({ Next, Default, Choices = [], Catch = [] }: State): string[] {
  const branches = [...Choices, ...Catch].map((branch) => branch.Next);
  return [Next, Default, ...branches].filter((target) => target !== undefined);
}

function kebabCase(name: string): string {
  return name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}
