import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult, ExecuteResult, WarrantRef } from '../../contracts/call.ts';
import { breakerKey, rateKey, slotKey } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  closed,
  database,
  endpoint,
  eventsOf,
  eventually,
  invoke,
  itemsOfRun,
  ledgerTable,
  ofType,
  type StartedRun,
  tamper,
  waiting,
} from '../support/cloud.ts';
import { helpdeskTurn } from '../support/helpdesk-turn.ts';
import { type Got, httpServer, type TestServer } from '../support/http-server.ts';

const PAST = '2020-01-01T00:00:00.000Z';
/** Longer than a container remembers a breaker. */
const VIEW_MILLISECONDS = 1100;

const INES = { id: 'ines_okafor', roles: ['support_agent'] };
const READ = { tool: 'helpdesk.get_ticket', arguments: { ticket_id: 'T-1042' } };
const CREATE = {
  tool: 'helpdesk.create_ticket',
  arguments: { subject: 'lost', description: 'no trace', priority: 'high' },
};
const COMMENT = { tool: 'helpdesk.add_comment', arguments: { ticket_id: 'T-1042', body: 'we are looking' } };
const TICKET = { id: 'T-1042', subject: 'lost', description: 'no trace', status: 'new', priority: 'high' };

/** Stands for the helpdesk; each test says what it answers. */
let helpdesk: TestServer;
let turn: TestServer;
let answer: (got: Got, response: ServerResponse) => unknown = works;

function works({ method }: Got, response: ServerResponse): void {
  response.writeHead(method === 'POST' ? 201 : 200).end(JSON.stringify(TICKET));
}

function isOut(_: Got, response: ServerResponse): void {
  response.writeHead(500).end();
}

before(async () => {
  turn = await helpdeskTurn();
  const secrets = new SecretsManagerClient(localClient(endpoint));
  const secret = { SecretId: 'countersign/helpdesk/api-token', SecretString: `token-${randomUUID()}` };
  await secrets.send(new PutSecretValueCommand(secret));
  const port = Number(process.env.COUNTERSIGN_LOCAL_HELPDESK_PORT);
  helpdesk = await httpServer((got, response) => answer(got, response), { port });
});
afterEach(() => {
  answer = works;
  helpdesk.got.length = 0;
});
after(async () => {
  await helpdesk.close();
  await turn.close();
});

const newTenant = () => `t-${randomUUID().slice(0, 13)}`;

