import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { secondsAfter } from '../../../domain/time.ts';
import { isToBeSeenTo } from '../../../functions/tell-people/tell-people.ts';
import { changed } from '../../support/countersigning.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import {
  BEGIN,
  CHANNELS,
  itemOf,
  type TellingWorld,
  tellingWorld,
  toldEvents,
  waitingTimes,
} from '../../support/telling.ts';

/** A client that can do nothing more from a transaction on, or only no transaction. */
function breaking(world: TellingWorld, what: 'from there on' | 'transactions'): TellingWorld['client'] {
  let isDead = false;
  return new Proxy(world.client, {
    get: (client, name) =>
      name === 'send'
        ? async (command: object) => {
            const isTransaction = command instanceof TransactWriteCommand;
            isDead ||= isTransaction && what === 'from there on';
            if (isDead || isTransaction) {
              throw new Error('the process has died');
            }
            return client.send(command as never);
          }
        : Reflect.get(client, name),
  });
}

describe('telling people', { skip: noLedger }, () => {
  test('an approval that waits is told once: a message, an event, and people count as reached', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    world.pass(2);
    assert.deepEqual(await world.tell([approval]), []);
    const item = await itemOf(world.client, approval);
    const [message] = world.slack.messages;
    const told = { channel: CHANNELS.first, ts: message?.ts, approverRole: 'manager', why: 'asked' };
    assert.deepEqual(item.messages, [{ ...told, at: world.nowIs(), shown: 'waiting/0/1' }]);
    assert.match(message?.blocks ?? '', new RegExp(`"block_id":"${approval.approvalId}"`));
    assert.equal(item.reachedUntil, secondsAfter(world.nowIs(), 3600));
    assert.equal(item.dueAt, secondsAfter(world.nowIs(), 1800));
    assert.equal(item.claimedUntil, undefined);
    const { channel, ts: messageTs, ...why } = told;
    const [event] = await toldEvents(world.client);
    assert.deepEqual(
      {
        channel: event?.channel,
        messageTs: event?.messageTs,
        approverRole: event?.approverRole,
        why: event?.why,
      },
      { channel, messageTs, ...why },
    );
    assert.equal(event?.approvalId, approval.approvalId);
    assert.deepEqual(world.machine.told, [
      { action: 'SendTaskHeartbeat', taskToken: `token of ${approval.approvalId}` },
    ]);
  });

  test('whatever says so again, it is told no second time', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    for (let times = 0; times < 3; times += 1) {
      await world.tell([approval]);
      await world.minute();
      world.pass(70);
    }
    assert.equal(world.slack.messages.length, 1);
    assert.equal((await toldEvents(world.client)).length, 1);
  });

  test('several who are woken at once post no more than one of them would', async () => {
    await using world = await tellingWorld();
    const approvals = await waitingTimes(world, 24);
    const shares = [0, 1, 2, 3].map((share) => approvals.filter((_, index) => index % 4 === share));
    await Promise.all(shares.map((share) => world.tell(share)));
    const about = (id: string) => world.slack.messages.filter(({ blocks }) => blocks.includes(`"${id}"`));
    for (const { approvalId } of approvals) {
      assert.ok(about(approvalId).length <= 1, `${approvalId} is told once at most`);
    }
    assert.equal(world.slack.messages.length, 6, 'five by themselves and a digest');
    for (let minute = 0; minute < 3; minute += 1) {
      world.pass(61);
      await world.minute();
    }
    for (const { approvalId } of approvals) {
      assert.equal(about(approvalId).length, 1, `${approvalId} is told`);
    }
    assert.equal((await toldEvents(world.client)).length, 24);
  });

  test('who is not in the digest yet counts as asked, since it says how many more wait and how to see them', async () => {
    await using world = await tellingWorld();
    const approvals = await waitingTimes(world, 17);
    await world.minute();
    const digest = world.slack.messages.at(-1)?.blocks ?? '';
    assert.match(digest, /And 2 more wait: .*countersign approvals/);
    const items = await Promise.all(approvals.map((each) => itemOf(world.client, each)));
    assert.equal(items.filter(({ reachedUntil }) => reachedUntil !== undefined).length, 17);
    assert.equal(items.filter(({ messages }) => messages.length === 0).length, 2);
    assert.equal(items.filter(({ messages }) => messages[0]?.digest?.length === 10).length, 10);
    assert.equal(world.machine.told.length, 17);
  });

  test('one that does not wait yet is not told, and neither is one that was decided meanwhile', async () => {
    await using world = await tellingWorld();
    const requested = await world.waiting();
    await changed(world.client, requested, { state: 'requested' });
    const rejected = await world.waiting({ callId: '2' });
    await changed(world.client, rejected, { state: 'rejected' });
    await world.minute();
    assert.deepEqual(world.slack.messages, []);
    assert.equal((await itemOf(world.client, requested)).dueAt, secondsAfter(BEGIN, 60));
    assert.equal((await itemOf(world.client, rejected)).dueAt, undefined);
  });

  test('one that was looked at before it waited is told as soon as it does', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await changed(world.client, approval, { state: 'requested' });
    await world.minute();
    await changed(world.client, approval, { state: 'waiting' });
    const item = await itemOf(world.client, approval);
    assert.ok((item.dueAt ?? '') > world.nowIs());
    assert.equal(isToBeSeenTo(item, world.nowIs()), true);
    await world.tell([approval]);
    assert.equal(world.slack.messages.length, 1);
  });

  test('the second channel and the next role are told when it is their time, and why', async () => {
    await using world = await tellingWorld();
    const from = secondsAfter(BEGIN, 1200);
    const approval = await world.waiting({
      secondChannelFrom: secondsAfter(BEGIN, 600),
      asks: [
        { approverRole: 'manager', quorum: 1, from: BEGIN },
        { approverRole: 'FinanceAdmin', quorum: 1, from },
      ],
    });
    await world.minute();
    world.pass(599);
    await world.minute();
    assert.equal(world.slack.messages.length, 1);
    world.pass(1);
    await world.minute();
    world.pass(600);
    await world.minute();
    assert.deepEqual(
      world.slack.messages.map(({ channel }) => channel),
      [CHANNELS.first, CHANNELS.second, CHANNELS.money],
    );
    const [, second, money] = world.slack.messages;
    assert.match(second?.blocks ?? '', /nobody has answered in the first channel/);
    assert.match(money?.blocks ?? '', /Your role is asked too now/);
    const events = await toldEvents(world.client);
    assert.deepEqual(
      events.map(({ why, approverRole }) => `${why} ${approverRole}`),
      ['asked manager', 'second_channel manager', 'next_role FinanceAdmin'],
    );
    assert.equal((await itemOf(world.client, approval)).messages.length, 3);
  });

  test('whoever dies before posting leaves it to others once the claim has ended', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await changed(world.client, approval, { claimedUntil: secondsAfter(BEGIN, 120) });
    await world.tell([approval]);
    world.pass(60);
    await world.minute();
    assert.deepEqual(world.slack.messages, []);
    world.pass(61);
    await world.minute();
    assert.equal(world.slack.messages.length, 1);
  });

  test('whoever dies between posting and recording leaves a message that is not on record', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.tell([approval], { client: breaking(world, 'from there on') });
    assert.equal(world.slack.messages.length, 1);
    assert.deepEqual((await itemOf(world.client, approval)).messages, []);
    for (let minute = 0; minute < 4; minute += 1) {
      world.pass(61);
      await world.minute();
    }
    assert.equal(world.slack.messages.length, 2, 'told once more when the claim has ended');
    const { messages } = await itemOf(world.client, approval);
    assert.deepEqual(
      messages.map(({ ts }) => ts),
      [world.slack.messages[1]?.ts],
    );
  });

  test('what cannot be recorded is not posted on and on, and holds up no other channel', async () => {
    await using world = await tellingWorld();
    const client = breaking(world, 'transactions');
    const asks = [{ approverRole: 'FinanceAdmin', quorum: 1, from: BEGIN }];
    await world.waiting();
    await world.waiting({ callId: 'money', asks });
    for (let minute = 0; minute < 40; minute += 1) {
      await world.minute({ client });
      world.pass(61);
    }
    const channels = world.slack.messages.map(({ channel }) => channel);
    assert.ok(channels.length >= 6 && channels.length <= 16, `${channels.length} messages in 40 minutes`);
    assert.deepEqual(new Set(channels.slice(0, 2)), new Set([CHANNELS.first, CHANNELS.money]));
    await world.minute();
    world.pass(1000);
    await world.minute();
    assert.equal((await toldEvents(world.client)).length, 2);
  });

  test('an approval that a verdict is being recorded on at the same moment is told all the same', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    let conflicts = 0;
    const client = new Proxy(world.client, {
      get: (target, name) =>
        name === 'send'
          ? async (command: object) => {
              conflicts += command instanceof UpdateCommand ? 1 : 0;
              if (command instanceof UpdateCommand && conflicts % 3 !== 0) {
                throw new TransactionConflictException({ message: 'ongoing', $metadata: {} });
              }
              return target.send(command as never);
            }
          : Reflect.get(target, name),
    });
    await world.tell([approval], { client });
    assert.equal((await itemOf(world.client, approval)).messages.length, 1);
    assert.equal(conflicts, 9);
  });

  test('what there is no time for is left for the next minute', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    assert.deepEqual(await world.tell([approval], { hasTime: () => false }), [approval]);
    assert.deepEqual(world.slack.messages, []);
    await world.minute();
    assert.equal(world.slack.messages.length, 1);
  });
});

