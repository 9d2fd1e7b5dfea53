import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ExecuteResult } from '../../contracts/call.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  authorizedOnly,
  call,
  closed,
  database,
  endpoint,
  eventually,
  executionsOf,
  invoke,
  itemsOfRun,
  ledgerTable,
  newTenant,
  ORDERS,
  type StartedRun,
  shopOf,
  start,
  tamper,
  waiting,
} from '../support/cloud.ts';

const PAST = '2020-01-01T00:00:00.000Z';
const FUTURE = '2999-01-01T00:00:00.000Z';

const keyOf = ({ tenant, runId }: StartedRun, callId: string) => ({ run: `${tenant}#${runId}`, callId });

/** As the warrant is when an executor dies while it runs the tool. */
const broken = (deadline: string) => ({ state: 'executing', attempt: 1, deadline });

test('an attempt that broke off before its effect is repeated under the same key, once', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  await tamper('Warrants', keyOf(run, reference.callId), broken(FUTURE));
  const answer = (await invoke('execute-retail', reference)) as ExecuteResult;
  assert.equal(answer.status, 'succeeded');
  const { output, ...kept } = answer;
  assert.ok(output !== undefined, 'the answer is given');
  assert.deepEqual(await invoke('execute-retail', reference), kept, 'and not kept');
  const executed = await executionsOf(run, reference);
  assert.equal(executed.length, 1);
  assert.equal(executed[0]?.releasedMicroDollars, 0, 'nobody knows what the first attempt has cost');
  assert.equal((await as('app').then((app) => app.getRun(tenant, run.runId))).budget?.heldMicroDollars, 0);
});

test('an attempt that broke off after its effect and before its record is found done, and done once', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const first = (await invoke('execute-retail', reference)) as ExecuteResult;
  const shop = await shopOf(tenant);
  // as if the executor had died between the effect and its settlement
  await database.send(
    new UpdateCommand({
      TableName: await ledgerTable('Warrants'),
      Key: keyOf(run, reference.callId),
      UpdateExpression: 'SET #state = :executing REMOVE outcome',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':executing': 'executing' },
    }),
  );
  const second = (await invoke('execute-retail', reference)) as ExecuteResult;
  assert.equal(second.status, 'succeeded');
  assert.deepEqual(second.output, first.output);
  assert.deepEqual(await shopOf(tenant), shop);
});

test('many executors that find the same attempt broken off do it once between them', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  await tamper('Warrants', keyOf(run, reference.callId), broken(FUTURE));
  const answers = await Promise.allSettled(
    Array.from({ length: 6 }, () => invoke('execute-retail', reference)),
  );
  assert.ok(answers.some(({ status }) => status === 'fulfilled'));
  const [, small] = [
    await shopOf(tenant),
    (await shopOf(tenant)).find((item) => isOrder(item, ORDERS.small)),
  ];
  assert.equal((small as { version: number }).version, 2);
  assert.equal((await executionsOf(run, reference)).length, 1);
});

const isOrder = (item: unknown, order: string) => String((item as { id: string }).id).endsWith(order);

test('in a run that was closed nothing is repeated: the outcome is unknown once the attempt must have ended', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const before = await shopOf(tenant);
  await tamper('Warrants', keyOf(run, reference.callId), broken(FUTURE));
  await invoke('CloseRun', { run, error: { Error: 'Stopped', Cause: 'by an operator' } });
  await assert.rejects(invoke('execute-retail', reference), /may be under way until 2999/);
  await tamper('Warrants', keyOf(run, reference.callId), broken(PAST));
  const answer = (await invoke('execute-retail', reference)) as ExecuteResult;
  assert.equal(answer.status, 'unknown');
  assert.deepEqual(await shopOf(tenant), before);
});

const stepFunctions = new SFNClient(localClient(endpoint));

/** Ends a run's execution as an operator would; gives what EventBridge would send. */
async function stopExecution(run: StartedRun) {
  const executionArn = `arn:aws:states:us-east-1:000000000000:execution:countersign-retail-support:${run.runId}`;
  await stepFunctions.send(
    new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'by an operator' }),
  );
  const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  assert.equal(status, 'ABORTED');
  return {
    'detail-type': 'Step Functions Execution Status Change',
    detail: { status, input: JSON.stringify({ run }) },
  };
}

test('a run whose execution was stopped is closed, its approval with it, and nothing stays held', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(run);
  await invoke('Reconcile', await stopExecution(run));
  const app = await as('app');
  const view = await app.getRun(tenant, run.runId);
  assert.equal(view.outcome, 'failed');
  assert.deepEqual(view.reason, {
    code: 'step_failed',
    message: 'ExecutionEnded: the execution ended as ABORTED',
  });
  assert.equal(view.budget?.heldMicroDollars, 0);
  assert.deepEqual(await app.listApprovals(tenant), []);
});

test('a call that broke off in a stopped run is settled by the reconciler, once its attempt must have ended', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  await tamper('Warrants', keyOf(run, reference.callId), broken(FUTURE));
  const ended = await stopExecution(run);
  await invoke('Reconcile', ended);
  const states = async () => (await itemsOfRun('Warrants', run)).map(({ callId, state }) => [callId, state]);
  // what the sleeping machine has shown people is done
  const preview = ['0001-00-preview', 'succeeded'];
  assert.deepEqual(await states(), [preview, [reference.callId, 'executing']]);
  await tamper('Warrants', keyOf(run, reference.callId), broken(PAST));
  await invoke('Reconcile', ended);
  await invoke('Reconcile', ended);
  assert.deepEqual(await states(), [preview, [reference.callId, 'unknown']]);
  assert.equal((await executionsOf(run, reference)).length, 1);
});

test('the schedule finds what no event told, and leaves runs alone that are running or asleep', async () => {
  const tenant = await newTenant();
  const asleep = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(asleep);
  const { run: stopped, reference } = await authorizedOnly(await newTenant());
  await tamper('Warrants', keyOf(stopped, reference.callId), broken(PAST));
  await stopExecution(stopped);
  // awake again for the index, and old enough not to be left to its machine
  const old = { requestedAt: PAST, unfinishedShard: '0' };
  await tamper('Runs', { run: `${stopped.tenant}#${stopped.runId}` }, old);
  await eventually('the schedule has come by', async () => {
    await invoke('Reconcile', {});
    const { status } = await (await as('app')).getRun(stopped.tenant, stopped.runId);
    return status === 'closed' ? true : undefined;
  });
  assert.equal((await closed(stopped)).outcome, 'failed');
  assert.equal((await (await as('app')).getRun(tenant, asleep.runId)).status, 'open');
});
