import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterEvent, type Breaker, type BreakerEvent, CLOSED } from '../../../../domain/limit/breaker.ts';
import { secondsAfter } from '../../../../domain/time.ts';
import {
  closeBreaker,
  countFailure,
  forgetFailures,
  readBreaker,
  reopenBreaker,
  takeTrial,
} from '../../../../functions/adapters/limits/breaker.ts';
import { breakerViews } from '../../../../functions/adapters/limits/breaker-views.ts';
import { limitsTable } from '../../../support/limits-table.ts';
import { seeded } from '../../../support/random.ts';

const client = limitsTable();
const RULE = { failures: 3, coolDownSeconds: 30 };
const NOW = '2026-11-21T10:00:00.000Z';
const LATER = '2026-11-21T10:00:30.000Z';

const breaker = (tool: string, tenant = 'acme') => ({ tenant, tool: `helpdesk.${tool}` });

type Ref = ReturnType<typeof breaker>;

const fail = (ref: Ref, isFirst = false) =>
  countFailure(client, ref, RULE, { isFirst, now: NOW, retryAt: LATER });

async function opened(ref: Ref): Promise<Ref> {
  await Promise.all([fail(ref), fail(ref), fail(ref)]);
  return ref;
}

test('failures at the same time are all counted, and one of them opens the breaker', async () => {
  const ref = breaker('crowd');
  const opening = await Promise.all(Array.from({ length: 20 }, () => fail(ref)));
  assert.equal(opening.filter((hasOpened) => hasOpened).length, 1);
  assert.deepEqual(await readBreaker(client, ref), { state: 'open', failedTrials: 0, retryAt: LATER });
});

test('of 20 containers at the end of a cool-down exactly one tries', async () => {
  const ref = await opened(breaker('trial'));
  const seen = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      takeTrial(client, ref, { call: `run-${index}`, now: LATER, endsAt: secondsAfter(LATER, 170) }),
    ),
  );
  const trying = seen.filter(
    (found, index) => found.state === 'half_open' && found.trialCall === `run-${index}`,
  );
  assert.equal(trying.length, 1);
  assert.deepEqual(new Set(seen.map((found) => JSON.stringify(found))).size, 1, 'the others see who does');
});

test('of 20 containers that find a trial dead exactly one takes it over', async () => {
  const ref = await opened(breaker('dead-trial'));
  const endsAt = secondsAfter(LATER, 170);
  await takeTrial(client, ref, { call: 'dead', now: LATER, endsAt });
  const next = { now: endsAt, endsAt: secondsAfter(endsAt, 170) };
  const early = await takeTrial(client, ref, { ...next, call: 'early', now: secondsAfter(endsAt, -0.001) });
  assert.equal(early.state === 'half_open' && early.trialCall, 'dead');
  const seen = await Promise.all(
    Array.from({ length: 20 }, (_, index) => takeTrial(client, ref, { ...next, call: `run-${index}` })),
  );
  const trying = seen.filter(
    (found, index) => found.state === 'half_open' && found.trialCall === `run-${index}`,
  );
  assert.equal(trying.length, 1);
});

test('a trial of another call is neither closed nor failed by this one', async () => {
  const ref = await opened(breaker('foreign'));
  const half = await takeTrial(client, ref, {
    call: 'theirs',
    now: LATER,
    endsAt: '2026-11-21T11:00:00.000Z',
  });
  await closeBreaker(client, ref, 'mine');
  assert.equal(await reopenBreaker(client, ref, { call: 'mine', retryAt: LATER, failedTrials: 1 }), false);
  assert.deepEqual(await readBreaker(client, ref), half);
});

test('a breaker that was closed counts from nothing', async () => {
  const ref = await opened(breaker('closed'));
  await takeTrial(client, ref, { call: 'mine', now: LATER, endsAt: '2026-11-21T11:00:00.000Z' });
  await closeBreaker(client, ref, 'mine');
  assert.deepEqual(await readBreaker(client, ref), CLOSED);
  assert.equal(await fail(ref), false);
  assert.deepEqual(await readBreaker(client, ref), { state: 'closed', failures: 1 });
});

test('breakers are one for each tenant and tool', async () => {
  await opened(breaker('apart'));
  assert.deepEqual(await readBreaker(client, breaker('apart', 'globex')), CLOSED);
  assert.deepEqual(await readBreaker(client, breaker('other')), CLOSED);
});

