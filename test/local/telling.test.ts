import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { approvalKey, boardKey } from '../../contracts/tables.ts';
import { secondsAfter } from '../../domain/time.ts';
import type { ApprovalRecord } from '../../functions/adapters/approvals.ts';
import {
  as,
  call,
  closed,
  database,
  eventsOf,
  eventually,
  invoke,
  ledgerTable,
  newTenant,
  ORDERS,
  ofType,
  shopOf,
  start,
  tamper,
  waiting,
} from '../support/cloud.ts';
import {
  approvalItem,
  changeApproval,
  messagesWith,
  toldApproval,
  workspace,
} from '../support/slack-workspace.ts';

const PAST = '2020-01-01T00:00:00.000Z';

/** A run that waits for people, who were told. */
async function told() {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  return { tenant, run, approval: await toldApproval(tenant, await waiting(run)) };
}

/** As the rule does each minute. */
const minute = () => invoke('TellPeople', {});

async function shownIn(channel: string, { approvalId }: Pick<ApprovalRecord, 'approvalId'>, pattern: RegExp) {
  return eventually(`${approvalId} is shown as ${pattern}`, async () => {
    const messages = await messagesWith(approvalId, channel);
    return messages.find(({ blocks }) => pattern.test(blocks));
  });
}

/** What became in the end of the call that people were asked about. */
async function decisionOn({ tenant, run, approval }: Awaited<ReturnType<typeof told>>) {
  await closed(run);
  const { calls } = await (await as('app')).getReceipt(tenant, run.runId);
  const found = calls.find(({ callId }) => callId === approval.callId);
  return [found?.decision, ...(found?.reasons ?? []).map(({ code }) => code)];
}

test('who waits for people is told of in one message, in the channel of the role, with all that it takes to decide', async () => {
  const { run, approval } = await told();
  const [message] = approval.messages;
  const { channels } = workspace;
  assert.deepEqual([message?.channel, message?.why], [channels.approvals, 'asked']);
  const found = await messagesWith(approval.approvalId);
  assert.deepEqual(
    found.map(({ ts }) => ts),
    [message?.ts],
  );
  const { blocks = '', notification } = found[0] ?? {};
  assert.match(blocks, new RegExp(`"block_id":"${approval.approvalId}"`));
  assert.match(blocks, /Cancel pending order/);
  assert.match(blocks, new RegExp(`executions/details/arn:aws:states:[^"]*${run.runId}`));
  assert.match(notification ?? '', /^Waits for you: /);
  const [event] = ofType(await eventsOf(run), 'approval.told');
  assert.deepEqual(
    [event?.approvalId, event?.channel, event?.messageTs],
    [approval.approvalId, channels.approvals, message?.ts],
  );
  assert.ok((approval.reachedUntil ?? '') > new Date().toISOString(), 'people count as reached');
});

test('the message shows what was decided, wherever it was', async () => {
  const { tenant, run, approval } = await told();
  for (const person of ['maria', 'theo'] as const) {
    await (await as(person)).decideApproval(approval.approvalId, { tenant, verdict: 'approve' });
  }
  await closed(run);
  const message = await shownIn(workspace.channels.approvals, approval, /Policy let the call through/);
  assert.match(message.blocks, /Maria/);
  assert.doesNotMatch(message.blocks, /countersign\.approve/);
  await eventually('nobody sees to it any more', async () => {
    const { dueAt } = await approvalItem(tenant, approval.approvalId);
    return dueAt === undefined ? true : undefined;
  });
});

test('of two who have to sign the message shows the first, and then both', async () => {
  const { tenant, run, approval } = await told();
  const { approvalId } = approval;
  assert.deepEqual(
    approval.asks.map(({ quorum }) => quorum),
    [2],
  );
  await (await as('maria')).decideApproval(approvalId, { tenant, verdict: 'approve' });
  const half = await shownIn(workspace.channels.approvals, approval, /Maria/);
  assert.match(half.blocks, /countersign\.approve/);
  await (await as('theo')).decideApproval(approvalId, { tenant, verdict: 'approve' });
  await closed(run);
  const both = await shownIn(workspace.channels.approvals, approval, /Approved/);
  assert.match(both.blocks, /Maria.*Theo/);
});

