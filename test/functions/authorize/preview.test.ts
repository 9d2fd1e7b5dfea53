import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ShownPreview } from '../../../contracts/api.ts';
import { ENV } from '../../../contracts/environment.ts';
import { WARRANT_ATTRIBUTES_OF_EXECUTOR } from '../../../contracts/tables.ts';
import { approvalIdOf, callDigest } from '../../../domain/call/governed-call.ts';
import { requestApproval } from '../../../functions/adapters/approvals.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { readWarrant } from '../../../functions/adapters/warrants.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { approvalOf } from '../../support/approval.ts';
import { eligible } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';
import { DESK_TOOLS, envelope, permit, policyRoot } from '../../support/policy-folder.ts';

function built() {
  using folder = policyRoot({
    'agents/desk.cedar': permit('points', 'loyalty.add_points'),
    'envelopes/desk.yaml': envelope({ tools: DESK_TOOLS }),
  });
  return buildPolicyBundle(folder.root, NAMESPACES);
}
const bundle = built();
const engine = cedarEngine(bundle);

const proposal = {
  tool: 'loyalty.add_points',
  arguments: { member_id: 'm_1', points: 5, reason: 'goodwill' },
};
const callId = '0002-00';
const DIGEST = 'a'.repeat(64);

describe('the warrant of a call that people have approved', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  async function warrantAfter(preview?: ShownPreview) {
    const run = await openRun(client, { workflow: 'desk', agent: 'desk' });
    const { tenant, runId, workflow, agent, user, digestKey } = run;
    const where = { tenant, runId, callId, workflow, agent, userId: user.id, digestKey };
    const digest = callDigest({ ...where, proposal, resource: 'Member/m_1' });
    const approval = approvalOf({
      ...{ tenant, runId, callId, workflow, agent, user, proposal, digest, state: 'approved' },
      approvalId: approvalIdOf(digest),
      ...(preview === undefined ? {} : { preview }),
    });
    await transact(client, { approval: requestApproval(approval) });
    const at = { client, clock: () => new Date(NOON) };
    const dependencies = { ...at, bundle, engine, prefix: 'none', limiter: callLimiter(at) };
    const { result } = await authorize(
      { ...run, callId, proposal, approvalId: approval.approvalId },
      { ...dependencies, runContext: runContextReader(client, bundle), eligible },
    );
    assert.equal(result.decision, 'allow');
    const warrant = await readWarrant(client, { ...run, callId });
    return warrant !== undefined && warrant.state !== 'refused' ? warrant : assert.fail();
  }

  test('is not put for a run without its digest key, nor is anything recorded of the call', async () => {
    const run = await openRun(client, { workflow: 'desk', agent: 'desk', digestKey: undefined });
    const at = { client, clock: () => new Date(NOON) };
    const dependencies = { ...at, bundle, engine, prefix: 'none', limiter: callLimiter(at) };
    const runContext = runContextReader(client, bundle);
    await assert.rejects(
      authorize({ ...run, callId, proposal }, { ...dependencies, runContext, eligible }),
      /digest key of 0 bytes, expected 32/,
    );
    assert.equal(await readWarrant(client, { ...run, callId }), undefined);
    assert.deepEqual((await eventsAfter(client, run)).events, []);
  });

  test('says what they were shown', async () => {
    const preview = { changes: { 'members/m_1': [{ field: 'points', from: 1, to: 6 }] }, digest: DIGEST };
    assert.equal((await warrantAfter(preview)).previewDigest, DIGEST);
  });

  test('says nothing of what they were not shown', async () => {
    for (const preview of [undefined, { error: 'the preview failed' }]) {
      const warrant = await warrantAfter(preview);
      assert.equal(Object.hasOwn(warrant, 'previewDigest'), false);
    }
  });

  test('is not for executors to write that in', () => {
    const writable: readonly string[] = WARRANT_ATTRIBUTES_OF_EXECUTOR;
    assert.ok(!writable.includes('previewDigest'));
  });
});
