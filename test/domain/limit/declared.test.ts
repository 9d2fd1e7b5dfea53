import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { breakerKey, limitKeyPatterns, rateKey, slotKey } from '../../../contracts/tables.ts';
import { defineTool, type ToolDefinition } from '../../../domain/tool/definition.ts';

function defined(declared: Pick<ToolDefinition, 'limits' | 'breaker'>) {
  return defineTool({
    name: 'shop.look',
    description: 'looks',
    input: z.strictObject({}),
    output: z.strictObject({}),
    effect: 'read',
    tier: 0,
    resource: 'Shop',
    access: [],
    maximumCostMicroDollars: 1,
    timeoutSeconds: 5,
    loggedArguments: [],
    ...declared,
  });
}

test('limits that can be kept are taken', () => {
  for (const declared of [
    {},
    { limits: {} },
    { limits: { callsPerMinute: 1, burst: 1 } },
    { limits: { callsPerMinute: 6000, burst: 6000, concurrentCalls: 100 } },
    { breaker: { failures: 1, coolDownSeconds: 1 } },
    { breaker: { failures: 100, coolDownSeconds: 900 } },
  ]) {
    assert.ok(defined(declared));
  }
});

/** Limits that contradict themselves, by what is said of them. */
const WRONG: readonly (readonly [Parameters<typeof defined>[0], RegExp])[] = [
  [{ limits: { callsPerMinute: 0 } }, /callsPerMinute 0, expected a whole number, 1 to 6000/],
  [{ limits: { callsPerMinute: 6001 } }, /callsPerMinute 6001/],
  [{ limits: { callsPerMinute: 1.5 } }, /callsPerMinute 1.5/],
  [{ limits: { callsPerMinute: 60, burst: 0 } }, /burst 0, expected a whole number, 1 to 60/],
  [{ limits: { callsPerMinute: 60, burst: 61 } }, /burst 61/],
  [{ limits: { burst: 5 } }, /burst 5 without callsPerMinute/],
  [{ limits: { concurrentCalls: 0 } }, /concurrentCalls 0, expected a whole number, 1 to 100/],
  [{ limits: { concurrentCalls: 101 } }, /concurrentCalls 101/],
  [{ breaker: { failures: 0, coolDownSeconds: 30 } }, /failures 0, expected a whole number, 1 to 100/],
  [{ breaker: { failures: 5, coolDownSeconds: 0 } }, /coolDownSeconds 0/],
  [
    { breaker: { failures: 5, coolDownSeconds: 901 } },
    /coolDownSeconds 901, expected a whole number, 1 to 900/,
  ],
  [{ breaker: { failures: Number.NaN, coolDownSeconds: 30 } }, /failures NaN/],
];

for (const [declared, problem] of WRONG) {
  test(`a tool with ${JSON.stringify(declared)} is not defined`, () => {
    assert.throws(() => defined(declared), problem);
  });
}

const calls = { tenant: 'acme', agent: 'triage', tool: 'helpdesk.get_ticket' };

test('every key of a limit begins with its tenant', () => {
  assert.deepEqual(
    [rateKey(calls), slotKey(calls, 3), breakerKey(calls)],
    [
      'acme#rate#helpdesk.get_ticket#triage',
      'acme#slot#helpdesk.get_ticket#triage#3',
      'acme#breaker#helpdesk.get_ticket',
    ],
  );
});

test('an executor is given places and breakers of its own namespace, and no rates', () => {
  assert.deepEqual(limitKeyPatterns('helpdesk'), ['*#slot#helpdesk.*', '*#breaker#helpdesk.*']);
});

test('a part that could be taken for two makes no key', () => {
  for (const broken of [
    { ...calls, tenant: 'acme#breaker#helpdesk.x' },
    { ...calls, agent: 'slot#helpdesk.x' },
    { ...calls, tool: 'helpdesk.x#y' },
    { ...calls, tenant: '' },
  ]) {
    assert.throws(() => rateKey(broken), /expected one or more characters without '#'/);
    assert.throws(() => slotKey(broken, 0), /of a limit's key/);
  }
  assert.throws(() => breakerKey({ tenant: 'a#b', tool: 'x.y' }), /part 'a#b'/);
});