test('of what the stream shows only that is seen to which is due, out of date, or over', () => {
  const waiting = {
    state: 'waiting',
    revision: 0,
    asks: [],
    messages: [],
    dueAt: BEGIN,
  } as never as Parameters<typeof isToBeSeenTo>[0];
  const later = secondsAfter(BEGIN, 60);
  const message = {
    channel: 'C0',
    ts: '1.1',
    at: BEGIN,
    approverRole: 'r',
    why: 'asked',
    shown: 'waiting/0/0',
  };
  const told = { ...waiting, messages: [message] } as typeof waiting;
  const cases = [
    [waiting, true],
    [{ ...waiting, dueAt: undefined }, true],
    [{ ...waiting, dueAt: later }, true],
    [{ ...waiting, dueAt: later, reachedUntil: later }, false],
    [{ ...waiting, claimedUntil: later }, false],
    [{ ...waiting, state: 'requested' }, false],
    [{ ...told, dueAt: later }, false],
    [{ ...told, dueAt: later, revision: 1 }, true],
    [{ ...told, dueAt: undefined, state: 'approved' }, true],
    [{ ...waiting, dueAt: later, state: 'approved' }, true],
    [{ ...waiting, dueAt: undefined, state: 'used' }, false],
  ] as const;
  for (const [approval, expected] of cases) {
    assert.equal(isToBeSeenTo(approval as typeof waiting, BEGIN), expected, JSON.stringify(approval));
  }
});
