import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { DEFAULT_PREFIX, type ExampleNamespace, exampleTableName } from '../../contracts/names.ts';
import { documentKey } from '../../contracts/shop.ts';
import { localClient } from '../../local/aws.ts';
import { loadExamples } from '../../local/examples/load.ts';
import type { Person } from '../../local/people.ts';
import {
  as,
  closed,
  database,
  endpoint,
  eventsOf,
  eventually,
  ofType,
  type StartedRun,
  waiting,
} from '../support/cloud.ts';

const prefix = process.env.COUNTERSIGN_LOCAL_PREFIX ?? DEFAULT_PREFIX;
const AGENT = { id: 'ines_okafor', roles: ['support_agent'] };
const ACCOUNTANT = { id: 'ruth_vesely', roles: ['accounts_payable'] };
const ENGINEER = { id: 'kofi_mensah', roles: ['on_call'] };

/** A tenant of its own with the examples' records. */
async function newTenant(): Promise<string> {
  const tenant = `t-${randomUUID().slice(0, 13)}`;
  await loadExamples({ tenant, prefix, client: new DynamoDBClient(localClient(endpoint)), now: new Date() });
  return tenant;
}

/** Starts the run that docs/examples.md shows. */
async function start(
  workflow: string,
  user: { readonly id: string; readonly roles: string[] },
  tenant: string,
): Promise<StartedRun> {
  const file = join(import.meta.dirname, '..', '..', 'local', 'examples', `${workflow}.json`);
  const input = { proposals: JSON.parse(readFileSync(file, 'utf8')) };
  const request = { tenant, user, input, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun(workflow, request);
  return { tenant, runId };
}

async function record(tenant: string, namespace: ExampleNamespace, table: string, id: string) {
  const TableName = exampleTableName(prefix, namespace, table as never);
  const Key = { id: documentKey(tenant, id) };
  return (await database.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item?.document;
}

/** What became of each call: its last decision, the message of a refusal, and its outcome. */
async function calls(run: StartedRun): Promise<unknown[]> {
  const events = await eventsOf(run);
  const executed = new Map(
    ofType(events, 'call.executed').map(({ callId, status }) => [callId, status as string]),
  );
  const decided = new Map(ofType(events, 'call.decided').map((event) => [event.callId, event]));
  return [...decided.values()].map(({ callId, tool, decision, reasons }) => [
    tool,
    executed.get(callId) ?? decision,
    ...(reasons ?? []).map(({ message }) => message.replace(/ \(envelopes\/.*\)$/, '')),
  ]);
}

async function approve(tenant: string, approvalId: string, person: Person) {
  return (await as(person)).decideApproval(approvalId, { tenant, verdict: 'approve' });
}

test('the refund desk gives little back by itself, asks about the rest, and gives nothing back that nobody approved', async () => {
  const tenant = await newTenant();
  const run = await start('refund-desk', AGENT, tenant);
  const approvalId = await waiting(run);
  const [asked] = await (await as('maria')).listApprovals(tenant);
  assert.equal(asked?.facts.fraudRiskScore, 0.85, 'whoever decides sees why');
  await assert.rejects(approve(tenant, approvalId, 'femi'), { code: 'missing_role' });
  await approve(tenant, approvalId, 'maria');
  await approve(tenant, approvalId, 'theo');
  assert.equal((await closed(run)).outcome, 'completed');
  assert.deepEqual(await calls(run), [
    ['desk.get_ticket', 'succeeded'],
    ['desk.issue_refund', 'succeeded'],
    [
      'desk.issue_refund',
      'deny',
      'desk.issue_refund is allowed only if params.amount_usd <= 300',
      'desk.issue_refund is allowed only if ticket.tags includes "refund_approved"',
      'up to 100 dollars need nobody (auto_approve_max_usd)',
    ],
    ['desk.issue_refund', 'succeeded'],
    // of the platform, for whoever countersigns
    ['desk.preview_issue_refund', 'succeeded'],
    ['desk.send_reply', 'succeeded'],
  ]);
  const lamp = await record(tenant, 'desk', 'tickets', 'T-301');
  assert.deepEqual(
    lamp.refunds.map((refund: { amount_cents: number; call: { run_id: string } }) => [
      refund.amount_cents,
      refund.call.run_id,
    ]),
    [[6490, run.runId]],
  );
  assert.equal(lamp.thread.at(-1).body, 'The money is on its way.');
  const mila = await record(tenant, 'desk', 'customers', 'mila_sorensen_2207');
  const greta = await record(tenant, 'desk', 'customers', 'greta_lund_5580');
  assert.deepEqual(
    [mila, greta].map(({ lifetime_refunds_cents }) => lifetime_refunds_cents),
    [4500 + 6490, 12_000 + 8800],
  );
  assert.deepEqual((await record(tenant, 'desk', 'tickets', 'T-303')).refunds, []);
});

test('an invoice is booked when finance agrees, and no approval makes another bank account good', async () => {
  const tenant = await newTenant();
  const run = await start('invoice-reconciliation', ACCOUNTANT, tenant);
  const approvalId = await waiting(run);
  const [asked] = await (await as('femi')).listApprovals(tenant);
  assert.deepEqual([asked?.approverRole, asked?.facts.orderMatched], ['FinanceAdmin', true]);
  await assert.rejects(approve(tenant, approvalId, 'maria'), { code: 'missing_role' });
  assert.equal(await record(tenant, 'erp', 'journal', 'INV-2041'), undefined, 'nothing is booked meanwhile');
  await approve(tenant, approvalId, 'femi');
  assert.equal(await record(tenant, 'erp', 'journal', 'INV-2041'), undefined, 'one is not enough');
  await approve(tenant, approvalId, 'ada');
  assert.equal((await closed(run)).outcome, 'completed');
  const everyWrite = 'write_actions_require_approval: every write waits for people';
  assert.deepEqual(await calls(run), [
    ['erp.lookup_vendor', 'succeeded'],
    ['erp.match_po', 'succeeded'],
    [
      'erp.create_journal_entry',
      'deny',
      everyWrite,
      'erp.create_journal_entry is allowed only if bank_account_unchanged',
    ],
    ['erp.create_journal_entry', 'succeeded'],
    ['erp.preview_create_journal_entry', 'succeeded'],
    // its order was billed by the one before
    [
      'erp.create_journal_entry',
      'deny',
      everyWrite,
      'erp.create_journal_entry is allowed only if order_matched',
    ],
  ]);
  const entry = await record(tenant, 'erp', 'journal', 'INV-2041');
  assert.equal(entry.call.run_id, run.runId);
  assert.deepEqual(
    entry.postings.map(({ debit_cents, credit_cents }: Record<string, number>) => [
      debit_cents,
      credit_cents,
    ]),
    [
      [71_400, 0],
      [0, 71_400],
    ],
  );
  assert.equal((await record(tenant, 'erp', 'invoices', 'INV-2041')).status, 'booked');
  assert.equal((await record(tenant, 'erp', 'orders', 'PO-700')).status, 'billed');
  assert.equal((await record(tenant, 'erp', 'invoices', 'INV-2042')).status, 'open');
});

test('operations: a version goes out when two agree, never in a freeze, and a database only under break-glass', async () => {
  const tenant = await newTenant();
  const run = await start('operations', ENGINEER, tenant);
  const approvalId = await waiting(run);
  await assert.rejects(approve(tenant, approvalId, 'maria'), { code: 'missing_role' });
  await approve(tenant, approvalId, 'theo');
  assert.equal((await record(tenant, 'ops', 'services', 'checkout')).version, '4.1.0', 'one is not enough');

  const asked = { workflow: 'operations', incident: 'INC-7', reason: 'the disk is full', minutes: 15 };
  const maria = await as('maria');
  const { grantId, tools } = await maria.openBreakGlass({ tenant, ...asked, clientToken: randomUUID() });
  assert.deepEqual(tools, ['ops.delete_database']);
  await (await as('theo')).decideBreakGlass(grantId, { tenant, verdict: 'confirm' });
  await approve(tenant, approvalId, 'noor');
  assert.equal((await closed(run)).outcome, 'completed');
  const found = await calls(run);
  assert.deepEqual(
    found.map((call) => (call as string[]).slice(0, 2)),
    [
      ['ops.restart_service', 'succeeded'],
      ['ops.restart_service', 'deny'],
      ['ops.deploy_service', 'deny'],
      ['ops.delete_database', 'deny'],
      ['ops.deploy_service', 'succeeded'],
      ['ops.preview_deploy_service', 'succeeded'],
      ['ops.delete_database', 'succeeded'],
    ],
  );
  const reasons = JSON.stringify(found);
  assert.match(reasons, /only if service\.healthy_replicas >= 2/);
  assert.match(reasons, /a freeze is on/);
  assert.match(reasons, /a tool of tier 4 needs break-glass/);
  const checkout = await record(tenant, 'ops', 'services', 'checkout');
  assert.deepEqual(
    [checkout.version, checkout.restarts, checkout.databases],
    ['4.2.0', 1, ['checkout_orders']],
  );
  assert.deepEqual(
    checkout.operations.map(({ call }: { call: { run_id: string } }) => call.run_id),
    [run.runId, run.runId, run.runId],
  );
  assert.equal((await record(tenant, 'ops', 'services', 'billing')).version, '2.7.1');
  const used = await eventually('the use is on the account of the grant', async () => {
    const uses = ofType(await eventsOf({ tenant, runId: grantId }), 'break_glass.used');
    return uses.length === 1 ? uses : undefined;
  });
  assert.equal(used.length, 1);
});
