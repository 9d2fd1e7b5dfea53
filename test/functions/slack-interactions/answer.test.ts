import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { approvalKey } from '../../../contracts/tables.ts';
import type { Approval } from '../../../domain/approval/approval.ts';
import { requestApproval } from '../../../functions/adapters/approvals.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { slackWith } from '../../../functions/adapters/slack/client.ts';
import { messageContext } from '../../../functions/adapters/slack/context.ts';
import {
  ACTIONS,
  buttonValue,
  privateMetadata,
  REASON_VIEW,
} from '../../../functions/adapters/slack/values.ts';
import { type AnswerDependencies, answerTo } from '../../../functions/slack-interactions/answer.ts';
import { approvalOf } from '../../support/approval.ts';
import { bundle, directory, mayCountersign } from '../../support/bundle.ts';
import { httpServer, type TestServer } from '../../support/http-server.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { openRun } from '../../support/open-run.ts';
import { eventOf, type Pressed, pressBody, signedHeaders, submissionBody } from '../../support/slack.ts';

const SECRET = 'the signing secret';
const MESSAGE = { channel: 'C0APPROVALS', ts: '1795255200.000100' };
const TEAM = 'T0EXAMPLE';

describe('answers to slack', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let slack: TestServer;
  /** How Slack's Web API answers. */
  let webApi: 'takes all' | 'takes nothing' | 'is silent' = 'takes all';
  before(async () => {
    tables = await ledgerTables();
    slack = await httpServer((_, response) => {
      if (webApi === 'is silent') {
        return;
      }
      const ok = webApi === 'takes all';
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(ok ? { ok } : { ok, error: 'channel_not_found' }));
    });
  });
  after(async () => {
    await tables[Symbol.asyncDispose]();
    await slack.close();
  });

  function dependenciesWith(client: DynamoDBDocumentClient = tables.client): AnswerDependencies {
    const secrets = { read: async () => SECRET, readNewer: async () => undefined };
    const apiUrl = `http://127.0.0.1:${slack.port}/api/`;
    const deployed = { prefix: 'countersign', account: '000000000000', region: 'us-east-1' };
    return {
      client,
      secrets,
      bundle,
      directory,
      mayCountersign,
      clock: () => new Date(),
      contextAt: (now) => messageContext(bundle, deployed, now),
      slack: slackWith({ apiUrl, secrets, timeoutMilliseconds: 2000 }),
    };
  }

  /** An approval that waits, in a message, for an open run. */
  async function waiting(changes: Partial<Approval> = {}): Promise<Approval> {
    const { tenant, runId } = await openRun(tables.client, { agent: 'helper', workflow: 'support' });
    const now = Date.now();
    const approval = approvalOf({
      ...{ tenant, runId, approvalId: `apr-${randomUUID().slice(0, 8)}`, digest: 'd'.repeat(64) },
      ...{ approverRole: 'support_manager', requestedAt: new Date(now - 60_000).toISOString() },
      expiresAt: new Date(now + 600_000).toISOString(),
      messages: [
        { ...MESSAGE, at: new Date(now).toISOString(), approverRole: 'support_manager', why: 'asked' },
      ],
      ...changes,
    });
    await transact(tables.client, { approval: requestApproval(approval) });
    return approval;
  }

  async function itemOf({ tenant, approvalId }: Approval) {
    const { Item } = await tables.client.send(
      new GetCommand({
        TableName: process.env[ENV.approvalsTable],
        Key: { approval: approvalKey(tenant, approvalId) },
        ConsistentRead: true,
      }),
    );
    return Item;
  }

  const pressOf = (approval: Approval, changes: Partial<Pressed> = {}) =>
    pressBody({
      ...{ user: 'U0MARIA', team: TEAM, actionId: ACTIONS.approve, blockId: approval.approvalId },
      ...{ value: buttonValue(approval), ...MESSAGE, ...changes },
    });

  /** @param gone - milliseconds since API Gateway took the request */
  function eventFor(body: string, gone = 0) {
    const event = eventOf(body, signedHeaders(SECRET, body));
    return { ...event, requestContext: { ...event.requestContext, timeEpoch: Date.now() - gone } };
  }

  const toldLast = () => new URLSearchParams(slack.got.at(-1)?.body).get('text') ?? '';

  test('a press counts, and Slack is answered with nothing else', async () => {
    const approval = await waiting();
    const answer = await answerTo(eventFor(pressOf(approval)), dependenciesWith());
    assert.deepEqual(answer, { statusCode: 200 });
    assert.equal((await itemOf(approval))?.state, 'approved');
  });

  test('what was abandoned because it took too long decides nothing when it goes on', async () => {
    const approval = await waiting();
    const held = heldBack(tables.client);
    const answering = answerTo(eventFor(pressOf(approval), 2300), dependenciesWith(held.client));
    assert.deepEqual(await answering, { statusCode: 200 });
    assert.match(toldLast(), /took too long/);
    held.release();
    await held.reads(2);
    assert.deepEqual(held.writes, []);
    assert.equal((await itemOf(approval))?.state, 'waiting');
  });

  test('what comes too late is not begun', async () => {
    const approval = await waiting();
    const held = heldBack(tables.client);
    const answer = await answerTo(eventFor(pressOf(approval), 2600), dependenciesWith(held.client));
    assert.equal(answer.statusCode, 500, 'nobody has verified who could be told');
    assert.deepEqual([held.begun(), held.writes], [0, []]);
  });

  test('a failure of ours is told to whoever pressed, and to Slack only when they cannot be told', async () => {
    const approval = await waiting();
    const broken = new Proxy(tables.client, {
      get: (target, name) =>
        name === 'send' ? () => Promise.reject(new Error('no table')) : Reflect.get(target, name),
    });
    const press = () => answerTo(eventFor(pressOf(approval)), dependenciesWith(broken));
    assert.deepEqual(await press(), { statusCode: 200 });
    assert.match(toldLast(), /failed on our side/);
    assert.ok(!toldLast().includes('no table'));
    webApi = 'takes nothing';
    assert.deepEqual(await press(), { statusCode: 500 });
    webApi = 'is silent';
    assert.deepEqual(await answerTo(eventFor(pressOf(approval), 2000), dependenciesWith(broken)), {
      statusCode: 500,
    });
    webApi = 'takes all';
  });

  test('a refusal is a good answer, even if nobody can be told of it', async () => {
    const approval = await waiting({ state: 'rejected' });
    webApi = 'takes nothing';
    assert.deepEqual(await answerTo(eventFor(pressOf(approval)), dependenciesWith()), { statusCode: 200 });
    webApi = 'takes all';
    await answerTo(eventFor(pressOf(approval)), dependenciesWith());
    assert.match(toldLast(), /^This did not count: the approval is rejected, nothing is left to decide\.$/);
  });

  test('a secret that cannot be read is a failure, since nobody knows who asks', async () => {
    const approval = await waiting();
    const secrets = {
      read: () => Promise.reject(new Error('no such secret')),
      readNewer: async () => undefined,
    };
    const answer = await answerTo(eventFor(pressOf(approval)), { ...dependenciesWith(), secrets });
    assert.deepEqual(answer, { statusCode: 500 });
  });

  test('what people are told cannot mention anybody or link anywhere', async () => {
    const approval = await waiting({ digest: 'e'.repeat(64) });
    const blockId = 'apr-<!channel>&<https://example.com|x>';
    const value = [approval.tenant, blockId.replaceAll('|', ''), 'e'.repeat(16)].join('|');
    const body = pressOf(approval, { blockId: blockId.replaceAll('|', ''), value });
    assert.deepEqual(await answerTo(eventFor(body), dependenciesWith()), { statusCode: 200 });
    assert.match(toldLast(), /there is no approval 'apr-&lt;!channel&gt;&amp;&lt;https/);
  });

  test('somebody of another tenant is shown no details', async () => {
    const approval = await waiting();
    const maria = bundle.directory.people.find(({ id }) => id === 'maria');
    const elsewhere = maria && { ...maria, tenants: ['another'] };
    const answer = await answerTo(eventFor(pressOf(approval, { actionId: ACTIONS.details })), {
      ...dependenciesWith(),
      directory: { ...directory, personBehind: async () => elsewhere },
    });
    assert.deepEqual(answer, { statusCode: 200 });
    assert.match(toldLast(), /is not among the people of tenant/);
    assert.ok(!slack.got.at(-1)?.path.includes('views.open'));
  });

  test('a member of another workspace in a shared channel counts for nobody', async () => {
    const approval = await waiting();
    const body = pressOf(approval).replace(
      encodeURIComponent(`"team_id":"${TEAM}"`),
      encodeURIComponent('"team_id":"T0OTHER"'),
    );
    assert.ok(body.includes('T0OTHER'));
    assert.deepEqual(await answerTo(eventFor(body), dependenciesWith()), { statusCode: 200 });
    assert.match(toldLast(), /another workspace/);
    assert.equal((await itemOf(approval))?.state, 'waiting');
  });

  test('a reason whose view names another message, call or approval rejects nothing', async () => {
    const approval = await waiting();
    const other = await waiting();
    for (const metadata of [
      privateMetadata(approval, { ...MESSAGE, ts: '1.2' }),
      privateMetadata({ ...approval, digest: '0'.repeat(64) }, MESSAGE),
      privateMetadata({ ...approval, tenant: other.tenant }, MESSAGE),
      'nothing',
      '',
    ]) {
      const body = submissionBody({
        ...{ user: 'U0MARIA', team: TEAM, viewId: 'V1', hash: '1.h', privateMetadata: metadata },
        callbackId: REASON_VIEW.callbackId,
        values: { [REASON_VIEW.blockId]: { [REASON_VIEW.actionId]: { value: 'no' } } },
      });
      assert.deepEqual(await answerTo(eventFor(body), dependenciesWith()), { statusCode: 200 }, metadata);
      assert.equal((await itemOf(approval))?.state, 'waiting', metadata);
      assert.equal((await itemOf(other))?.state, 'waiting', metadata);
    }
  });

  test('nobody is asked for a reason that would count for nothing', async () => {
    const approval = await waiting();
    const body = pressOf(approval, { user: 'U0FEMI', actionId: ACTIONS.rejectWithReason });
    await answerTo(eventFor(body), dependenciesWith());
    assert.ok(slack.got.at(-1)?.path.endsWith('chat.postEphemeral'));
    assert.match(toldLast(), /This did not count: femi/);
  });
});

/** A client that holds back all it is sent until it is released. */
function heldBack(client: DynamoDBDocumentClient) {
  const gate = Promise.withResolvers<void>();
  const writes: unknown[] = [];
  const reads: Promise<unknown>[] = [];
  const send = (command: { readonly input: object }) => {
    if (command instanceof TransactWriteCommand) {
      writes.push(command.input);
    }
    const sent = gate.promise.then(() => client.send(command as never));
    reads.push(sent);
    return sent;
  };
  return {
    writes,
    begun: () => reads.length,
    release: () => gate.resolve(),
    /** Until so many requests were answered, and what follows on them was begun. */
    reads: async (count: number) => {
      while (reads.length < count) {
        await reads.at(-1);
        await setImmediate();
      }
      await Promise.all(reads);
      await setImmediate();
    },
    client: new Proxy(client, {
      get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
    }),
  };
}
