import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { loyaltyFunctionName } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import {
  answersOf,
  as,
  closed,
  database,
  endpoint,
  eventsOf,
  invoke,
  itemsOfRun,
  LENA,
  ofType,
  type StartedRun,
  tamper,
  waiting,
} from '../support/cloud.ts';

const FUNCTION = loyaltyFunctionName('countersign');
const TOMAS = { id: 'tomas_ruiz', roles: ['store_staff'] };
const MEMBER = LENA.id;
const PAST = '2020-01-01T00:00:00.000Z';
const FUTURE = '2999-01-01T00:00:00.000Z';

const lambda = new LambdaClient(localClient(endpoint));

const read = { tool: 'loyalty.get_points', arguments: { member_id: MEMBER } };
const add = (points: number) => ({
  tool: 'loyalty.add_points',
  arguments: { member_id: MEMBER, points, reason: 'goodwill' },
});

async function start(proposals: readonly unknown[], user = TOMAS): Promise<StartedRun> {
  const tenant = `t-${randomUUID().slice(0, 13)}`;
  const request = { tenant, user, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('store-operations', request);
  return { tenant, runId };
}

async function executedIn(run: StartedRun) {
  await closed(run);
  return ofType(await eventsOf(run), 'call.executed');
}

/** What the function has written of the member. */
async function stored(tenant: string): Promise<Record<string, unknown> | undefined> {
  const Key = { member: `${tenant}#${MEMBER}` };
  return (await database.send(new GetCommand({ TableName: FUNCTION, Key, ConsistentRead: true }))).Item;
}

test('a function that was there before does what it was asked, for the tenant of the run, with the run on it', async () => {
  const run = await start([add(120), read]);
  const executed = await executedIn(run);
  assert.deepEqual(
    executed.map(({ status, effects }) => [status, ...effects]),
    [['succeeded', `members/${MEMBER}`], ['succeeded']],
    JSON.stringify(executed),
  );
  const { points, lastRun } = (await stored(run.tenant)) ?? {};
  assert.deepEqual([points, lastRun], [120, { runId: run.runId, callId: '0001-00' }]);
  const [added] = await itemsOfRun('Warrants', run);
  const balance = { member_id: MEMBER, points: 120 };
  assert.deepEqual(await answersOf(run), [balance, balance]);
  const reference = { ...run, callId: added?.callId, digest: added?.digest };
  assert.deepEqual(await invoke('execute-loyalty', reference), added?.outcome, 'asked again');
  assert.equal((await stored(run.tenant))?.points, 120, 'and done once');
});

test('members of another tenant are others, whatever they are called', async () => {
  const run = await start([add(10)]);
  await executedIn(run);
  const other = await start([read]);
  await executedIn(other);
  assert.deepEqual(await answersOf(other), [{ member_id: MEMBER, points: 0 }]);
});

test('many points wait for a person, and are added once', async () => {
  const run = await start([add(501)]);
  const approvalId = await waiting(run);
  assert.equal(await stored(run.tenant), undefined);
  await (await as('maria')).decideApproval(approvalId, { tenant: run.tenant, verdict: 'approve' });
  assert.deepEqual(
    (await executedIn(run)).map(({ status }) => status),
    ['succeeded'],
  );
  assert.equal((await stored(run.tenant))?.points, 501);
});

test('a customer gives themselves nothing, and the function is not invoked', async () => {
  const run = await start([add(1), read], LENA);
  assert.deepEqual(await executedIn(run), []);
  assert.equal(await stored(run.tenant), undefined);
});

test('what the function refuses has failed, with its code', async () => {
  const run = await start([add(500)]);
  await executedIn(run);
  const { tenant } = run;
  const full = { member: `${tenant}#${MEMBER}`, points: 99_800 };
  await database.send(new PutCommand({ TableName: FUNCTION, Item: full }));
  const again = await startIn(tenant, [add(201)]);
  const [executed] = await executedIn(again);
  assert.deepEqual(
    [executed?.status, executed?.error],
    ['failed', { code: 'tool_refused', message: `${FUNCTION} refused: too_many_points` }],
  );
  assert.equal((await stored(tenant))?.points, 99_800);
});

async function startIn(tenant: string, proposals: readonly unknown[]): Promise<StartedRun> {
  const request = { tenant, user: TOMAS, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('store-operations', request);
  return { tenant, runId };
}

test('a function that dies has failed a read, and of a write nobody knows', async () => {
  await withTable('gone');
  try {
    for (const [proposal, status] of [
      [read, 'failed'],
      [add(1), 'unknown'],
    ] as const) {
      const [executed] = await executedIn(await start([proposal]));
      const message = `${FUNCTION} failed (Unhandled), its log says why`;
      assert.deepEqual([executed?.status, executed?.error], [status, { code: 'tool_failed', message }]);
    }
  } finally {
    await withTable(FUNCTION);
  }
});

/** Tells the function where its table is. */
async function withTable(LOYALTY_TABLE: string): Promise<void> {
  const Environment = { Variables: { LOYALTY_TABLE } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: FUNCTION, Environment }));
}

test('a function that is throttled has certainly done nothing', async () => {
  const none = { FunctionName: FUNCTION, ReservedConcurrentExecutions: 0 };
  await lambda.send(new PutFunctionConcurrencyCommand(none));
  try {
    const message = `${FUNCTION} could not be invoked (TooManyRequestsException)`;
    const run = await start([add(1)]);
    const [executed] = await executedIn(run);
    assert.deepEqual([executed?.status, executed?.error], ['failed', { code: 'tool_refused', message }]);
    assert.equal(await stored(run.tenant), undefined);
  } finally {
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: FUNCTION }));
  }
});

/** A run that waits for people, in which another call was authorized, and begun by an executor that died. */
async function brokenOff(deadline: string) {
  const run = await start([add(501)]);
  await waiting(run);
  const request = { ...run, callId: '0009-00', proposal: add(5) };
  const { warrant } = (await invoke('Authorize', request)) as { warrant: { callId: string } };
  const key = { run: `${run.tenant}#${run.runId}`, callId: warrant.callId };
  await tamper('Warrants', key, { state: 'executing', attempt: 1, deadline });
  return { run, warrant };
}

test('a write whose executor died is not made again: it waits until the attempt is over', async () => {
  const { run, warrant } = await brokenOff(FUTURE);
  await assert.rejects(invoke('execute-loyalty', warrant), /StillExecuting|may be under way until/);
  assert.equal(await stored(run.tenant), undefined);
});

test('then nobody knows, a person is to look, and nothing was invoked to find out', async () => {
  const { run, warrant } = await brokenOff(PAST);
  const outcome = (await invoke('execute-loyalty', warrant)) as { status: string; error: { code: string } };
  assert.deepEqual([outcome.status, outcome.error.code], ['unknown', 'outcome_unknown']);
  assert.deepEqual(await invoke('execute-loyalty', warrant), outcome, 'asked again');
  assert.equal(await stored(run.tenant), undefined);
  const [executed] = ofType(await eventsOf(run), 'call.executed');
  assert.deepEqual([executed?.callId, executed?.status], ['0009-00', 'unknown']);
});
