import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  closed,
  endpoint,
  eventsOf,
  eventually,
  invoke,
  itemsOfRun,
  LENA,
  ofType,
  type StartedRun,
  tamper,
  waiting,
} from '../support/cloud.ts';
import { helpdeskTurn } from '../support/helpdesk-turn.ts';
import { type Got, httpServer, type TestServer } from '../support/http-server.ts';

const PORT = Number(process.env.COUNTERSIGN_LOCAL_HELPDESK_PORT);
const TOKEN = `token-${randomUUID()}`;
const INES = { id: 'ines_okafor', roles: ['support_agent'] };
const PAST = '2020-01-01T00:00:00.000Z';

const ticket = { id: 'T-1042', subject: 'lost', description: 'no trace', status: 'new', priority: 'high' };
const call = {
  read: { tool: 'helpdesk.get_ticket', arguments: { ticket_id: 'T-1042' } },
  create: {
    tool: 'helpdesk.create_ticket',
    arguments: { subject: 'lost', description: 'no trace', priority: 'high' },
  },
  redact: { tool: 'helpdesk.redact_ticket', arguments: { ticket_id: 'T-1042' } },
  comment: { tool: 'helpdesk.add_comment', arguments: { ticket_id: 'T-1042', body: 'we are looking' } },
};

/** Stands for the helpdesk; each test says what it answers. */
let helpdesk: TestServer;
let answer: (got: Got, response: ServerResponse) => unknown = respond;

function respond({ method, path }: Got, response: ServerResponse): void {
  const comment = path.includes('/comments');
  const body = comment ? { id: 'C-7', body: 'we are looking' } : ticket;
  const found = comment ? { comments: [body] } : { tickets: [body] };
  response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(path.includes('external_id=') ? found : { ...body, internal: 'left out' }));
}

let turn: TestServer;
before(async () => {
  turn = await helpdeskTurn();
  const secrets = new SecretsManagerClient(localClient(endpoint));
  const secret = { SecretId: 'countersign/helpdesk/api-token', SecretString: TOKEN };
  await secrets.send(new PutSecretValueCommand(secret));
  helpdesk = await httpServer((got, response) => answer(got, response), { port: PORT });
});
afterEach(() => {
  answer = respond;
  helpdesk.got.length = 0;
});
after(async () => {
  await helpdesk.close();
  await turn.close();
});

const newTenant = () => `t-${randomUUID().slice(0, 13)}`;

