import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  as,
  call,
  closed,
  eventsOf,
  LENA,
  newTenant,
  ORDERS,
  ofType,
  start,
  waiting,
} from '../support/cloud.ts';

test('a run goes from proposal to receipt, and stops for people where policy says so', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [
    { tool: 'retail.find_user_id_by_email', arguments: { email: 'lena.hofer@example.com' } },
    call.read(ORDERS.others),
    call.cancel(ORDERS.small),
    call.cancel(ORDERS.large),
  ]);
  const approvalId = await waiting(run);
  const maria = await as('maria');
  const [asked] = await maria.listApprovals(tenant);
  assert.equal(asked?.approvalId, approvalId);
  assert.deepEqual(asked?.proposal, call.cancel(ORDERS.large));
  assert.equal(asked?.facts.refundCents, 55_840);
  assert.equal(asked?.approverRole, 'support_manager');
  assert.ok(!JSON.stringify(asked).includes('oken'), 'the task token stays inside');

  const decided = await maria.decideApproval(approvalId, {
    tenant,
    verdict: 'approve',
    note: 'a good customer',
  });
  assert.equal(decided.state, 'waiting', 'tier 3 takes two people');
  const second = await (await as('theo')).decideApproval(approvalId, { tenant, verdict: 'approve' });
  assert.equal(second.state, 'approved');
  const view = await closed(run);
  assert.equal(view.outcome, 'completed');
  assert.equal(view.budget?.heldMicroDollars, 0);

  const events = await eventsOf(run);
  assert.deepEqual(
    // when people are told of it in Slack is nothing that the run waits for
    events.map(({ type }) => type).filter((type) => type !== 'approval.told'),
    [
      'run.requested',
      'run.opened',
      ...['call.decided', 'call.executed'],
      'call.decided',
      ...['call.decided', 'call.executed'],
      'call.decided',
      // of the preview that people are shown
      ...['call.decided', 'call.executed'],
      ...['approval.waiting', 'approval.verdict', 'approval.verdict'],
      ...['call.decided', 'call.executed'],
      'run.closed',
    ],
  );
  assert.deepEqual(
    ofType(events, 'call.decided').map(({ decision, policies }) => [decision, ...policies]),
    [
      ['allow', 'agents/retail-support/find-customer'],
      ['deny', 'agents/retail-support/one-customer'],
      ['allow', 'agents/retail-support-refunds/small-refund'],
      ['needs_approval', 'agents/retail-support-refunds/large-refund'],
      ['allow', 'agents/retail-support/read-customer'],
      ['allow', 'agents/retail-support-refunds/large-refund'],
    ],
  );

  const receipt = await maria.getReceipt(tenant, run.runId);
  assert.equal(receipt.owner, 'head of customer support');
  assert.equal(receipt.events.count, events.length);
  assert.deepEqual(
    receipt.calls.map(({ outcome }) => outcome?.status),
    ['succeeded', undefined, 'succeeded', 'succeeded', 'succeeded'],
  );
  assert.deepEqual(
    receipt.calls[3]?.approval?.verdicts.map(({ by, verdict, note }) => [by, verdict, note]),
    [
      ['maria', 'approve', 'a good customer'],
      ['theo', 'approve', undefined],
    ],
  );
  assert.equal(receipt.cost.budgetMicroDollars, view.budget?.spentMicroDollars);
  assert.deepEqual(receipt.calls[2]?.outcome?.effects, [`orders/${ORDERS.small}`]);
});

test('personal data in arguments does not reach the events', async () => {
  const tenant = await newTenant();
  const address = {
    address1: '77 Secret Lane',
    address2: '',
    city: 'Hidden',
    state: 'OR',
    country: 'USA',
    zip: '97205',
  };
  const run = await start(tenant, [
    { tool: 'retail.modify_user_address', arguments: { user_id: LENA.id, ...address } },
  ]);
  await closed(run);
  const events = await eventsOf(run);
  assert.equal(ofType(events, 'call.executed')[0]?.status, 'succeeded');
  assert.doesNotMatch(JSON.stringify(events), /Secret Lane|Hidden/);
});

test('a rejected call is denied with the reason, and the run goes on', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large), call.read(ORDERS.large)]);
  const approvalId = await waiting(run);
  await (await as('theo')).decideApproval(approvalId, {
    tenant,
    verdict: 'reject',
    note: 'call the customer first',
  });
  assert.equal((await closed(run)).outcome, 'completed');
  const decisions = ofType(await eventsOf(run), 'call.decided');
  const [, , rejected, read] = decisions;
  assert.deepEqual(rejected?.reasons, [
    { code: 'approval_rejected', message: 'rejected by theo: call the customer first' },
  ]);
  assert.equal(read?.decision, 'allow');
});
