import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ListStateMachinesCommand, SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { localClient } from '../../local/aws.ts';
import {
  as,
  call,
  closed,
  countersigned,
  endpoint,
  eventsOf,
  invoke,
  newTenant,
  ORDERS,
  ofType,
  shopOf,
  start,
  tamper,
  waiting,
} from '../support/cloud.ts';
import { changeApproval, toldApproval } from '../support/slack-workspace.ts';

test('proposals that are no calls are denied one by one, each with every reason, and change nothing', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const run = await start(tenant, [
    'cancel everything',
    { tool: 'retail.cancel_pending_order' },
    { tool: 'retail.drop_tables', arguments: {} },
    {
      tool: 'retail.cancel_pending_order',
      arguments: { order_id: 42, reason: 'no longer needed', force: true },
    },
    call.read(ORDERS.small),
  ]);
  const view = await closed(run);
  const decisions = ofType(await eventsOf(run), 'call.decided');
  assert.deepEqual(
    decisions.map(({ decision, reasons }) => [decision, ...(reasons ?? []).map(({ code }) => code)]),
    [
      ['deny', 'malformed_proposal'],
      ['deny', 'malformed_proposal'],
      ['deny', 'unknown_tool'],
      ['deny', 'invalid_arguments', 'invalid_arguments'],
      ['allow'],
    ],
  );
  assert.deepEqual(await shopOf(tenant), before);
  assert.equal(view.outcome, 'completed');
  assert.equal(view.budget?.callsLeft, 59);
});

test('a tool that declines is recorded as failed with its own words, and its hold is released', async () => {
  const tenant = await newTenant();
  const app = await as('app');
  // policy permits it; only the tool knows which version is the current one
  const stale = { name: 'prices.json', content: '{}', expected_version: 'another' };
  const { runId } = await app.startRun('store-operations', {
    tenant,
    user: { id: 'sam', roles: ['store_staff'] },
    input: { proposals: [{ tool: 'documents.put_document', arguments: stale }] },
    clientToken: randomUUID(),
  });
  const run = { tenant, runId };
  const view = await closed(run);
  const [executed] = ofType(await eventsOf(run), 'call.executed');
  assert.equal(executed?.status, 'failed');
  assert.equal(executed?.error?.code, 'tool_refused');
  assert.match(
    executed?.error?.message ?? '',
    /^the current version is .*, expected another; read the document again$/,
  );
  assert.deepEqual(executed?.effects, []);
  assert.ok((executed?.releasedMicroDollars ?? 0) > 0);
  assert.equal(view.budget?.heldMicroDollars, 0);
});

test('a run that does not exist is authorized nothing', async () => {
  const request = {
    tenant: 'nobody',
    runId: 'run-missing',
    callId: '0001-00',
    proposal: call.read(ORDERS.small),
  };
  await assert.rejects(invoke('Authorize', request), /run nobody#run-missing does not exist/);
});

test('a governed call that cannot be decided answers so, and nothing is done', async () => {
  const stepFunctions = new SFNClient({ ...localClient(endpoint), disableHostPrefix: true });
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand({}));
  const machine = stateMachines.find(({ name }) => name === 'countersign-governed-call');
  const calls = [
    { tenant: 'nobody', runId: 'run-missing', callId: '0001-00', proposal: call.read(ORDERS.small) },
  ];
  const { status, output } = await stepFunctions.send(
    new StartSyncExecutionCommand({
      stateMachineArn: machine?.stateMachineArn,
      input: JSON.stringify({ calls }),
    }),
  );
  assert.equal(status, 'SUCCEEDED');
  const [result] = JSON.parse(output ?? '[]');
  assert.equal(result.decision, 'undecided');
  assert.equal(result.callId, '0001-00');
});

test('a run whose money is gone while it waits is refused the call, approved or not', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(run);
  await tamper('Runs', { run: `${tenant}#${run.runId}` }, { capMicroDollars: 0, capChanges: 1 });
  await countersigned(run);
  await closed(run);
  const decisions = ofType(await eventsOf(run), 'call.decided');
  assert.equal(decisions.at(-1)?.reasons?.[0]?.code, 'budget_exhausted');
  assert.deepEqual(await shopOf(tenant), before);
});

test('a run whose mode is narrowed while it waits is refused the call, approved or not', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(run);
  await tamper('Runs', { run: `${tenant}#${run.runId}` }, { mode: 'read_only' });
  await countersigned(run);
  await closed(run);
  const decisions = ofType(await eventsOf(run), 'call.decided');
  assert.deepEqual(decisions.at(-1)?.policies, ['guardrails/mode/read-only']);
  assert.deepEqual(await shopOf(tenant), before);
});

test('an approval that time has run out on allows nothing, and is recorded as expired', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  const approvalId = await waiting(run);
  const approval = await toldApproval(tenant, approvalId);
  await changeApproval(approval, { expiresAt: '2020-01-01T00:00:00.000Z' });
  const maria = await as('maria');
  await assert.rejects(maria.decideApproval(approvalId, { tenant, verdict: 'approve' }), /expired at 2020/);
  // what the machine does when its wait times out
  const request = { ...run, callId: '0001-00', proposal: call.cancel(ORDERS.large), approvalId };
  const answer = (await invoke('Authorize', request)) as { decision: string; reasons: { code: string }[] };
  assert.equal(answer.decision, 'deny');
  assert.equal(answer.reasons[0]?.code, 'approval_expired');
  assert.deepEqual(await maria.listApprovals(tenant), []);
});

test('an approval does not allow another call than the one it was given for', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  const approvalId = await waiting(run);
  const other = {
    ...run,
    callId: '0007-00',
    proposal: call.cancel(ORDERS.large, 'ordered by mistake'),
    approvalId,
  };
  const answer = (await invoke('Authorize', other)) as { decision: string; reasons: { code: string }[] };
  assert.equal(answer.decision, 'deny');
  assert.equal(answer.reasons[0]?.code, 'other_call');
});

test('closing a run twice closes it once', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.read(ORDERS.small)]);
  const view = await closed(run);
  await invoke('CloseRun', { run, error: { Error: 'late', Cause: 'a second attempt' } });
  assert.deepEqual(await (await as('app')).getRun(tenant, run.runId), view);
  assert.equal(ofType(await eventsOf(run), 'run.closed').length, 1);
});

test('a run that is closed while it waits leaves no approval behind and is authorized nothing more', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  await waiting(run);
  await invoke('CloseRun', { run, error: { Error: 'Stopped', Cause: 'by an operator' } });
  const app = await as('app');
  assert.equal((await app.getRun(tenant, run.runId)).outcome, 'failed');
  assert.deepEqual(await app.listApprovals(tenant), []);
  const answer = (await invoke('Authorize', {
    ...run,
    callId: '0005-00',
    proposal: call.read(ORDERS.small),
  })) as {
    reasons: { code: string }[];
  };
  assert.equal(answer.reasons[0]?.code, 'run_not_open');
});
