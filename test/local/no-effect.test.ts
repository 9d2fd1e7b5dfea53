import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult, ExecuteResult, Proposal } from '../../contracts/call.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  authorizedOnly,
  call,
  closed,
  database,
  endpoint,
  eventsOf,
  executionsOf,
  invoke,
  itemsOfRun,
  LENA,
  ledgerTable,
  newTenant,
  ORDERS,
  ofType,
  shopOf,
  start,
  tamper,
  waiting,
} from '../support/cloud.ts';

test('a denied call has no effect in any table', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const run = await start(tenant, [
    call.cancel(ORDERS.others),
    call.read(ORDERS.others),
    { tool: 'retail.get_user_details', arguments: { user_id: 'mateo_quispe_1390' } },
  ]);
  const view = await closed(run);
  assert.deepEqual(await shopOf(tenant), before);
  const warrants = await itemsOfRun('Warrants', run);
  assert.deepEqual(
    warrants.map(({ state }) => state),
    ['refused', 'refused', 'refused'],
  );
  assert.ok(warrants.every(({ digest, proposal }) => digest === undefined && proposal === undefined));
  assert.equal(view.budget?.spentMicroDollars, 0);
  assert.equal(view.budget?.callsLeft, 60);
  assert.equal(ofType(await eventsOf(run), 'call.executed').length, 0);
});

test('a call that waits for people has no effect until they decide', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(run);
  assert.deepEqual(await shopOf(tenant), before);
  // people have to be shown what it would change: that is a read, and the one warrant there is
  const warrants = await itemsOfRun('Warrants', run);
  assert.deepEqual(
    warrants.map(({ callId, proposal }) => [callId, (proposal as Proposal).tool]),
    [['0001-00-preview', 'retail.preview_cancel_pending_order']],
  );
});

test('a second execution of the same warrant has no effect, and answers what the first one did', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.small)]);
  await closed(run);
  const after = await shopOf(tenant);
  const [warrant] = await itemsOfRun('Warrants', run);
  const reference = { ...run, callId: warrant?.callId, digest: warrant?.digest };
  const answers = await Promise.all([
    invoke('execute-retail', reference),
    invoke('execute-retail', reference),
  ]);
  for (const answer of answers) {
    assert.deepEqual(answer, warrant?.outcome);
  }
  assert.deepEqual(await shopOf(tenant), after);
  assert.equal(ofType(await eventsOf(run), 'call.executed').length, 1);
});

test('no warrant, no execution: a call that was never authorized cannot be executed', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const forged = { tenant, runId: 'run-forged', callId: '0001-00', digest: 'a'.repeat(64) };
  await assert.rejects(invoke('execute-retail', forged), /no warrant for call 0001-00/);
  assert.deepEqual(await shopOf(tenant), before);
});

/** Changes to a warrant that was never used, and why it is refused then. */
const TAMPERED: Record<string, readonly [Record<string, unknown>, RegExp]> = {
  'with other arguments': [{ proposal: call.cancel(ORDERS.others) }, /the warrant .*is for another call/],
  'for another agent': [{ agent: 'somebody-else' }, /the warrant .*is for another call/],
};

for (const [change, [changes, problem]] of Object.entries(TAMPERED)) {
  test(`a warrant ${change} is not executed`, async () => {
    const tenant = await newTenant();
    const { run, reference } = await authorizedOnly(tenant);
    const before = await shopOf(tenant);
    await tamper('Warrants', { run: `${tenant}#${run.runId}`, callId: reference.callId }, changes);
    await assert.rejects(invoke('execute-retail', reference), problem);
    assert.deepEqual(await shopOf(tenant), before);
  });
}

test('a warrant that nobody began in its time is a call that failed, and gives its money back', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const before = await shopOf(tenant);
  const key = { run: `${tenant}#${run.runId}`, callId: reference.callId };
  await tamper('Warrants', key, { expiresAt: '2020-01-01T00:00:00.000Z' });
  const answers = [await invoke('execute-retail', reference), await invoke('execute-retail', reference)];
  for (const answer of answers as ExecuteResult[]) {
    assert.deepEqual([answer.status, answer.error?.code], ['failed', 'warrant_expired']);
    assert.equal(answer.costMicroDollars, 0);
  }
  assert.deepEqual(await shopOf(tenant), before);
  assert.equal((await executionsOf(run, reference)).length, 1);
  assert.equal((await (await as('app')).getRun(tenant, run.runId)).budget?.heldMicroDollars, 0);
});

test('authorizing the same call twice gives the same answer and holds once', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const app = await as('app');
  const held = (await app.getRun(tenant, run.runId)).budget?.heldMicroDollars;
  const request = { ...run, callId: '0009-00', proposal: call.cancel(ORDERS.small) };
  const answers = await Promise.all([invoke('Authorize', request), invoke('Authorize', request)]);
  for (const answer of answers) {
    assert.deepEqual((answer as { warrant: unknown }).warrant, {
      tenant,
      runId: run.runId,
      callId: reference.callId,
      digest: reference.digest,
    });
  }
  assert.equal((await app.getRun(tenant, run.runId)).budget?.heldMicroDollars, held);
});

test('a call that was allowed stays allowed, whatever would be decided by now', async () => {
  const tenant = await newTenant();
  const { run, reference } = await authorizedOnly(tenant);
  const { callId } = reference;
  const again = (order: string) => invoke('Authorize', { ...run, callId, proposal: call.cancel(order) });
  const recorded = (await again(ORDERS.small)) as AuthorizeResult;
  assert.equal(recorded.decision, 'allow');
  assert.deepEqual(await again(ORDERS.large), recorded, 'where people would be asked');
  assert.deepEqual(
    await invoke('Authorize', { ...run, callId, proposal: 'nonsense' }),
    recorded,
    'or refused',
  );
  await tamper('Runs', { run: `${tenant}#${run.runId}` }, { mode: 'stopped' });
  assert.deepEqual(await again(ORDERS.small), recorded, 'in any mode');
  assert.equal(
    ofType(await eventsOf(run), 'call.decided').filter((each) => each.callId === callId).length,
    1,
  );
});

test('a run started many times at once with one client token is one run', async () => {
  const tenant = await newTenant();
  const app = await as('app');
  const request = {
    tenant,
    user: LENA,
    input: { proposals: [call.cancel(ORDERS.small)] },
    clientToken: randomUUID(),
  };
  const views = await Promise.all(Array.from({ length: 6 }, () => app.startRun('retail-support', request)));
  const runIds = new Set(views.map(({ runId }) => runId));
  assert.equal(runIds.size, 1);
  const [runId = ''] = runIds;
  const run = { tenant, runId };
  await closed(run);
  await app.startRun('retail-support', request);
  const { Items = [] } = await database.send(new ScanCommand({ TableName: await ledgerTable('Runs') }));
  assert.equal(Items.filter((item) => item.tenant === tenant).length, 1);
  assert.equal((await executionsNamed(runId)).length, 1);
  const events = await eventsOf(run);
  assert.equal(ofType(events, 'run.requested').length, 1);
  assert.equal(ofType(events, 'call.executed').length, 1);

  const other = { ...request, input: { proposals: [] } };
  await assert.rejects(app.startRun('retail-support', other), /client token was used for another request/);
});

async function executionsNamed(name: string): Promise<unknown[]> {
  const stepFunctions = new SFNClient(localClient(endpoint));
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand({}));
  const machine = stateMachines.find((each) => each.name === 'countersign-retail-support');
  const { executions = [] } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: machine?.stateMachineArn, maxResults: 1000 }),
  );
  return executions.filter((execution) => execution.name === name);
}
