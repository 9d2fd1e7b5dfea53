import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { CommandFailure } from '../../cli/failure.ts';
import {
  as,
  call,
  closed,
  database,
  LENA,
  ledgerTable,
  newTenant,
  ORDERS,
  start,
  waiting,
} from '../support/cloud.ts';

async function messageOf(request: Promise<unknown>): Promise<string> {
  const failure = await request.then(
    () => assert.fail('the request was accepted'),
    (error: CommandFailure) => error,
  );
  return [failure.message, ...failure.fields.map(({ field, message }) => `${field}: ${message}`)].join('; ');
}

const runsOf = async (tenant: string) => {
  const { Items = [] } = await database.send(new ScanCommand({ TableName: await ledgerTable('Runs') }));
  return Items.filter((item) => item.tenant === tenant);
};

test('a bad request names every bad field, and starts nothing', async () => {
  const app = await as('app');
  const bad = {
    tenant: 'Not A Tenant',
    user: { id: '#', roles: 'x' },
    input: { proposals: 'x' },
    clientToken: '',
    force: 1,
  };
  const message = await messageOf(app.startRun('retail-support', bad as never));
  for (const field of ['tenant', 'user.id', 'user.roles', 'input.proposals', 'clientToken', 'force']) {
    assert.ok(message.includes(field), `${field} in ${message}`);
  }
});

test('a run needs a prompt or proposals', async () => {
  const tenant = await newTenant();
  const app = await as('app');
  const message = await messageOf(
    app.startRun('retail-support', { tenant, user: LENA, input: {}, clientToken: 'a' }),
  );
  assert.match(message, /expected a prompt or proposals/);
  assert.deepEqual(await runsOf(tenant), []);
});

test('an unknown workflow, run, approval and receipt are not found', async () => {
  const tenant = await newTenant();
  const app = await as('app');
  const input = { proposals: [] };
  assert.match(
    await messageOf(app.startRun('no-such', { tenant, user: LENA, input, clientToken: 'a' })),
    /no-such/,
  );
  assert.match(await messageOf(app.getRun(tenant, 'run-x')), /has no run 'run-x'/);
  assert.match(await messageOf(app.getEvents(tenant, 'run-x')), /has no run 'run-x'/);
  assert.match(await messageOf(app.getReceipt(tenant, 'run-x')), /has no run 'run-x'/);
  const maria = await as('maria');
  assert.match(
    await messageOf(maria.decideApproval('apr-x', { tenant, verdict: 'approve' })),
    /has no approval 'apr-x'/,
  );
  assert.deepEqual(await runsOf(tenant), []);
});

test('an agent shows its manifest, an unknown one is not found', async () => {
  const app = await as('app');
  const manifest = await app.getManifest('retail-support');
  assert.equal(manifest.workflow, 'retail-support');
  assert.equal(manifest.tools.length, 17);
  assert.match(await messageOf(app.getManifest('nobody')), /no workflow has an agent 'nobody'/);
});

test('a run of one tenant does not exist for another', async () => {
  const [tenant, other] = [await newTenant(), await newTenant()];
  const run = await start(tenant, [call.read(ORDERS.small)]);
  await closed(run);
  assert.match(await messageOf((await as('app')).getRun(other, run.runId)), /has no run/);
});

test('only somebody with the role may decide, and it is the caller who decides', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  const approvalId = await waiting(run);
  const verdict = { tenant, verdict: 'approve' as const };
  assert.match(
    await messageOf((await as('app')).decideApproval(approvalId, verdict)),
    /is nobody in the directory/,
  );
  assert.match(
    await messageOf((await as('omar')).decideApproval(approvalId, verdict)),
    /only people with a role that is asked now decide; .* \(asked now: support_manager\)/,
  );
  const impersonating = { ...verdict, by: 'maria' } as never;
  assert.match(
    await messageOf((await as('omar')).decideApproval(approvalId, impersonating)),
    /by: unknown field/,
  );
  assert.equal((await (await as('app')).getRun(tenant, run.runId)).waitingFor, approvalId);
});

test('the same verdict by the same person again answers the same; another verdict comes too late', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  const approvalId = await waiting(run);
  const [maria, theo] = [await as('maria'), await as('theo')];
  const verdict = { tenant, verdict: 'approve' as const };
  const [first, second] = await Promise.all([
    maria.decideApproval(approvalId, verdict),
    maria.decideApproval(approvalId, verdict),
  ]);
  assert.equal(first.verdicts.length, 1);
  assert.deepEqual(second.verdicts, first.verdicts);
  assert.equal(first.state, 'waiting', 'one person is not two');
  assert.equal((await theo.decideApproval(approvalId, verdict)).state, 'approved');
  const late = await messageOf(maria.decideApproval(approvalId, { tenant, verdict: 'reject' }));
  assert.match(late, /nothing is left to decide/);
  assert.equal((await closed(run)).outcome, 'completed');
});
