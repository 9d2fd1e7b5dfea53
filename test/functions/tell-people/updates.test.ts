import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { secondsAfter } from '../../../domain/time.ts';
import { given } from '../../support/approval.ts';
import { changed } from '../../support/countersigning.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { itemOf, tellingWorld, waitingTimes } from '../../support/telling.ts';

const REJECTED = { state: 'rejected', verdicts: [given('theo', 'reject')], revision: 1 };

describe('keeping messages true', { skip: noLedger }, () => {
  test('a message shows the outcome once there is one, and nobody sees to the approval any more', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    assert.doesNotMatch(world.slack.messages[0]?.blocks ?? '', /Rejected/);
    await changed(world.client, approval, REJECTED);
    await world.tell([approval]);
    const [message] = world.slack.messages;
    assert.match(message?.blocks ?? '', /Rejected.*theo/);
    assert.doesNotMatch(message?.blocks ?? '', /countersign\.approve/);
    const item = await itemOf(world.client, approval);
    assert.deepEqual([item.dueAt, item.messages[0]?.shown], [undefined, 'rejected/1']);
  });

  test('what a message shows already is not rendered again', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    await changed(world.client, approval, REJECTED);
    await world.tell([approval]);
    await world.tell([approval]);
    assert.equal(world.slack.asked.filter(({ method }) => method === 'chat.update').length, 1);
  });

  test('one of two that have to sign is shown while the other one is waited for', async () => {
    await using world = await tellingWorld();
    const asks = [{ approverRole: 'manager', quorum: 2, from: world.nowIs() }];
    const approval = await world.waiting({ quorum: 2, asks });
    await world.minute();
    await changed(world.client, approval, { verdicts: [given('maria', 'approve')], revision: 1 });
    await world.tell([approval]);
    const [message] = world.slack.messages;
    assert.match(message?.blocks ?? '', /maria/);
    assert.match(message?.blocks ?? '', /countersign\.approve/);
    assert.notEqual((await itemOf(world.client, approval)).dueAt, undefined);
  });

  test('a digest shows the outcome of each, leaves the buttons of the others and how many more wait', async () => {
    await using world = await tellingWorld();
    const approvals = await waitingTimes(world, 17);
    await world.minute();
    const [one, other, another] = approvals.slice(5);
    for (const each of [one, other]) {
      await changed(world.client, each ?? assert.fail(), REJECTED);
    }
    await world.tell([one ?? assert.fail(), other ?? assert.fail()]);
    const digest = world.slack.messages[5]?.blocks ?? '';
    assert.equal(digest.match(/Rejected/g)?.length, 2);
    assert.equal(world.slack.asked.filter(({ method }) => method === 'chat.update').length, 1);
    assert.match(digest, /And 2 more wait/);
    assert.ok(digest.includes(`|${another?.approvalId}|`), 'the others have their buttons');
    assert.ok(!digest.includes(`approve","value":"acme|${one?.approvalId}|`), 'what is over has none');
    const items = await Promise.all([one, other].map((each) => itemOf(world.client, each ?? assert.fail())));
    assert.deepEqual(
      items.map(({ messages }) => messages[0]?.shown),
      ['rejected/1', 'rejected/1'],
    );
  });

  test('of two who update at once the last one leaves the message as the approvals are', async () => {
    await using world = await tellingWorld();
    const approvals = await waitingTimes(world, 7);
    await world.minute();
    const [one, other] = approvals.slice(5);
    await changed(world.client, one ?? assert.fail(), REJECTED);
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    world.slack.refuse(async () => {
      begun.resolve();
      await held.promise;
      return undefined;
    });
    const slow = world.tell([one ?? assert.fail()]);
    await begun.promise;
    world.slack.refuse();
    await changed(world.client, other ?? assert.fail(), REJECTED);
    await world.tell([other ?? assert.fail()]);
    held.resolve();
    await slow;
    assert.equal(world.slack.messages[5]?.blocks.match(/Rejected/g)?.length, 2);
  });

  test('a message that somebody has deleted is not looked for again', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    await changed(world.client, approval, REJECTED);
    world.slack.refuse(() => ({ error: 'message_not_found' }));
    await world.tell([approval]);
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
    await world.tell([approval]);
    assert.equal(world.slack.asked.filter(({ method }) => method === 'chat.update').length, 1);
  });

  test('an update that Slack does not take is tried again until it does, or until a day has passed', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    await changed(world.client, approval, {
      ...REJECTED,
      verdicts: [given('theo', 'reject', { at: world.nowIs() })],
    });
    world.slack.refuse(() => ({ status: 500 }));
    await world.tell([approval]);
    assert.equal((await itemOf(world.client, approval)).dueAt, secondsAfter(world.nowIs(), 60));
    world.pass(60);
    await world.minute();
    assert.equal((await itemOf(world.client, approval)).dueAt, secondsAfter(world.nowIs(), 60));
    world.slack.refuse();
    world.pass(60);
    await world.minute();
    assert.match(world.slack.messages[0]?.blocks ?? '', /Rejected/);
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
  });

  test('an update that Slack never takes is given up a day after the end', async () => {
    await using world = await tellingWorld();
    const approval = await world.waiting();
    await world.minute();
    await changed(world.client, approval, REJECTED);
    world.slack.refuse(() => ({ error: 'not_in_channel' }));
    await world.tell([approval]);
    assert.notEqual((await itemOf(world.client, approval)).dueAt, undefined);
    world.pass(7200 + 24 * 3600);
    await world.minute();
    assert.equal((await itemOf(world.client, approval)).dueAt, undefined);
  });

  test('when Slack limits updates nothing more is sent, and all are due when it said', async () => {
    await using world = await tellingWorld();
    const approvals = await waitingTimes(world, 3);
    await world.minute();
    for (const approval of approvals) {
      await changed(world.client, approval, REJECTED);
    }
    world.slack.refuse(() => ({ status: 429, headers: { 'retry-after': '200' } }));
    await world.tell(approvals);
    assert.equal(world.slack.asked.filter(({ method }) => method === 'chat.update').length, 1);
    for (const approval of approvals) {
      assert.equal((await itemOf(world.client, approval)).dueAt, secondsAfter(world.nowIs(), 200));
    }
  });

  test('an update that fails holds up no other', async () => {
    await using world = await tellingWorld();
    const approvals = await waitingTimes(world, 3);
    await world.minute();
    for (const approval of approvals) {
      await changed(world.client, approval, REJECTED);
    }
    const [, second] = world.slack.messages;
    world.slack.refuse(({ ts }) => (ts === second?.ts ? { error: 'fatal_error' } : undefined));
    await world.tell(approvals);
    const shown = world.slack.messages.map(({ blocks }) => /Rejected/.test(blocks));
    assert.deepEqual(shown, [true, false, true]);
  });
});
