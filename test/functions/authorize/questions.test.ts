import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import { questionAbout } from '../../../domain/approval/question.ts';
import { approvalIdOf, callDigest } from '../../../domain/call/governed-call.ts';
import { ENVELOPE_DEFAULTS } from '../../../domain/envelope/envelope.ts';
import { readApproval, requestApproval } from '../../../functions/adapters/approvals.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { authorize } from '../../../functions/authorize/authorize.ts';
import { callLimiter } from '../../../functions/authorize/limits.ts';
import { runContextReader } from '../../../functions/authorize/run-context.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { eligible } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';
import { DESK_TOOLS, envelope, permit, policyRoot } from '../../support/policy-folder.ts';

const RULES = {
  ...{ allowed_tools: [], approval_roles: [] },
  ...{ approval_timeout_hours: 1, approval_heartbeat_minutes: ENVELOPE_DEFAULTS.approval_heartbeat_minutes },
};

function built() {
  using folder = policyRoot({
    'agents/desk.cedar': permit('points', 'loyalty.add_points'),
    'envelopes/desk.yaml': envelope({ tools: DESK_TOOLS }),
  });
  return buildPolicyBundle(folder.root, NAMESPACES);
}
const bundle = built();
const engine = cedarEngine(bundle);

const POINTS = {
  tool: 'loyalty.add_points',
  arguments: { member_id: 'm_1', points: 5, reason: 'goodwill' },
};
const CALL_ID = '0002-00';

describe('an approval that lets a run go on', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  /** What authorize answers to a call that comes with the approval, and what became of the approval. */
  async function called(
    proposal: unknown,
    change: { readonly digest?: string; readonly approvalId?: string } = {},
  ) {
    const run = await openRun(client, { workflow: 'desk', agent: 'desk' });
    const asking = { turn: 2, evidence: [], approverRole: 'support_manager', rules: RULES, at: NOON };
    const question = questionAbout(run, { ...asking, reason: { code: 'same_call', message: 'again' } });
    const { tenant, runId, workflow, agent, user, digestKey } = run;
    const where = { tenant, runId, callId: CALL_ID, workflow, agent, userId: user.id, digestKey };
    const digest = callDigest({ ...where, proposal: POINTS, resource: 'Member/m_1' });
    const forged = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [
        name,
        { digest, approvalId: approvalIdOf(digest) }[value] ?? value,
      ]),
    );
    const approval = { ...question, ...forged, state: 'approved' as const };
    await transact(client, { approval: requestApproval(approval) });
    const at = { client, clock: () => new Date(NOON) };
    const dependencies = { ...at, bundle, engine, prefix: 'none', limiter: callLimiter(at) };
    const { result } = await authorize(
      { ...run, callId: CALL_ID, proposal, approvalId: approval.approvalId },
      { ...dependencies, runContext: runContextReader(client, bundle), eligible },
    );
    const kept = await readApproval(client, approval);
    const said = result.decision === 'deny' ? result.reasons[0]?.code : result.decision;
    return [said, kept?.state];
  }

  test('allows no call', async () => {
    assert.deepEqual(await called(POINTS), ['other_call', 'approved']);
  });

  test('allows no call even with the digest of one: its id says what it is about', async () => {
    assert.deepEqual(await called(POINTS, { digest: 'digest' }), ['other_call', 'approved']);
    // so that the test above is about the id: with both it is the approval of the call
    assert.deepEqual(await called(POINTS, { digest: 'digest', approvalId: 'approvalId' }), ['allow', 'used']);
  });

  test('cannot be proposed as a tool', async () => {
    const proposal = { tool: 'countersign.continue_run', arguments: {} };
    assert.deepEqual(await called(proposal), ['unknown_tool', 'approved']);
  });
});
