import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { Warrant } from '../../../domain/call/warrant.ts';
import type { Breaker } from '../../../domain/limit/breaker.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { defineTool } from '../../../domain/tool/definition.ts';
import { readBreaker, takeTrial } from '../../../functions/adapters/limits/breaker.ts';
import { takeSlot } from '../../../functions/adapters/limits/slots.ts';
import { limitReporter } from '../../../functions/execute/limits.ts';
import { type Attempt, NOT_DONE } from '../../../functions/execute/run-tool.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { limitsTable } from '../../support/limits-table.ts';

const client = limitsTable();
const NOW = '2026-11-21T10:00:00.000Z';
const RULE = { failures: 3, coolDownSeconds: 30 };

const TOOL = defineTool({
  name: 'shop.touch',
  description: 'touches',
  input: z.strictObject({}),
  output: z.strictObject({}),
  effect: 'write',
  idempotency: 'none',
  tier: 1,
  resource: 'Shop',
  access: [],
  maximumCostMicroDollars: 1,
  timeoutSeconds: 10,
  loggedArguments: [],
  limits: { concurrentCalls: 1 },
  breaker: RULE,
});

function warrant(tenant: string, limits?: Warrant['limits']): Warrant {
  return {
    ...{ tenant, runId: 'run-1', callId: '0001-00', digest: 'd', state: 'executing', workflow: 'w' },
    ...{ agent: 'helper', user: { id: 'lena', roles: [] }, proposal: { tool: TOOL.name, arguments: {} } },
    ...{ resource: { type: 'Shop', id: 's', attributes: {} }, digestKey: DIGEST_KEY },
    ...{ holdMicroDollars: 1, policies: [], policyDigest: '', authorizedAt: NOW, expiresAt: NOW },
    ...(limits === undefined ? {} : { limits }),
  };
}

const NOTHING = { effects: [], costMicroDollars: 0 };
const ANSWERED: Attempt = { ...NOTHING, status: 'succeeded', output: {} };
const FAILED: Attempt = { ...NOTHING, status: 'unknown', error: { code: 'tool_failed', message: 'x' } };
const refused = (dependency: Attempt['dependency']): Attempt => ({
  ...NOTHING,
  status: 'failed',
  error: { code: 'tool_refused', message: 'x' },
  dependency,
});

/** A container whose clock the test moves. */
function container() {
  let now = NOW;
  const report = limitReporter({ client, clock: () => new Date(now), random: () => 0.5 });
  return {
    report: (ended: Warrant, attempt: Attempt) => report(ended, TOOL, attempt),
    wait: (seconds: number) => {
      now = secondsAfter(now, seconds);
    },
  };
}

const breakerOf = (tenant: string) => readBreaker(client, { tenant, tool: TOOL.name });
const OPENED: Breaker = { state: 'open', failedTrials: 0, retryAt: '2026-11-21T10:00:33.750Z' };

/** Ends of calls, and whether they count as a failure of what is behind the tool. */
const SIGNS: Readonly<Record<string, readonly [Attempt, boolean]>> = {
  'a result': [ANSWERED, false],
  'an exception': [FAILED, true],
  'an exception of a read': [{ ...FAILED, status: 'failed' }, true],
  'a timeout': [{ ...FAILED, error: { code: 'tool_timed_out', message: '' } }, true],
  'an output that breaks its schema': [{ ...FAILED, error: { code: 'invalid_output', message: '' } }, true],
  'an attempt that broke off': [{ ...FAILED, error: { code: 'outcome_unknown', message: '' } }, true],
  'a refusal of the system that was asked': [refused('answered'), false],
  'a refusal because the system is out': [refused('failed'), true],
  'a refusal before anybody was asked': [refused('nothing'), false],
  'an answer that is given again': [{ ...ANSWERED, cached: true }, false],
  'no credentials': [{ ...FAILED, error: { code: 'no_credentials', message: '' } }, false],
  'a look that found nothing': [{ ...NOTHING, status: 'failed', error: NOT_DONE }, false],
};

for (const [index, [title, [attempt, counts]]] of Object.entries(SIGNS).entries()) {
  test(`${title} ${counts ? 'counts' : 'does not count'} as a failure`, async () => {
    const tenant = `sign-${index}`;
    await container().report(warrant(tenant), attempt);
    assert.deepEqual(await breakerOf(tenant), { state: 'closed', failures: counts ? 1 : 0 });
  });
}

test('failures in a row open the breaker, whichever containers had them', async () => {
  for (const { report } of [container(), container(), container()]) {
    await report(warrant('row'), FAILED);
  }
  assert.deepEqual(await breakerOf('row'), OPENED);
});

test('an answer between failures ends their row, where it was known that calls fail', async () => {
  const { report, wait } = container();
  const other = container();
  await report(warrant('ended'), FAILED);
  await report(warrant('ended', { failures: 1 }), FAILED);
  await other.report(warrant('ended', { failures: 2 }), ANSWERED);
  assert.deepEqual(await breakerOf('ended'), { state: 'closed', failures: 0 });
  wait(60);
  await report(warrant('ended'), FAILED);
  assert.deepEqual(await breakerOf('ended'), { state: 'closed', failures: 1 });
});