async function start(proposals: readonly unknown[], user = INES, tenant = newTenant()): Promise<StartedRun> {
  const request = { tenant, user, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('helpdesk-triage', request);
  return { tenant, runId };
}

async function executedIn(run: StartedRun) {
  await closed(run);
  return ofType(await eventsOf(run), 'call.executed');
}

test('a ticket is created once, under the token, with its run on it, and its id is in the record', async () => {
  const run = await start([call.create]);
  const [executed] = await executedIn(run);
  assert.equal(executed?.status, 'succeeded', JSON.stringify(executed));
  assert.deepEqual(executed?.effects, ['tickets/T-1042']);
  const [warrant] = await itemsOfRun('Warrants', run);
  const reference = { ...run, callId: warrant?.callId, digest: warrant?.digest };
  assert.deepEqual(await invoke('execute-helpdesk', reference), warrant?.outcome, 'asked again');
  assert.equal(
    executed?.outputDigest,
    keyedDigest(String(warrant?.digestKey), ticket),
    'and nothing that the schema does not name',
  );
  assert.ok(!('output' in (warrant?.outcome ?? {})), 'what it answered is not kept');

  assert.equal(helpdesk.got.length, 1);
  const [{ method, path, headers, body } = assert.fail('the helpdesk was not asked')] = helpdesk.got;
  assert.deepEqual([method, path], ['POST', '/api/v1/tickets']);
  assert.equal(headers.authorization, `Bearer ${TOKEN}`);
  const sent = JSON.parse(body);
  assert.deepEqual(sent.metadata, { run_id: run.runId, call_id: '0001-00' });
  assert.equal(sent.external_id, headers['idempotency-key']);
  assert.match(sent.external_id, /^.{16,36}$/);
});

test('an answer to a customer waits for a person, and goes out once', async () => {
  const run = await start([call.read, call.comment]);
  const approvalId = await waiting(run);
  assert.deepEqual(
    helpdesk.got.map(({ method }) => method),
    ['GET'],
  );
  await (await as('maria')).decideApproval(approvalId, { tenant: run.tenant, verdict: 'approve' });
  const executed = await executedIn(run);
  assert.deepEqual(
    executed.map(({ status, effects }) => [status, ...effects]),
    [['succeeded'], ['succeeded', 'tickets/T-1042/comments/C-7']],
  );
  assert.equal(helpdesk.got.filter(({ method }) => method === 'POST').length, 1);
});

test('a ticket is redacted under break-glass, once, and without it the helpdesk is not asked', async () => {
  const tenant = newTenant();
  assert.deepEqual(await executedIn(await start([call.redact], INES, tenant)), []);
  assert.equal(helpdesk.got.length, 0);
  const asked = { workflow: 'helpdesk-triage', incident: 'INC-7', reason: 'a token in a ticket', minutes: 5 };
  const { grantId } = await (await as('maria')).openBreakGlass({ tenant, ...asked, clientToken: 'k' });
  await (await as('theo')).decideBreakGlass(grantId, { tenant, verdict: 'confirm' });
  answer = (_, response) => response.writeHead(201).end('{"id":"R-1","text":"left out"}');
  const run = await start([call.redact], INES, tenant);
  const [executed] = await executedIn(run);
  assert.deepEqual([executed?.status, executed?.effects], ['succeeded', ['tickets/T-1042/redactions/R-1']]);
  assert.deepEqual(
    helpdesk.got.map(({ method, path }) => [method, path]),
    [['POST', '/api/v1/tickets/T-1042/redactions']],
  );
  const [used] = ofType(await eventsOf({ tenant, runId: grantId }), 'break_glass.used');
  assert.deepEqual([used?.usedByRun, used?.tool], [run.runId, 'helpdesk.redact_ticket']);
});

test('who is not of the support team reads nothing, and the helpdesk is not asked', async () => {
  const run = await start([call.read, call.create], LENA);
  assert.deepEqual(await executedIn(run), []);
  assert.equal(helpdesk.got.length, 0);
});

test('an attempt that broke off is looked up, and not made again', async () => {
  const run = await start([call.comment]);
  await waiting(run);
  const found = { there: 'succeeded', absent: 'failed' } as const;
  for (const [index, [title, status]] of Object.entries(found).entries()) {
    const request = { ...run, callId: `0009-0${index}`, proposal: call.create };
    const { warrant } = (await invoke('Authorize', request)) as { warrant: { callId: string } };
    // as if the executor had died while it ran the tool
    const key = { run: `${run.tenant}#${run.runId}`, callId: warrant.callId };
    await tamper('Warrants', key, { state: 'executing', attempt: 1, deadline: PAST });
    answer = title === 'there' ? respond : (_, response) => response.end('{"tickets":[]}');
    helpdesk.got.length = 0;
    const outcome = (await invoke('execute-helpdesk', warrant)) as { status: string };
    assert.equal(outcome.status, status, title);
    assert.deepEqual(
      helpdesk.got.map(({ method, path }) => `${method} ${path.split('=')[0]}`),
      ['GET /api/v1/tickets?external_id'],
    );
  }
});

test('a redirect to another host is not followed: a read failed, of a write nobody knows', async () => {
  const inner = await httpServer((_, response) => response.end('{}'), { host: '127.0.0.2', port: PORT });
  answer = (_, response) => response.writeHead(307, { location: `http://127.0.0.2:${PORT}/` }).end();
  const message = `http://127.0.0.2:${PORT} is not among the tool's destinations, expected http://127.0.0.1:${PORT}`;
  for (const [proposal, status] of [
    [call.read, 'failed'],
    [call.create, 'unknown'],
  ] as const) {
    const [executed] = await executedIn(await start([proposal]));
    assert.deepEqual([executed?.status, executed?.error], [status, { code: 'tool_failed', message }]);
  }
  assert.equal(inner.connections(), 0);
  await inner.close();
});

test('an answer that repeats the token is not passed on', async () => {
  answer = ({ headers }, response) =>
    response.end(JSON.stringify({ ...ticket, subject: headers.authorization }));
  const run = await start([call.read]);
  const [executed] = await executedIn(run);
  assert.deepEqual([executed?.status, executed?.error?.code], ['failed', 'tool_failed']);
  assert.match(executed?.error?.message ?? '', /repeated the token in its answer, which is not passed on/);
});

test('what the helpdesk declines has failed, what it breaks off is unknown', async () => {
  const outcomes: Record<string, [typeof answer, string, string]> = {
    'status 422': [(_, response) => response.writeHead(422).end(), 'failed', 'tool_refused'],
    'status 500': [(_, response) => response.writeHead(500).end(), 'unknown', 'tool_failed'],
    'a dropped connection': [(_, response) => response.destroy(), 'unknown', 'tool_failed'],
    'another shape': [(_, response) => response.end('{"id":1}'), 'unknown', 'tool_failed'],
  };
  for (const [title, [answering, status, code]] of Object.entries(outcomes)) {
    answer = answering;
    helpdesk.got.length = 0;
    const [executed] = await executedIn(await start([call.create]));
    assert.deepEqual([executed?.status, executed?.error?.code], [status, code], title);
    assert.equal(helpdesk.got.length, 1, `${title}: sent once`);
  }
});

test('a helpdesk that is down has certainly done nothing', async () => {
  await helpdesk.close();
  try {
    for (const proposal of [call.read, call.create]) {
      const [executed] = await executedIn(await start([proposal]));
      assert.deepEqual([executed?.status, executed?.error?.code], ['failed', 'tool_refused']);
      assert.match(executed?.error?.message ?? '', /no connection to 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
    }
  } finally {
    helpdesk = await httpServer((got, response) => answer(got, response), { port: PORT });
  }
});

test('the token is in no event, no warrant, no transcript, no object of the log and no log line', async () => {
  const run = await start([call.read, call.create]);
  assert.deepEqual(
    (await executedIn(run)).map(({ status }) => status),
    ['succeeded', 'succeeded'],
  );
  assert.equal(helpdesk.got[0]?.headers.authorization, `Bearer ${TOKEN}`, 'it was used');
  const places = {
    events: JSON.stringify(await eventsOf(run)),
    warrants: JSON.stringify(await itemsOfRun('Warrants', run)),
    objects: await eventually('the transcript is there', async () => {
      const all = await objectsText();
      return all.includes(run.runId) && all.includes('T-1042') ? all : undefined;
    }),
    logs: await eventually('the call is logged', async () => {
      const all = await logText();
      return all.includes(run.runId) ? all : undefined;
    }),
  };
  for (const [place, text] of Object.entries(places)) {
    assert.ok(!text.includes(TOKEN), place);
  }
});

/** Everything in every bucket. */
async function objectsText(): Promise<string> {
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const texts: string[] = [];
  for (const { Name: Bucket } of Buckets.filter(({ Name }) => /ledger/.test(Name ?? ''))) {
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
      for (const { Key } of page.Contents ?? []) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        texts.push(`${Key} ${await Body?.transformToString()}`);
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
  return texts.join('\n');
}

/** Every line of every log. */
async function logText(): Promise<string> {
  const logs = new CloudWatchLogsClient(localClient(endpoint));
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  const found = await Promise.all(
    logGroups.map(({ logGroupName }) => logs.send(new FilterLogEventsCommand({ logGroupName }))),
  );
  return found
    .flatMap(({ events = [] }) => events)
    .map(({ message }) => message)
    .join('\n');
}

test('a look that cannot be taken says nothing: it is taken again, and the call is not made again', async () => {
  const run = await start([call.comment]);
  await waiting(run);
  const request = { ...run, callId: '0009-00', proposal: call.create };
  const { warrant } = (await invoke('Authorize', request)) as { warrant: { callId: string } };
  const key = { run: `${run.tenant}#${run.runId}`, callId: warrant.callId };
  await tamper('Warrants', key, { state: 'executing', attempt: 1, deadline: PAST });
  helpdesk.got.length = 0;
  answer = (_, response) => response.writeHead(503).end();
  await assert.rejects(invoke('execute-helpdesk', warrant), /could not be looked up/);
  assert.equal((await itemsOfRun('Warrants', run)).at(-1)?.state, 'executing');
  answer = respond;
  await tamper('Warrants', key, { deadline: PAST });
  assert.equal(((await invoke('execute-helpdesk', warrant)) as { status: string }).status, 'succeeded');
  assert.ok(helpdesk.got.every(({ method }) => method === 'GET'));
});
