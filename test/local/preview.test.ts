import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApprovalView } from '../../contracts/api.ts';
import { DEFAULT_PREFIX, exampleTableName } from '../../contracts/names.ts';
import { documentKey, SHOP_PARTITION_KEY } from '../../contracts/shop.ts';
import { localClient } from '../../local/aws.ts';
import { loadExamples } from '../../local/examples/load.ts';
import {
  as,
  closed,
  database,
  endpoint,
  eventsOf,
  itemsOfRun,
  ofType,
  type StartedRun,
  waiting,
} from '../support/cloud.ts';

const prefix = process.env.COUNTERSIGN_LOCAL_PREFIX ?? DEFAULT_PREFIX;
const AGENT = { id: 'ines_okafor', roles: ['support_agent'] };
/** A ticket of a customer whose risk is such that a manager is asked about any refund. */
const TICKET = 'T-305';
const TOOL = 'desk.issue_refund';
const CUSTOMER = 'greta_lund_5580';

/** A run that sleeps until people have countersigned a refund, and what they are shown. */
async function asked(
  amountUsd: number,
): Promise<{ readonly run: StartedRun; readonly approval: ApprovalView }> {
  const tenant = `t-${randomUUID().slice(0, 13)}`;
  await loadExamples({ tenant, prefix, client: new DynamoDBClient(localClient(endpoint)), now: new Date() });
  const request = {
    tenant,
    user: AGENT,
    input: { proposals: [{ tool: TOOL, arguments: { ticket_id: TICKET, amount_usd: amountUsd } }] },
    clientToken: randomUUID(),
  };
  const { runId } = await (await as('app')).startRun('refund-desk', request);
  const run = { tenant, runId };
  await waiting(run);
  const [approval] = await (await as('maria')).listApprovals(tenant);
  return { run, approval: approval ?? assert.fail() };
}

async function approved({ tenant }: StartedRun, { approvalId }: ApprovalView): Promise<void> {
  for (const person of ['maria', 'theo'] as const) {
    await (await as(person)).decideApproval(approvalId, { tenant, verdict: 'approve' });
  }
}

test('people are shown the exact change, by a call of the platform’s own, and it is made as shown', async () => {
  const { run, approval } = await asked(10);
  const { preview } = approval;
  assert.ok(preview && 'changes' in preview, JSON.stringify(preview));
  assert.deepEqual(preview.changes, {
    [`customers/${CUSTOMER}`]: [{ field: 'lifetime_refunds_cents', from: 12_000, to: 13_000 }],
    [`tickets/${TICKET}`]: [{ field: 'refunds[0]', to: { amount_cents: 1000 } }],
  });

  await approved(run, approval);
  assert.equal((await closed(run)).outcome, 'completed');
  const events = await eventsOf(run);
  const [waits] = ofType(events, 'approval.waiting');
  assert.equal(waits?.previewDigest, preview.digest);
  assert.deepEqual(
    ofType(events, 'call.executed').map(({ callId, tool, status, preview: match }) => [
      callId,
      tool,
      status,
      match,
    ]),
    [
      ['0001-00-preview', 'desk.preview_issue_refund', 'succeeded', undefined],
      ['0001-00', 'desk.issue_refund', 'succeeded', 'as_shown'],
    ],
  );
  const warrants = await itemsOfRun('Warrants', run);
  assert.deepEqual(
    warrants.map(({ callId, previewDigest }) => [callId, previewDigest]),
    [
      ['0001-00', preview.digest],
      ['0001-00-preview', undefined],
    ],
  );
  const { calls } = await (await as('app')).getReceipt(run.tenant, run.runId);
  assert.deepEqual(
    calls.map(({ callId, outcome }) => [callId, outcome?.preview]),
    [
      ['0001-00', 'as_shown'],
      ['0001-00-preview', undefined],
    ],
  );
});

test('what was changed by somebody else between the approval and the call is recorded as otherwise', async () => {
  const { run, approval } = await asked(10);
  const Key = { [SHOP_PARTITION_KEY]: documentKey(run.tenant, CUSTOMER) };
  // policy still wants the same approval: it asks because of the risk, whatever was given back before
  await database.send(
    new UpdateCommand({
      TableName: exampleTableName(prefix, 'desk', 'customers'),
      Key,
      UpdateExpression:
        'SET #document.lifetime_refunds_cents = #document.lifetime_refunds_cents + :one, version = version + :one',
      ExpressionAttributeNames: { '#document': 'document' },
      ExpressionAttributeValues: { ':one': 1 },
    }),
  );
  await approved(run, approval);
  assert.equal((await closed(run)).outcome, 'completed');
  const executed = ofType(await eventsOf(run), 'call.executed').at(-1);
  assert.deepEqual([executed?.tool, executed?.status, executed?.preview], [TOOL, 'succeeded', 'otherwise']);
});

test('why there is no preview is said to people, who decide without it', async () => {
  const { run, approval } = await asked(88.5);
  assert.deepEqual(approval.preview, {
    error: `the preview failed: of ticket ${TICKET} 8800 cents can be given back, got 8850`,
  });
  await (await as('maria')).decideApproval(approval.approvalId, { tenant: run.tenant, verdict: 'reject' });
  assert.equal((await closed(run)).outcome, 'completed');
  const [waits] = ofType(await eventsOf(run), 'approval.waiting');
  assert.equal(waits?.previewDigest, undefined);
});