test('an answer writes nothing while nothing is known to fail', async () => {
  const other = container();
  await other.report(warrant('silent'), FAILED);
  await container().report(warrant('silent'), ANSWERED);
  assert.deepEqual(await breakerOf('silent'), { state: 'closed', failures: 1 });
});

test('failures among answers never open the breaker, however many there are in a second', async () => {
  const containers = [container(), container(), container(), container()];
  for (let round = 0; round < 5; round += 1) {
    for (const { report } of containers) {
      // what was allowed before the first failure was seen does not know of any
      await report(warrant('mixed'), ANSWERED);
      await report(warrant('mixed'), FAILED);
    }
  }
  assert.equal((await breakerOf('mixed')).state, 'closed');
  for (const { report } of containers) {
    await report(warrant('mixed'), FAILED);
  }
  assert.equal((await breakerOf('mixed')).state, 'open', 'and without answers they do');
});

test('a container ends a row once a second at most', async () => {
  const { report, wait } = container();
  const other = container();
  const known = warrant('often', { failures: 1 });
  await other.report(known, FAILED);
  await report(known, ANSWERED);
  await other.report(known, FAILED);
  await report(known, ANSWERED);
  assert.deepEqual(await breakerOf('often'), { state: 'closed', failures: 1 }, 'not within the second');
  wait(1);
  await report(known, ANSWERED);
  assert.deepEqual(await breakerOf('often'), { state: 'closed', failures: 0 });
});

/** Opens a breaker and lets the call of `warrant` try. */
async function trying(tenant: string, failedTrials = 0): Promise<Warrant> {
  const { report } = container();
  for (let failure = 0; failure < RULE.failures; failure += 1) {
    await report(warrant(tenant), FAILED);
  }
  const ref = { tenant, tool: TOOL.name };
  const now = secondsAfter(NOW, 60);
  await takeTrial(client, ref, { call: 'run-1/0001-00', now, endsAt: secondsAfter(now, 150) });
  return warrant(tenant, { trial: { failedTrials } });
}

const TRIALS: Readonly<Record<string, readonly [Attempt, Breaker]>> = {
  'is answered closes the breaker': [ANSWERED, { state: 'closed', failures: 0 }],
  'is declined closes the breaker': [refused('answered'), { state: 'closed', failures: 0 }],
  'fails opens it for twice as long': [
    FAILED,
    { state: 'open', failedTrials: 1, retryAt: '2026-11-21T10:01:07.500Z' },
  ],
  'never asked anybody leaves the trial to the next call': [
    refused('nothing'),
    { state: 'open', failedTrials: 0, retryAt: NOW },
  ],
};

for (const [index, [title, [attempt, after]]] of Object.entries(TRIALS).entries()) {
  test(`a trial that ${title}`, async () => {
    const tried = await trying(`trial-${index}`);
    await container().report(tried, attempt);
    assert.deepEqual(await breakerOf(tried.tenant), after);
  });
}

test('a late trial does not end the trial that took its place', async () => {
  const late = await trying('late');
  const now = secondsAfter(NOW, 600);
  const next = { call: 'run-2/0001-00', now, endsAt: secondsAfter(now, 150) };
  const half = await takeTrial(client, { tenant: 'late', tool: TOOL.name }, next);
  for (const attempt of [ANSWERED, FAILED, refused('nothing')]) {
    await container().report(late, attempt);
    assert.deepEqual(await breakerOf('late'), half);
  }
});

const calls = (tenant: string) => ({ tenant, agent: 'helper', tool: TOOL.name });

async function placeIsFree(tenant: string): Promise<boolean> {
  const request = { calls: calls(tenant), slots: 1, now: NOW, until: secondsAfter(NOW, 150) };
  return (await takeSlot(client, { ...request, call: 'run-2/0001-00' })).taken;
}

for (const [title, attempt, isFree] of [
  ['succeeded gives its place back', ANSWERED, true],
  ['failed gives its place back', refused('answered'), true],
  ['ended as nobody knows how keeps its place for its time', FAILED, false],
] as const) {
  test(`a call that ${title}`, async () => {
    const tenant = `place ${title}`;
    const request = { calls: calls(tenant), slots: 1, now: NOW, until: secondsAfter(NOW, 150) };
    await takeSlot(client, { ...request, call: 'run-1/0001-00' });
    await container().report(warrant(tenant, { slot: 0 }), attempt);
    assert.equal(await placeIsFree(tenant), isFree);
  });
}

test('limits that cannot be reached do not change what came of the call', async () => {
  const unreachable = limitReporter({
    client: { send: () => Promise.reject(new Error('no table')) } as never,
    clock: () => new Date(NOW),
    random: () => 0,
  });
  await unreachable(warrant('gone', { slot: 0 }), TOOL, FAILED);
});