/** Does in the table what an event means. */
async function happen(ref: Ref, event: BreakerEvent, before: Breaker): Promise<void> {
  switch (event.type) {
    case 'failed':
      await countFailure(client, ref, RULE, { ...event, now: NOW });
      return;
    case 'answered':
      return forgetFailures(client, ref);
    case 'trial_taken':
      await takeTrial(client, ref, event);
      return;
    case 'trial_answered':
      return closeBreaker(client, ref, event.call);
    case 'trial_failed': {
      const failedTrials = before.state === 'half_open' ? before.failedTrials + 1 : 99;
      await reopenBreaker(client, ref, { ...event, failedTrials });
      return;
    }
    case 'trial_handed_back': {
      const failedTrials = before.state === 'half_open' ? before.failedTrials : 99;
      await reopenBreaker(client, ref, { call: event.call, retryAt: event.now, failedTrials });
      return;
    }
  }
}

test('the table goes through the same states as the machine, whatever happens', async () => {
  const random = seeded(11);
  const ref = breaker('model');
  const seen = new Set<string>();
  let model: Breaker = CLOSED;
  let now = NOW;
  for (let step = 0; step < 400; step += 1) {
    now = secondsAfter(now, Math.floor(random() * 20));
    const call = `run-${Math.floor(random() * 2)}`;
    const retryAt = secondsAfter(now, 30);
    const events: readonly BreakerEvent[] = [
      { type: 'failed', isFirst: random() < 0.2, retryAt },
      { type: 'failed', isFirst: false, retryAt },
      { type: 'answered' },
      { type: 'trial_taken', call, now, endsAt: secondsAfter(now, 60) },
      { type: 'trial_taken', call, now, endsAt: secondsAfter(now, 60) },
      { type: 'trial_failed', call, retryAt },
      { type: 'trial_answered', call },
      { type: 'trial_handed_back', call, now },
    ];
    const event = events[Math.floor(random() * events.length)] ?? assert.fail();
    await happen(ref, event, model);
    const after = afterEvent(model, event, RULE);
    assert.deepEqual(await readBreaker(client, ref), after, JSON.stringify({ step, model, event }));
    seen.add(`${model.state} ${event.type} ${after.state}`);
    model = after;
  }
  for (const move of [
    'closed failed open',
    'open trial_taken half_open',
    'half_open trial_taken half_open',
    'half_open trial_failed open',
    'half_open trial_answered closed',
    'half_open trial_handed_back open',
  ]) {
    assert.ok(seen.has(move), `${move} did not come up`);
  }
});

test('a container reads a breaker once a second, however many calls there are', async () => {
  let now = 0;
  let reads = 0;
  const views = breakerViews(
    async () => {
      reads += 1;
      return CLOSED;
    },
    () => new Date(now),
  );
  const ref = breaker('view');
  await Promise.all(Array.from({ length: 30 }, () => views.look(ref)));
  assert.equal(reads, 1);
  now = 999;
  await views.look(ref);
  assert.equal(reads, 1);
  now = 1000;
  await views.look(ref);
  await views.look(breaker('view', 'globex'));
  assert.equal(reads, 3);
  views.saw(ref, { state: 'closed', failures: 2 });
  assert.deepEqual(await views.look(ref), { state: 'closed', failures: 2 });
  assert.equal(reads, 3);
});

test('a breaker that could not be read is read again by the next call', async () => {
  let reads = 0;
  const views = breakerViews(
    async () => {
      reads += 1;
      return reads === 1 ? Promise.reject(new Error('no table')) : CLOSED;
    },
    () => new Date(0),
  );
  await assert.rejects(views.look(breaker('broken')), /no table/);
  assert.deepEqual(await views.look(breaker('broken')), CLOSED);
});

test('a container keeps a bounded number of views, the youngest of them', async () => {
  const read: string[] = [];
  const views = breakerViews(
    async ({ tenant }) => {
      read.push(tenant);
      return CLOSED;
    },
    () => new Date(0),
  );
  for (let index = 0; index <= 1000; index += 1) {
    await views.look(breaker('many', `t-${index}`));
  }
  read.length = 0;
  await views.look(breaker('many', 't-1000'));
  await views.look(breaker('many', 't-0'));
  assert.deepEqual(read, ['t-0']);
});
