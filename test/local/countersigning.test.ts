import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { CommandFailure } from '../../cli/failure.ts';
import type { AuthorizeResult } from '../../contracts/call.ts';
import { approvalKey, runKey } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';
import type { Person } from '../../local/people.ts';
import {
  as,
  call,
  closed,
  database,
  endpoint,
  eventsOf,
  invoke,
  ledgerTable,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  shopOf,
  start,
  tamper,
  waiting,
} from '../support/cloud.ts';

const MANAGERS: readonly Person[] = ['maria', 'theo'];

/** As many managers as the call needs. */
async function approved({ tenant }: StartedRun, approvalId: string): Promise<void> {
  for (const person of MANAGERS) {
    const client = await as(person);
    await client.decideApproval(approvalId, { tenant, verdict: 'approve' }).catch((error) => {
      assert.ok(error instanceof CommandFailure && error.code === 'already_decided', error);
    });
  }
}

async function approvalItem({ tenant }: StartedRun, approvalId: string) {
  const { Item } = await database.send(
    new GetCommand({
      TableName: await ledgerTable('Approvals'),
      Key: { approval: approvalKey(tenant, approvalId) },
      ConsistentRead: true,
    }),
  );
  return Item ?? assert.fail(`no approval ${approvalId}`);
}

/** A run that waits for people to cancel a large order. */
async function asking(tenant: string) {
  const run = await start(tenant, [call.cancel(ORDERS.large)]);
  return { run, approvalId: await waiting(run) };
}

async function reasonsOf(run: StartedRun): Promise<readonly string[]> {
  const decided = ofType(await eventsOf(run), 'call.decided');
  return decided.flatMap(({ reasons = [] }) => reasons.map(({ code }) => code));
}

async function history({ runId }: StartedRun): Promise<readonly HistoryEvent[]> {
  const stepFunctions = new SFNClient(localClient(endpoint));
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand({}));
  const machine = stateMachines.find(({ name }) => name?.endsWith('-retail-support'));
  const { executions = [] } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: machine?.stateMachineArn }),
  );
  const executionArn = executions.find(({ name }) => name === runId)?.executionArn;
  return (await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
}

test('an approval stands behind no other arguments than those that people saw', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const { run, approvalId } = await asking(tenant);
  await tamper('Approvals', { approval: approvalKey(tenant, approvalId) }, { state: 'approved' });
  const proposal = call.cancel(ORDERS.large, 'ordered by mistake');
  const answer = (await invoke('Authorize', {
    ...run,
    callId: '0001-00',
    proposal,
    approvalId,
  })) as AuthorizeResult;
  assert.deepEqual(answer.decision === 'deny' && answer.reasons.map(({ code }) => code), ['other_call']);
  assert.deepEqual(await shopOf(tenant), before);
});

test('an approval of one run stands behind no call of another', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const [first, second] = [await asking(tenant), await asking(tenant)];
  await tamper('Approvals', { approval: approvalKey(tenant, first.approvalId) }, { state: 'approved' });
  const request = {
    ...{ ...second.run, callId: '0001-00', proposal: call.cancel(ORDERS.large) },
    approvalId: first.approvalId,
  };
  const answer = (await invoke('Authorize', request)) as AuthorizeResult;
  assert.deepEqual(answer.decision === 'deny' && answer.reasons.map(({ code }) => code), ['other_call']);
  assert.deepEqual(await shopOf(tenant), before);
});

test('an approval whose run was switched off while it waited has no effect', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const { run, approvalId } = await asking(tenant);
  await tamper('Runs', { run: runKey(run) }, { mode: 'stopped' });
  await approved(run, approvalId);
  await closed(run);
  assert.deepEqual(await shopOf(tenant), before);
  assert.deepEqual(await reasonsOf(run), ['forbidden']);
  assert.equal((await approvalItem(run, approvalId)).state, 'approved', 'and is not used up');
});

test('a token that was put under another approval wakes nobody, and holds up nobody else', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const [thief, victim] = [await asking(tenant), await asking(tenant)];
  const { sealedToken } = await approvalItem(victim.run, victim.approvalId);
  await tamper('Approvals', { approval: approvalKey(tenant, thief.approvalId) }, { sealedToken });
  await approved(thief.run, thief.approvalId);
  const elsewhere = await asking(await newTenant());
  await approved(elsewhere.run, elsewhere.approvalId);
  assert.equal((await closed(elsewhere.run)).outcome, 'completed');
  for (const { run } of [thief, victim]) {
    assert.equal((await (await as('app')).getRun(tenant, run.runId)).status, 'open');
    // but for the preview that people are shown
    const executed = ofType(await eventsOf(run), 'call.executed').filter(
      ({ callId }) => callId === '0001-00',
    );
    assert.equal(executed.length, 0);
  }
  assert.deepEqual(await shopOf(tenant), before);
});

test("a rejection is told apart in the machine's own history", async () => {
  const { run, approvalId } = await asking(await newTenant());
  await (await as('theo')).decideApproval(approvalId, { tenant: run.tenant, verdict: 'reject' });
  assert.equal((await closed(run)).outcome, 'completed');
  assert.deepEqual(await reasonsOf(run), ['approval_rejected']);
  assert.match(JSON.stringify(await history(run)), /Countersign\.Rejected/);
});