test('without an answer the second channel is told, and then the next role in its own', async () => {
  const { tenant, run, approval } = await told();
  const { oncall, finance } = workspace.channels;
  await changeApproval(approval, { secondChannelFrom: PAST, dueAt: PAST });
  await minute();
  assert.match((await shownIn(oncall, approval, /"/)).blocks, /nobody has answered in the first channel/);
  const next = { approverRole: 'FinanceAdmin', quorum: 1, from: '2020-01-02T00:00:00.000Z' };
  await changeApproval(approval, { asks: [...approval.asks, next], dueAt: PAST });
  await minute();
  assert.match((await shownIn(finance, approval, /"/)).blocks, /Your role is asked too now/);
  await minute();
  const { messages } = await approvalItem(tenant, approval.approvalId);
  assert.deepEqual(
    messages.map(({ channel, why }) => [channel, why]),
    [
      [workspace.channels.approvals, 'asked'],
      [oncall, 'second_channel'],
      [finance, 'next_role'],
    ],
  );
  const events = await eventually('three are on record', async () => {
    const found = ofType(await eventsOf(run), 'approval.told');
    return found.length === 3 ? found : undefined;
  });
  assert.deepEqual(
    events.map(({ why }) => why),
    ['asked', 'second_channel', 'next_role'],
  );
});

test('when nobody decides in time the run goes on without the call, and says that it expired', async () => {
  const about = await told();
  const { tenant, approval } = about;
  const before = await shopOf(tenant);
  await changeApproval(approval, { expiresAt: PAST, dueAt: PAST });
  await minute();
  assert.deepEqual(await decisionOn(about), ['deny', 'approval_expired']);
  assert.deepEqual(await shopOf(tenant), before);
  assert.equal((await approvalItem(tenant, approval.approvalId)).state, 'expired');
  await shownIn(workspace.channels.approvals, approval, /Expired/);
});

test('when nobody could be reached the run goes on without the call, and says so: that is another reason', async () => {
  const about = await told();
  const { tenant, approval } = about;
  const before = await shopOf(tenant);
  await changeApproval(approval, { messages: [], reachedUntil: PAST, dueAt: PAST });
  await minute();
  assert.deepEqual(await decisionOn(about), ['deny', 'approval_unreachable']);
  assert.deepEqual(await shopOf(tenant), before);
  assert.equal((await approvalItem(tenant, approval.approvalId)).state, 'unreachable');
});

/** A record of the stream as it was when the machine had just begun to wait. */
function streamRecordOf({ messages: _, reachedUntil: __, ...approval }: ApprovalRecord) {
  const image = { ...approval, messages: [], dueAt: approval.requestedAt };
  return { dynamodb: { SequenceNumber: '1', NewImage: marshall(image, { removeUndefinedValues: true }) } };
}

test('a record that the stream delivers again is told no second time', async () => {
  const { approval } = await told();
  const event = { Records: [streamRecordOf(approval), streamRecordOf(approval)] };
  assert.deepEqual(await invoke('TellPeople', event), { batchItemFailures: [] });
  assert.deepEqual(await invoke('TellPeople', event), { batchItemFailures: [] });
  assert.equal((await messagesWith(approval.approvalId)).length, 1);
});

/** Another approval like this one, on which no machine sleeps. */
async function another(like: ApprovalRecord, index: number, changes: Partial<ApprovalRecord> = {}) {
  const approvalId = `${like.approvalId}-${String(index).padStart(2, '0')}`;
  const { reachedUntil: _, ...rest } = like;
  const requestedAt = secondsAfter(like.requestedAt, index);
  const item = { ...rest, approvalId, requestedAt, messages: [], dueAt: requestedAt, ...changes };
  await database.send(
    new PutCommand({
      TableName: await ledgerTable('Approvals'),
      Item: { ...item, approval: approvalKey(like.tenant, approvalId) },
    }),
  );
  return approvalId;
}

test('many at once are five messages and one of ten, which says how many more wait; the rest comes a minute later', async () => {
  const { tenant, approval } = await told();
  const { approvals } = workspace.channels;
  const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => another(approval, index)));
  const digest = await eventually('a digest says that more wait', async () => {
    await aMinuteLater(tenant, ids);
    const found = await messagesWith(`${approval.approvalId}-`, approvals);
    return found.find(({ blocks }) => /And \d+ more wait: .*countersign approvals/.test(blocks));
  });
  assert.ok(ids.filter((id) => digest.blocks.includes(`"${id}"`)).length <= 10);
  await eventually('all of them are told', async () => {
    await aMinuteLater(tenant, ids);
    const items = await Promise.all(ids.map((id) => approvalItem(tenant, id)));
    return items.every(({ messages }) => messages.length > 0) ? true : undefined;
  });
  const items = await Promise.all(ids.map((id) => approvalItem(tenant, id)));
  assert.ok(items.every(({ messages }) => messages.length === 1));
  const singles = items.filter(({ messages }) => messages[0]?.digest === undefined);
  assert.ok(singles.length <= 4, 'one is there already');
  const recorded = new Set(items.flatMap(({ messages }) => messages.map(({ ts }) => ts)));
  const posted = await messagesWith(`${approval.approvalId}-`, approvals);
  assert.equal(posted.length, recorded.size, 'nothing was posted that is not on record');
  const { runId } = approval;
  const events = ofType(await eventsOf({ tenant, runId }), 'approval.told');
  assert.equal(events.length, 31);
});

/** Lets a minute pass, as far as the digests of these approvals know, and wakes the teller. */
async function aMinuteLater(tenant: string, ids: readonly string[]) {
  for (const item of await Promise.all(ids.map((id) => approvalItem(tenant, id)))) {
    const messages = item.messages.map((message) => ({ ...message, at: PAST }));
    if (messages.length > 0) {
      await changeApproval(item, { messages });
    }
  }
  const board = { singles: [], digests: [], pauses: [] };
  await tamper('Approvals', { approval: boardKey(tenant) }, { board, dueAt: PAST, dueShard: '0' });
  await minute();
}

test('an approval whose teller was killed before it had posted is told when the claim has ended', async () => {
  const { tenant, approval } = await told();
  const claimedUntil = secondsAfter(new Date().toISOString(), 600);
  const approvalId = await another(approval, 1, { claimedUntil });
  await minute();
  assert.deepEqual(await messagesWith(approvalId), []);
  await changeApproval({ tenant, approvalId }, { claimedUntil: PAST });
  const item = await eventually('it is told', async () => {
    await minute();
    const found = await approvalItem(tenant, approvalId);
    return found.messages.length > 0 ? found : undefined;
  });
  assert.deepEqual([item.messages.length, item.claimedUntil], [1, undefined]);
  assert.equal((await messagesWith(approvalId)).length, 1);
});
