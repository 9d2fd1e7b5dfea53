import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalMessage } from '../../../contracts/api.ts';
import { SlackShape } from '../../../domain/approval/slack-settings.ts';
import {
  endOfWait,
  isToBeSaid,
  nextDue,
  placesOf,
  retryAt,
  shownOf,
  staleMessages,
  untoldPlaces,
} from '../../../domain/approval/telling.ts';
import { approvalOf } from '../../support/approval.ts';

const SLACK = SlackShape.parse({
  version: 1,
  team: 'T0EXAMPLE',
  channels: { default: 'C0FIRST', roles: { FinanceAdmin: 'C0MONEY' } },
  second_channels: { default: 'C0SECOND' },
});

const REQUESTED = '2026-11-21T09:00:00.000Z';
const at = (minutes: number) => new Date(Date.parse(REQUESTED) + minutes * 60_000).toISOString();

const ASKS = [
  { approverRole: 'manager', quorum: 1, from: REQUESTED },
  { approverRole: 'FinanceAdmin', quorum: 1, from: at(30) },
];
const ESCALATING = approvalOf({ asks: ASKS, secondChannelFrom: at(10), requestedAt: REQUESTED });

const MESSAGE: ApprovalMessage = {
  channel: 'C0FIRST',
  ts: '1.1',
  at: at(0),
  approverRole: 'manager',
  why: 'asked',
  shown: 'waiting/0/1',
};

test('people are told in the first channel of the role that is asked', () => {
  assert.deepEqual(placesOf(ESCALATING, SLACK, at(9)), [
    { channel: 'C0FIRST', approverRole: 'manager', why: 'asked' },
  ]);
});

test('without an answer the second channel comes, and then the next role, each from its instant on', () => {
  const channels = (now: string) =>
    placesOf(ESCALATING, SLACK, now).map(({ channel, why }) => `${channel} ${why}`);
  assert.deepEqual(channels(at(10)), ['C0FIRST asked', 'C0SECOND second_channel']);
  assert.deepEqual(channels(at(30)), ['C0FIRST asked', 'C0MONEY next_role', 'C0SECOND second_channel']);
});

test('roles that are asked at once are all asked first, and a channel that several share is told once', () => {
  const asks = ASKS.map((ask) => ({ ...ask, from: REQUESTED }));
  const both = approvalOf({ asks, requestedAt: REQUESTED });
  assert.deepEqual(
    placesOf(both, SLACK, at(0)).map(({ channel, why }) => `${channel} ${why}`),
    ['C0FIRST asked', 'C0MONEY asked'],
  );
  const shared = SlackShape.parse({ ...SLACK, channels: { default: 'C0FIRST' } });
  assert.equal(placesOf(both, shared, at(0)).length, 1);
});

test('without a second channel nobody is asked a second time', () => {
  const { second_channels: _, ...first } = SLACK;
  assert.equal(placesOf(ESCALATING, first, at(29)).length, 1);
});

test('a channel with a message of the approval is told, whatever role it was for', () => {
  const told = { ...ESCALATING, messages: [{ ...MESSAGE, channel: 'C0MONEY', approverRole: 'else' }] };
  assert.deepEqual(
    untoldPlaces(told, SLACK, at(30)).map(({ channel }) => channel),
    ['C0FIRST', 'C0SECOND'],
  );
});

test('a message is out of date when people said something, took it back, or others are asked too', () => {
  const told = { ...ESCALATING, messages: [MESSAGE] };
  assert.deepEqual(staleMessages(told, at(1)), []);
  for (const changed of [{ revision: 1 }, { state: 'approved' as const }, { state: 'expired' as const }]) {
    assert.deepEqual(staleMessages({ ...told, ...changed }, at(1)), [MESSAGE]);
  }
  assert.deepEqual(staleMessages(told, at(31)), [MESSAGE]);
  const over = { ...told, state: 'rejected', revision: 1 } as const;
  assert.equal(shownOf(over, at(1)), shownOf(over, at(31)), 'nobody is asked any more');
});

test('a wait ends as unreachable when nobody was reached in time, and as expired when nobody decided', () => {
  const approval = approvalOf({ requestedAt: REQUESTED, expiresAt: at(120), heartbeatSeconds: 600 });
  assert.equal(endOfWait(approval, at(9)), undefined);
  assert.equal(endOfWait(approval, at(10)), 'unreachable');
  const reached = { ...approval, reachedUntil: at(125) };
  assert.equal(endOfWait(reached, at(119)), undefined);
  assert.equal(endOfWait(reached, at(120)), 'expired');
});

test('an approval is due when something changes by time alone: a channel, a role, half of its heartbeat, its end', () => {
  const approval = { ...ESCALATING, expiresAt: at(120), heartbeatSeconds: 3600, reachedUntil: at(60) };
  assert.equal(nextDue(approval, at(0)), at(10));
  assert.equal(nextDue(approval, at(10)), at(30));
  assert.equal(nextDue({ ...approval, reachedUntil: at(100) }, at(40)), at(70));
  assert.equal(nextDue({ ...approval, reachedUntil: at(179) }, at(119)), at(120));
});

test('whom nobody was reached about is due when that ends its wait', () => {
  const approval = approvalOf({ requestedAt: REQUESTED, expiresAt: at(120), heartbeatSeconds: 600 });
  assert.equal(nextDue(approval, at(0)), at(10));
});

test('what should have been said again already is due within a minute, never only at the end', () => {
  const approval = { ...ESCALATING, expiresAt: at(120), heartbeatSeconds: 3600, reachedUntil: at(60) };
  assert.equal(nextDue(approval, at(45)), at(46));
});

test('that people are reached is said when it never was, and again from half of the heartbeat on', () => {
  const reach = { heartbeatSeconds: 600, reachedUntil: at(10) };
  assert.equal(isToBeSaid({ heartbeatSeconds: 600 }, at(0)), true);
  assert.equal(isToBeSaid(reach, at(4)), false);
  assert.equal(isToBeSaid(reach, at(5)), true);
});

test('what fails is tried again at intervals that double, from a minute to a quarter of an hour, and never before Slack allows', () => {
  const waits = [0, 1, 2, 5, 15, 600].map(
    (failing) => (Date.parse(retryAt(at(0), at(failing), 0)) - Date.parse(at(failing))) / 1000,
  );
  assert.deepEqual(waits, [60, 60, 120, 300, 900, 900]);
  assert.equal(retryAt(at(0), at(0), 0, 240), at(4));
  assert.equal(retryAt(at(0), at(0), 0.8), new Date(Date.parse(at(0)) + 72_000).toISOString());
});
