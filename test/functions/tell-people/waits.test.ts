import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { secondsAfter } from '../../../domain/time.ts';
import { TokenUnreadable } from '../../../functions/adapters/task-tokens.ts';
import { changed } from '../../support/countersigning.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { BEGIN, itemOf, type TellingWorld, tellingWorld } from '../../support/telling.ts';

const actions = ({ machine }: TellingWorld) =>
  machine.told.map(({ action, error }) => (error === undefined ? action : `${action} ${error}`));

describe('waits of machines', { skip: noLedger }, () => {
  test('without Slack people are reached by the queue as soon as the approval is seen', async () => {
    await using world = await tellingWorld({ withSlack: false });
    const approval = await world.waiting();
    world.pass(2);
    await world.tell([approval]);
    const { reachedUntil, dueAt, messages } = await itemOf(world.client, approval);
    assert.deepEqual(
      [reachedUntil, dueAt, messages],
      [secondsAfter(world.nowIs(), 3600), secondsAfter(world.nowIs(), 1800), []],
    );
    assert.deepEqual(actions(world), ['SendTaskHeartbeat']);
  });

  test('while the queue cannot be read nobody is reached', async () => {
    await using world = await tellingWorld({ withSlack: false });
    const approval = await world.waiting();
    const client = new Proxy(world.client, {
      get: (target, name) =>
        name === 'send'
          ? async (command: object) => {
              if (command instanceof QueryCommand && command.input.IndexName === 'waiting') {
                throw new Error('the index is being built');
              }
              return target.send(command as never);
            }
          : Reflect.get(target, name),
    });
    await world.tell([approval], { client });
    const { reachedUntil, dueAt } = await itemOf(world.client, approval);
    assert.deepEqual([reachedUntil, dueAt], [undefined, secondsAfter(BEGIN, 60)]);
    assert.deepEqual(actions(world), []);
    const other = await world.waiting({ callId: '2', heartbeatSeconds: 60 });
    world.pass(60);
    await world.minute({ client });
    assert.deepEqual(actions(world), ['SendTaskFailure Countersign.Unreachable']);
    assert.equal((await itemOf(world.client, other)).reachedUntil, undefined);
    world.pass(60);
    await world.minute();
    assert.equal((await itemOf(world.client, approval)).reachedUntil, secondsAfter(world.nowIs(), 3600));
  });

  test('that people are reached is said again at half of the heartbeat, on record before the machine is told', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting({ heartbeatSeconds: 600 });
    const recorded: (string | undefined)[] = [];
    world.machine.on(async () => {
      recorded.push((await itemOf(world.client, approval)).reachedUntil);
      return undefined;
    });
    for (let second = 0; second <= 1200; second += 60) {
      await world.minute();
      world.pass(60);
    }
    assert.deepEqual(
      recorded,
      [0, 300, 600, 900, 1200].map((second) => secondsAfter(BEGIN, second + 600)),
    );
    assert.equal(world.slack.messages.length, 1);
  });

  test('a heartbeat that the machine did not get is sent again within a minute or so', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    world.machine.on(() => 'ThrottlingException');
    await world.minute();
    assert.equal((await itemOf(world.client, approval)).dueAt, secondsAfter(BEGIN, 60));
    world.machine.on();
    world.pass(60);
    await world.minute();
    assert.equal((await itemOf(world.client, approval)).dueAt, secondsAfter(world.nowIs(), 1800));
    assert.equal(world.slack.messages.length, 1);
  });

  test('when time is over the machine is told that nobody has decided', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    await changed(world.client, approval, { reachedUntil: secondsAfter(BEGIN, 9000) });
    world.pass(7200);
    await world.minute();
    assert.deepEqual(actions(world), ['SendTaskHeartbeat', 'SendTaskFailure Countersign.Expired']);
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
    await world.minute();
    assert.equal(world.machine.told.length, 2);
  });

  test('when nobody was reached for a heartbeat the machine is told so, and nobody is told any more', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    world.slack.refuse(() => ({ error: 'channel_not_found' }));
    await world.minute();
    world.slack.refuse();
    world.pass(3600);
    await world.minute();
    assert.deepEqual(actions(world), ['SendTaskFailure Countersign.Unreachable']);
    assert.deepEqual(world.slack.messages, []);
    assert.equal((await itemOf(world.client, approval)).reachedUntil, undefined);
  });

  test('people who were reached once, and whom nobody sees to any more, are not reached after a heartbeat', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    world.pass(3600);
    await world.minute();
    assert.deepEqual(actions(world), ['SendTaskHeartbeat', 'SendTaskFailure Countersign.Unreachable']);
    assert.equal((await itemOf(world.client, approval)).reachedUntil, secondsAfter(BEGIN, 3600));
  });

  for (const gone of ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']) {
    test(`a machine that no longer waits (${gone}) is left alone`, async () => {
      await using world = await tellingWorld();
      const approval = await world.waiting();
      world.machine.on(() => gone);
      world.pass(7200);
      await world.minute();
      assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
    });
  }

  test('a machine that could not be told is told later', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    world.machine.on(() => 'InternalFailure');
    world.pass(7200);
    await world.minute();
    assert.equal((await itemOf(world.client, approval)).dueAt, secondsAfter(world.nowIs(), 60));
    world.machine.on();
    world.pass(60);
    await world.minute();
    assert.deepEqual(actions(world).length, 2);
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
  });

  test('a token that was changed wakes nothing, and people are told all the same', async () => {
    await using world = await tellingWorld();
    await world.waiting();
    await world.minute({
      openToken: async () => {
        throw new TokenUnreadable('it was not sealed for it');
      },
    });
    assert.deepEqual(actions(world), []);
    assert.equal(world.slack.messages.length, 1);
  });

  test('an approval on which no machine sleeps yet ends without one being told', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await changed(world.client, approval, { state: 'requested' });
    world.pass(7200);
    await world.minute({ openToken: async () => undefined });
    assert.deepEqual(actions(world), []);
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
  });
});
