import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuthorizeResult } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import { RUNS, runKey } from '../../../contracts/tables.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { readApproval } from '../../../functions/adapters/approvals.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { type OpenRunRecord, readRun } from '../../../functions/adapters/runs.ts';
import { readWarrant } from '../../../functions/adapters/warrants.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { asleep, authorized, CALL_ID, changed, said } from '../../support/countersigning.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';
import { envelope, permit, policyRoot } from '../../support/policy-folder.ts';

const POINTS = 'loyalty.add_points';
const approvedBy = (role: string, people: number) =>
  permit(
    `points-${role}`,
    POINTS,
    `context.approvals.${role} >= ${people}`,
    `@approvers("${role}")\n@quorum("${people}")\n@reason("points wait for ${role}")\n`,
  );

function built(policies: readonly string[], permissions: readonly string[] = []): PolicyBundle {
  const written = envelope({ tools: [POINTS] }).replace(
    'approval_timeout_hours: 1',
    ['approval_timeout_hours: 1', ...permissions].join('\n  '),
  );
  using folder = policyRoot({ 'agents/desk.cedar': policies.join('\n'), 'envelopes/desk.yaml': written });
  return buildPolicyBundle(folder.root, NAMESPACES);
}

const ONE = built([approvedBy('support_manager', 1)]);
const TWO = built([approvedBy('support_manager', 2)]);
/** The other role first, and half an hour later the other. */
const IN_TURN = built(
  [approvedBy('support_manager', 1), approvedBy('release_manager', 2)],
  ['escalate_role_after_minutes: 30', 'escalate_channel_after_minutes: 10', 'approval_heartbeat_minutes: 20'],
);

const proposal = (points = 5) => ({
  tool: POINTS,
  arguments: { member_id: 'm_1', points, reason: 'goodwill' },
});