async function start(tenant: string, proposals: readonly unknown[]): Promise<StartedRun> {
  const request = { tenant, user: INES, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('helpdesk-triage', request);
  return { tenant, runId };
}

/** Runs the proposals to the end. @returns for each the code of its refusal, or what came of it */
async function codesOf(tenant: string, proposals: readonly unknown[]): Promise<string[]> {
  const run = await start(tenant, proposals);
  await closed(run);
  const events = await eventsOf(run);
  const executed = new Map(ofType(events, 'call.executed').map(({ callId, status }) => [callId, status]));
  return ofType(events, 'call.decided').map(
    ({ callId, reasons }) => reasons?.[0]?.code ?? executed.get(callId) ?? 'not executed',
  );
}

async function limitItem(limit: string): Promise<Record<string, unknown> | undefined> {
  const TableName = await ledgerTable('Limits');
  const { Item } = await database.send(new GetCommand({ TableName, Key: { limit }, ConsistentRead: true }));
  return Item;
}

const breakerOf = (tenant: string) => breakerKey({ tenant, tool: READ.tool });

/** The helpdesk fails until the breaker of its reads is open, and every container has seen it. */
async function opened(tenant: string): Promise<void> {
  answer = isOut;
  assert.deepEqual(await codesOf(tenant, [READ, READ, READ, READ, READ]), Array(5).fill('failed'));
  assert.equal((await limitItem(breakerOf(tenant)))?.state, 'open');
  await sleep(VIEW_MILLISECONDS);
}

/** As if the cool-down were over, and every container had seen it. */
async function coolDownIsOver(tenant: string): Promise<void> {
  await tamper('Limits', { limit: breakerOf(tenant) }, { retryAt: PAST });
  await sleep(VIEW_MILLISECONDS);
}

test('a helpdesk that keeps failing opens the breaker: calls are refused with the reason, and cost nothing', async () => {
  const tenant = newTenant();
  await opened(tenant);
  helpdesk.got.length = 0;
  const run = await start(tenant, [READ]);
  const view = await closed(run);
  const [decided] = ofType(await eventsOf(run), 'call.decided');
  assert.equal(decided?.decision, 'deny');
  assert.equal(decided?.reasons?.[0]?.code, 'dependency_unavailable');
  const retryAt = String((await limitItem(breakerOf(tenant)))?.retryAt);
  assert.match(decided?.reasons?.[0]?.message ?? '', new RegExp(`none is made until ${retryAt}`));
  assert.equal(decided?.holdMicroDollars, undefined);
  assert.deepEqual(ofType(await eventsOf(run), 'call.executed'), []);
  assert.deepEqual([view.budget?.heldMicroDollars, view.budget?.spentMicroDollars], [0, 0]);
  assert.equal(view.budget?.callsLeft, 30, 'it was no call');
  assert.deepEqual(
    (await itemsOfRun('Warrants', run)).map(({ state }) => state),
    ['refused'],
  );
  assert.equal(helpdesk.got.length, 0, 'the helpdesk was not asked');
  answer = works;
  assert.deepEqual(await codesOf(tenant, [CREATE]), ['succeeded'], 'another tool has its own breaker');
  assert.deepEqual(await codesOf(newTenant(), [READ]), ['succeeded'], 'and so has another tenant');
});

test('a helpdesk that is down, or has no time, opens the breaker too', async () => {
  const tenant = newTenant();
  answer = (_, response) => response.writeHead(429).end();
  await codesOf(tenant, [READ, READ]);
  await helpdesk.close();
  try {
    await codesOf(tenant, [READ, READ, READ]);
  } finally {
    const port = Number(process.env.COUNTERSIGN_LOCAL_HELPDESK_PORT);
    helpdesk = await httpServer((got, response) => answer(got, response), { port });
  }
  assert.equal((await limitItem(breakerOf(tenant)))?.state, 'open');
});

test('what the helpdesk declines does not open the breaker', async () => {
  const tenant = newTenant();
  answer = (_, response) => response.writeHead(404).end();
  assert.deepEqual(await codesOf(tenant, Array(6).fill(READ)), Array(6).fill('failed'));
  assert.equal(await limitItem(breakerOf(tenant)), undefined, 'and nothing was written');
});

test('after the cool-down one call tries: it fails and the wait doubles, it is answered and all go on', async () => {
  const tenant = newTenant();
  await opened(tenant);
  await coolDownIsOver(tenant);
  const before = Date.now();
  assert.deepEqual(await codesOf(tenant, [READ]), ['failed']);
  const reopened = await limitItem(breakerOf(tenant));
  assert.deepEqual([reopened?.state, reopened?.failedTrials], ['open', 1]);
  const waitSeconds = (Date.parse(String(reopened?.retryAt)) - before) / 1000;
  assert.ok(waitSeconds >= 60, `waits ${waitSeconds} s`);
  await sleep(VIEW_MILLISECONDS);
  assert.deepEqual(await codesOf(tenant, [READ]), ['dependency_unavailable']);

  await coolDownIsOver(tenant);
  answer = works;
  assert.deepEqual(await codesOf(tenant, [READ]), ['succeeded']);
  const { state, failures } = (await limitItem(breakerOf(tenant))) ?? assert.fail('no breaker');
  assert.deepEqual([state, failures], [undefined, undefined]);
  await sleep(VIEW_MILLISECONDS);
  assert.deepEqual(await codesOf(tenant, [READ, READ]), ['succeeded', 'succeeded']);
});

test('a trial whose executor died keeps the breaker half open no longer than its call can take', async () => {
  const tenant = newTenant();
  await opened(tenant);
  await coolDownIsOver(tenant);
  const run = await asleep(tenant);
  assert.equal((await authorized(run, '0009-00', READ)).decision, 'allow');
  await sleep(VIEW_MILLISECONDS);
  answer = works;
  assert.deepEqual(await codesOf(tenant, [READ]), ['dependency_unavailable'], 'one tries already');
  await tamper('Limits', { limit: breakerOf(tenant) }, { trialEndsAt: PAST });
  await sleep(VIEW_MILLISECONDS);
  assert.deepEqual(await codesOf(tenant, [READ]), ['succeeded']);
  assert.equal((await limitItem(breakerOf(tenant)))?.state, undefined);
});

/** A run that waits for people, for calls to be authorized in by hand. */
async function asleep(tenant: string): Promise<StartedRun> {
  const run = await start(tenant, [COMMENT]);
  await waiting(run);
  return run;
}

async function authorized(run: StartedRun, callId: string, proposal: unknown): Promise<AuthorizeResult> {
  return (await invoke('Authorize', { ...run, callId, proposal })) as AuthorizeResult;
}

const codeOf = (result: AuthorizeResult) =>
  result.decision === 'deny' ? result.reasons[0]?.code : result.decision;

test('calls beyond their rate are refused with the wait, reach nobody, and pass again after it', async () => {
  const tenant = newTenant();
  const limit = rateKey({ tenant, agent: 'helpdesk-triage', tool: CREATE.tool });
  const codes = await codesOf(tenant, Array(8).fill(CREATE));
  assert.deepEqual(codes.slice(0, 3), Array(3).fill('succeeded'), 'the burst');
  assert.ok(codes.includes('rate_limited'), codes.join(', '));
  assert.equal(helpdesk.got.length, codes.filter((code) => code === 'succeeded').length);

  await tamper('Limits', { limit }, { expected: Date.now() + 3_600_000 });
  const run = await asleep(tenant);
  const refused = await authorized(run, '0009-00', CREATE);
  assert.equal(codeOf(refused), 'rate_limited');
  const { message = '' } = refused.decision === 'deny' ? (refused.reasons[0] ?? {}) : {};
  assert.match(message, /12 times a minute and 3 times at once, propose it again in 35[89]\d\.?\d* seconds/);
  await tamper('Limits', { limit }, { expected: 0 });
  assert.deepEqual(await authorized(run, '0009-00', CREATE), refused, 'the same call stays refused');
  assert.equal(codeOf(await authorized(run, '0010-00', CREATE)), 'allow', 'a new proposal is taken');
});

test('no more calls are under way at once than the tool takes; places come back by settling, and after a crash by time', async () => {
  const tenant = newTenant();
  const run = await asleep(tenant);
  const calls = { tenant, agent: 'helpdesk-triage', tool: READ.tool };
  const callIds = ['0010-00', '0011-00', '0012-00', '0013-00', '0014-00', '0015-00', '0016-00', '0017-00'];
  const results = await Promise.all(callIds.map((callId) => authorized(run, callId, READ)));
  assert.deepEqual(results.map(codeOf).sort(), [
    ...Array(5).fill('allow'),
    ...Array(3).fill('too_many_at_once'),
  ]);
  const items = await Promise.all([0, 1, 2, 3, 4].map((slot) => limitItem(slotKey(calls, slot))));
  assert.deepEqual(
    items.map((item) => String(item?.heldBy)).sort(),
    callIds.filter((_, index) => results[index]?.decision === 'allow').map((id) => `${run.runId}/${id}`),
  );

  const first = results.find((result) => result.decision === 'allow') ?? assert.fail('none was allowed');
  assert.ok(first.decision === 'allow');
  const { status } = (await invoke('execute-helpdesk', first.warrant satisfies WarrantRef)) as ExecuteResult;
  assert.equal(status, 'succeeded');
  assert.equal(codeOf(await authorized(run, '0020-00', READ)), 'allow', 'settling has made room');
  assert.equal(codeOf(await authorized(run, '0021-00', READ)), 'too_many_at_once');

  // as if the executor of some call had died, and its time were over
  await tamper('Limits', { limit: slotKey(calls, 2) }, { heldUntil: PAST });
  assert.equal(codeOf(await authorized(run, '0022-00', READ)), 'allow');
});

test('refusals by limits are counted by what refused them', async () => {
  const tenant = newTenant();
  await opened(tenant);
  const run = await start(tenant, [READ]);
  await closed(run);
  const logs = new CloudWatchLogsClient(localClient(endpoint));
  const metric = await eventually('the refusal is counted', async () => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
    const found = await Promise.all(
      logGroups.map(({ logGroupName }) =>
        logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: `"${run.runId}"` })),
      ),
    );
    return found
      .flatMap(({ events = [] }) => events)
      .map(({ message = '' }) => (message.startsWith('{') ? JSON.parse(message) : {}))
      .find(({ LimitRefusals }) => LimitRefusals === 1);
  });
  assert.deepEqual(
    [metric.workflow, metric.tool, metric.code],
    ['helpdesk-triage', READ.tool, 'dependency_unavailable'],
  );
});
