import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { AuthorizeResult, Reason } from '../../../contracts/call.ts';
import type { HeldLimits } from '../../../domain/limit/held.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { defineTool, type ToolDefinition } from '../../../domain/tool/definition.ts';
import { ConditionsFailed } from '../../../functions/adapters/dynamodb.ts';
import { countFailure, readBreaker } from '../../../functions/adapters/limits/breaker.ts';
import { callLimiter, type LimitedCall, withinLimits } from '../../../functions/authorize/limits.ts';
import { limitsTable } from '../../support/limits-table.ts';

const client = limitsTable();
const NOW = '2026-11-21T10:00:00.000Z';
const RULE = { failures: 1, coolDownSeconds: 30 };

function limited(tenant: string, call: string, limits: ToolDefinition['limits'] = {}): LimitedCall {
  const definition = defineTool({
    name: 'shop.look',
    description: 'looks',
    input: z.strictObject({}),
    output: z.strictObject({}),
    effect: 'read',
    tier: 0,
    resource: 'Shop',
    access: [],
    maximumCostMicroDollars: 1,
    timeoutSeconds: 10,
    loggedArguments: [],
    limits,
    breaker: RULE,
  });
  return { tenant, agent: 'helper', tool: definition.name, definition, call };
}

/** A container whose clock stands still. */
const containerAt = (at = NOW) => callLimiter({ client, clock: () => new Date(at) });

async function open(tenant: string): Promise<void> {
  const opening = { isFirst: false, now: NOW, retryAt: secondsAfter(NOW, 30) };
  assert.ok(await countFailure(client, { tenant, tool: 'shop.look' }, RULE, opening));
}

async function refusalOf(taking: Promise<{ held: HeldLimits } | { refusal: Reason }>): Promise<string> {
  const taken = await taking;
  return 'refusal' in taken ? taken.refusal.code : `held ${JSON.stringify(taken.held)}`;
}

test('a call of a tool without limits holds nothing, and writes nothing', async () => {
  assert.deepEqual(await containerAt().take(limited('plain', 'a')), { held: {} });
});

test('a call is told how many before it have failed', async () => {
  const opening = { isFirst: false, now: NOW, retryAt: NOW };
  await countFailure(client, { tenant: 'failing', tool: 'shop.look' }, { ...RULE, failures: 5 }, opening);
  assert.deepEqual(await containerAt().take(limited('failing', 'a')), { held: { failures: 1 } });
});

test('an open breaker refuses until its time, and takes neither a place nor from the rate', async () => {
  await open('open');
  const limits = { callsPerMinute: 1, burst: 1, concurrentCalls: 1 };
  const taken = await containerAt().take(limited('open', 'a', limits));
  assert.deepEqual(taken, {
    refusal: {
      code: 'dependency_unavailable',
      message:
        'calls of shop.look kept failing, none is made until 2026-11-21T10:00:30.000Z, propose it again after that',
    },
  });
  const later = await containerAt(secondsAfter(NOW, 30)).take(limited('open', 'b', limits));
  assert.deepEqual(later, { held: { trial: { failedTrials: 0 }, slot: 0 } });
});

test('of 20 containers after a cool-down one lets its call through, the others refuse until it must have ended', async () => {
  await open('crowd');
  const at = secondsAfter(NOW, 30);
  const taken = await Promise.all(
    Array.from({ length: 20 }, (_, index) => containerAt(at).take(limited('crowd', `run-${index}`))),
  );
  assert.equal(taken.filter((each) => 'held' in each).length, 1);
  for (const each of taken) {
    assert.ok('held' in each || each.refusal.message.includes(secondsAfter(at, 150)), JSON.stringify(each));
  }
});

test('a call that is refused by a later limit leaves its trial and its place to others', async () => {
  await open('given-back');
  const limits = { callsPerMinute: 1, burst: 1, concurrentCalls: 1 };
  const first = containerAt(NOW);
  // the rate is used up from another container that has not seen the breaker open
  const before = limited('given-back', 'rate', { callsPerMinute: 1, burst: 1 });
  const at = secondsAfter(NOW, 30);
  assert.equal(await refusalOf(containerAt(at).take(before)), 'held {"trial":{"failedTrials":0}}');
  await first.handBack(before, { trial: { failedTrials: 0 } });
  assert.equal(await refusalOf(containerAt(at).take(limited('given-back', 'a', limits))), 'rate_limited');
  assert.deepEqual(await readBreaker(client, { tenant: 'given-back', tool: 'shop.look' }), {
    ...{ state: 'open', failedTrials: 0, retryAt: at },
  });
  const onlyPlace = limited('given-back', 'b', { concurrentCalls: 1 });
  assert.equal(
    await refusalOf(containerAt(at).take(onlyPlace)),
    'held {"trial":{"failedTrials":0},"slot":0}',
  );
});

test('a call that finds no place takes nothing from the rate', async () => {
  const limits = { callsPerMinute: 2, burst: 2, concurrentCalls: 1 };
  const container = containerAt();
  assert.equal(await refusalOf(container.take(limited('full', 'a', limits))), 'held {"slot":0}');
  for (const call of ['b', 'c', 'd']) {
    assert.equal(await refusalOf(container.take(limited('full', call, limits))), 'too_many_at_once');
  }
  await container.handBack(limited('full', 'a', limits), { slot: 0 });
  assert.equal(await refusalOf(container.take(limited('full', 'e', limits))), 'held {"slot":0}');
});

const ALLOWED: AuthorizeResult = {
  decision: 'allow',
  callId: '0001-00',
  policies: [],
  warrant: { tenant: 'x', runId: 'run-1', callId: '0001-00', digest: 'd' },
  executor: 'e',
};
const refuse = async ({ code }: Reason): Promise<AuthorizeResult> => ({
  decision: 'deny',
  callId: '0001-00',
  policies: [],
  reasons: [{ code, message: '' }],
});

/** Whether another call finds the only place after recording the first one has failed so. */
const FAILURES: Readonly<Record<string, readonly [Error, boolean]>> = {
  'because the run has changed hands its place back': [new ConditionsFailed(['run']), true],
  'because it is recorded already keeps its place': [new ConditionsFailed(['warrant']), false],
  'in a way that may have recorded it keeps its place': [new Error('socket hang up'), false],
};

for (const [title, [error, isFree]] of Object.entries(FAILURES)) {
  test(`a call that could not be recorded ${title}`, async () => {
    const tenant = `recording ${title}`;
    const container = containerAt();
    const limits = { concurrentCalls: 1 };
    const failing = withinLimits(
      container,
      limited(tenant, 'a', limits),
      () => Promise.reject(error),
      refuse,
    );
    await assert.rejects(failing, error);
    const next = await withinLimits(
      container,
      limited(tenant, 'b', limits),
      async (held) => {
        assert.deepEqual(held, { slot: 0 });
        return ALLOWED;
      },
      refuse,
    );
    assert.equal(next.decision, isFree ? 'allow' : 'deny');
  });
}

test('what was looked at ahead is not read again, and a failure is heard by the call', async () => {
  const container = containerAt();
  container.lookAhead('ahead', 'shop.look');
  await container.take(limited('ahead', 'a'));
  await open('ahead');
  assert.deepEqual(await container.take(limited('ahead', 'b')), { held: {} }, 'seen a moment ago');
  assert.equal(await refusalOf(containerAt().take(limited('ahead', 'c'))), 'dependency_unavailable');
  container.lookAhead('broken#tenant', 'shop.look');
  await assert.rejects(container.take(limited('broken#tenant', 'a')), /of a limit's key/);
});