describe('a call that people countersign', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  const begin = (of: Partial<OpenRunRecord> = {}) =>
    openRun(client, { workflow: 'desk', agent: 'desk', ...of });

  /** A run whose call people are asked about, and what the machine sleeps on. */
  async function asked(bundle: PolicyBundle, of: Partial<OpenRunRecord> = {}) {
    const run = await begin(of);
    const result = await authorized(client, bundle, { run, proposal: proposal() });
    assert.equal(result.decision, 'needs_approval');
    const { approvalId } = result.decision === 'needs_approval' ? result.approval : assert.fail();
    const about = { tenant: run.tenant, approvalId };
    await asleep(client, about);
    await changed(client, about, { reachedUntil: secondsAfter(NOON, 3000) });
    const again = (
      changes: { proposal?: unknown; now?: string; bundle?: PolicyBundle; run?: OpenRunRecord } = {},
    ) =>
      authorized(client, changes.bundle ?? bundle, {
        ...{ run, proposal: proposal(), approvalId },
        ...changes,
      });
    const approval = async () => (await readApproval(client, about)) ?? assert.fail();
    return { run, about, again, approval, result };
  }

  /** INVARIANT of every refusal: nothing may be executed, nothing is held, and the refusal is on record. */
  async function assertRefused(run: OpenRunRecord, result: AuthorizeResult, code: string): Promise<void> {
    assert.equal(result.decision, 'deny');
    assert.deepEqual(result.decision === 'deny' ? result.reasons.map((reason) => reason.code) : [], [code]);
    const warrant = await readWarrant(client, { ...run, callId: CALL_ID });
    assert.equal(warrant?.state, 'refused');
    assert.equal((await readRun(client, run))?.heldMicroDollars, 0);
    const { events } = await eventsAfter(client, run);
    const last = events.findLast(({ type }) => type === 'call.decided');
    assert.equal(last?.type === 'call.decided' ? last.decision : undefined, 'deny');
  }

  test('is allowed once a quorum stands behind it, and uses the approval up', async () => {
    const { run, about, again, approval } = await asked(TWO);
    assert.equal((await said(client, TWO, 'maria', 'approve', about)).state, 'waiting');
    assert.equal((await again()).decision, 'needs_approval', 'one is not two');
    assert.equal((await said(client, TWO, 'theo', 'approve', about)).state, 'approved');
    assert.equal((await again()).decision, 'allow');
    assert.equal((await approval()).state, 'used');
    assert.equal((await readWarrant(client, { ...run, callId: CALL_ID }))?.state, 'authorized');
    assert.equal((await again()).decision, 'allow', 'asked again it gives the recorded answer');
  });

  test('with other arguments than those that were approved is another call', async () => {
    const { run, about, again, approval } = await asked(ONE);
    await said(client, ONE, 'maria', 'approve', about);
    await assertRefused(run, await again({ proposal: proposal(6) }), 'other_call');
    assert.equal((await approval()).state, 'approved', 'and the approval is not used up by it');
  });

  test('of another run is another call, though all else is equal', async () => {
    const { about, again, run } = await asked(ONE);
    await said(client, ONE, 'maria', 'approve', about);
    const other = await begin({ tenant: run.tenant });
    await assertRefused(other, await again({ run: other }), 'other_call');
  });

  test('cannot use an approval a second time', async () => {
    const { run, about, again } = await asked(ONE);
    await said(client, ONE, 'maria', 'approve', about);
    await changed(client, about, { state: 'used' });
    await assertRefused(run, await again(), 'approval_used');
  });

  test('is refused as rejected, with who and why', async () => {
    const { run, about, again } = await asked(ONE);
    await said(client, ONE, 'theo', 'reject', about, { note: 'too generous' });
    const result = await again();
    await assertRefused(run, result, 'approval_rejected');
    assert.equal(result.decision === 'deny' && result.reasons[0]?.message, 'rejected by theo: too generous');
  });

  test('is refused as expired when people were asked and time is over, and the approval is on record as that', async () => {
    const { run, again, approval } = await asked(ONE);
    await assertRefused(run, await again({ now: secondsAfter(NOON, 3600) }), 'approval_expired');
    assert.equal((await approval()).state, 'expired');
  });

  test('is refused as unreachable when nobody was told before time was over', async () => {
    const { run, about, again, approval } = await asked(ONE);
    await changed(client, about, { reachedUntil: null });
    await client.send(
      new UpdateCommand({
        TableName: process.env[ENV.approvalsTable],
        Key: { approval: `${about.tenant}#${about.approvalId}` },
        UpdateExpression: 'REMOVE reachedUntil',
      }),
    );
    await assertRefused(run, await again({ now: secondsAfter(NOON, 3600) }), 'approval_unreachable');
    assert.equal((await approval()).state, 'unreachable');
  });

  test('is refused as unreachable when there is no sign of anybody for as long as the envelope says', async () => {
    const { run, again, approval } = await asked(ONE);
    assert.equal((await again({ now: secondsAfter(NOON, 2999) })).decision, 'needs_approval');
    await assertRefused(run, await again({ now: secondsAfter(NOON, 3000) }), 'approval_unreachable');
    assert.equal((await approval()).state, 'unreachable');
  });

  test('is decided by the policies of the moment: what was tightened since the approval refuses it', async () => {
    const { run, about, again, approval } = await asked(ONE);
    await said(client, ONE, 'maria', 'approve', about);
    const tightened = built([
      approvedBy('support_manager', 1),
      `@id("no-points")\n@reason("no points while the books are closed")\nforbid (principal == Agent::"desk", action == Action::"${POINTS}", resource);`,
    ]);
    await assertRefused(run, await again({ bundle: tightened }), 'forbidden');
    assert.equal((await approval()).state, 'approved');
  });

  test('needs as many people as policy asks for at the moment of execution', async () => {
    const { run, about, again, approval } = await asked(ONE);
    await said(client, ONE, 'maria', 'approve', about);
    await assertRefused(run, await again({ bundle: TWO }), 'approval_insufficient');
    assert.equal((await approval()).state, 'approved', 'and is not used up');
  });

  test('is refused once its run was switched off while it waited', async () => {
    const { run, about, again } = await asked(ONE);
    await said(client, ONE, 'maria', 'approve', about);
    await client.send(
      new UpdateCommand({
        TableName: process.env[ENV.runsTable],
        Key: { [RUNS.partitionKey]: runKey(run) },
        UpdateExpression: 'SET #mode = :stopped',
        ExpressionAttributeNames: { '#mode': 'mode' },
        ExpressionAttributeValues: { ':stopped': 'stopped' },
      }),
    );
    await assertRefused(run, await again(), 'forbidden');
  });

  test('is asked about in the order of the envelope, and of the next role after its time', async () => {
    const { run, about, approval, result } = await asked(IN_TURN);
    const { asks, secondChannelFrom, heartbeatSeconds, reasons, approverRole } = await approval();
    assert.equal(approverRole, 'support_manager');
    assert.deepEqual(asks, [
      { approverRole: 'support_manager', quorum: 1, from: NOON },
      { approverRole: 'release_manager', quorum: 2, from: secondsAfter(NOON, 1800) },
    ]);
    assert.deepEqual([secondChannelFrom, heartbeatSeconds], [secondsAfter(NOON, 600), 1200]);
    assert.deepEqual(reasons, ['points wait for support_manager']);
    const [event] = (await eventsAfter(client, run)).events;
    assert.deepEqual(event?.type === 'call.decided' && event.laterAsks, [
      { approverRole: 'release_manager', quorum: 2 },
    ]);
    assert.equal(result.decision === 'needs_approval' && result.approval.heartbeatSeconds, 1200);
    await assert.rejects(said(client, IN_TURN, 'noor', 'approve', about), /role that is asked now/);
    const later = { now: secondsAfter(NOON, 1800) };
    assert.equal((await said(client, IN_TURN, 'noor', 'approve', about, later)).state, 'waiting');
    assert.equal((await said(client, IN_TURN, 'theo', 'approve', about, later)).state, 'approved');
  });

  test('asks all roles at once where the envelope gives none of them time', async () => {
    const both = built([approvedBy('support_manager', 1), approvedBy('release_manager', 1)]);
    const { about, approval } = await asked(both);
    assert.deepEqual(
      (await approval()).asks.map(({ approverRole, from }) => [approverRole, from]),
      [
        ['support_manager', NOON],
        ['release_manager', NOON],
      ],
    );
    assert.equal((await said(client, both, 'noor', 'approve', about)).state, 'approved');
  });

  test('tells who asked for it: neither they nor the principal that started the run may countersign', async () => {
    const { approval } = await asked(ONE, { startedBy: 'role/countersign-people/app' });
    assert.deepEqual((await approval()).requesters, ['ines_okafor', 'role/countersign-people/app']);
  });
});
