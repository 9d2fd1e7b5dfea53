import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { secondsAfter } from '../../../domain/time.ts';
import { changed } from '../../support/countersigning.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import {
  BEGIN,
  CHANNELS,
  itemOf,
  type Refusal,
  type TellingWorld,
  tellingWorld,
  waitingTimes,
} from '../../support/telling.ts';

const MONEY = { asks: [{ approverRole: 'FinanceAdmin', quorum: 1, from: BEGIN }] };

async function minutes(world: TellingWorld, count: number) {
  for (let minute = 0; minute < count; minute += 1) {
    world.pass(61);
    await world.minute();
  }
}

describe('Slack does not take a message', { skip: noLedger }, () => {
  const refusals: Readonly<Record<string, Refusal>> = {
    'an error of its own': { status: 500 },
    'no answer in time': 'silence',
    'a limit': { status: 429, headers: { 'retry-after': '45' } },
    'a channel that it does not know': { error: 'channel_not_found' },
    'a channel that the app is not in': { error: 'not_in_channel' },
    'a token that is no longer one': { error: 'invalid_auth' },
    'a word that nobody has heard of': { error: 'something_new' },
  };
  for (const [what, refusal] of Object.entries(refusals)) {
    test(`because of ${what}: nobody counts as reached, and they are told when it takes them again`, async () => {
      await using world = await tellingWorld();
      world.slack.refuse(() => refusal);
      const approval = await world.waiting();
      assert.deepEqual(await world.tell([approval]), [], 'the batch does not fail');
      await minutes(world, 2);
      const failed = await itemOf(world.client, approval);
      assert.deepEqual(
        [failed.messages, failed.reachedUntil, failed.claimedUntil],
        [[], undefined, undefined],
      );
      assert.deepEqual(world.machine.told, []);
      assert.ok(world.slack.asked.length >= 2, 'it was tried again');
      world.slack.refuse();
      await minutes(world, 4);
      assert.equal((await itemOf(world.client, approval)).messages.length, 1);
    });
  }

  test('the longer a channel fails the longer it is left alone, and never shorter than Slack says', async () => {
    await using world = await tellingWorld();
    world.slack.refuse(() => ({ error: 'channel_not_found' }));
    await world.waiting();
    await minutes(world, 40);
    const tries = world.slack.asked.length;
    assert.ok(tries >= 5 && tries <= 8, `${tries} tries in 40 minutes`);
    await using limited = await tellingWorld();
    limited.slack.refuse(() => ({ status: 429, headers: { 'retry-after': '600' } }));
    await limited.waiting();
    await minutes(limited, 9);
    assert.equal(limited.slack.asked.length, 1);
    await minutes(limited, 2);
    assert.equal(limited.slack.asked.length, 2);
  });

  test('one channel that fails holds up no other, and a crowd in it makes no crowd of requests', async () => {
    await using world = await tellingWorld();
    world.slack.refuse(({ channel }) =>
      channel === CHANNELS.first ? { error: 'channel_not_found' } : undefined,
    );
    await waitingTimes(world, 8);
    await world.waiting({ callId: 'money', ...MONEY });
    await world.minute();
    assert.deepEqual(
      world.slack.messages.map(({ channel }) => channel),
      [CHANNELS.money],
    );
    assert.equal(world.slack.asked.length, 2);
  });

  test('a first channel that fails does not keep the second one from being told', async () => {
    await using world = await tellingWorld();
    world.slack.refuse(({ channel }) => (channel === CHANNELS.first ? { error: 'is_archived' } : undefined));
    const approval = await world.waiting({ secondChannelFrom: secondsAfter(BEGIN, 600) });
    await world.minute();
    world.pass(600);
    await world.minute();
    const { messages, reachedUntil } = await itemOf(world.client, approval);
    assert.deepEqual(
      messages.map(({ channel }) => channel),
      [CHANNELS.second],
    );
    assert.notEqual(reachedUntil, undefined);
  });

  test('a message that Slack will not take keeps only its own approval back', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting({ callId: 'bad' });
    const others = [await world.waiting({ callId: '1' }), await world.waiting({ callId: '2' })];
    world.slack.refuse(({ blocks }) =>
      blocks.includes(`"${approval.approvalId}"`) ? { error: 'invalid_blocks' } : undefined,
    );
    await world.minute();
    for (const other of others) {
      assert.equal((await itemOf(world.client, other)).messages.length, 1);
    }
    const kept = await itemOf(world.client, approval);
    assert.equal(kept.claimedUntil, secondsAfter(world.nowIs(), 60));
    world.slack.refuse();
    await minutes(world, 2);
    assert.equal((await itemOf(world.client, approval)).messages.length, 1);
  });

  test('an approval that cannot be shown keeps no other out of a digest', async () => {
    await using world = await tellingWorld();
    const approvals = (await waitingTimes(world, 8)).map(({ approvalId }) => approvalId);
    const bad = approvals[6];
    // what would be rendered of it is no proposal
    await changed(world.client, { tenant: 'acme', approvalId: bad ?? '' }, { proposal: null });
    await world.minute();
    const [digest] = world.slack.messages.slice(5);
    const inDigest = approvals.filter((id) => digest?.blocks.includes(`"${id}"`));
    assert.deepEqual(inDigest, [approvals[5], approvals[7]]);
  });
});
