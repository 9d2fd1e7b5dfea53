import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import type { Approval } from '../../../domain/approval/approval.ts';
import { secondsAfter } from '../../../domain/time.ts';
import { readApproval, requestApproval } from '../../../functions/adapters/approvals.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { VerdictRefused } from '../../../functions/adapters/verdicts.ts';
import { approvalOf } from '../../support/approval.ts';
import { bundle } from '../../support/bundle.ts';
import { asleep, said } from '../../support/countersigning.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

describe('verdicts', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  async function waiting(changes: Partial<Approval> = {}) {
    const { tenant, runId } = await openRun(client, { workflow: 'support', agent: 'helper' });
    const approval = approvalOf({
      ...{ approvalId: `apr-${randomUUID()}`, tenant, runId, requesters: ['lena'] },
      ...{ approverRole: 'support_manager', quorum: 2, requestedAt: NOON },
      ...{ expiresAt: secondsAfter(NOON, 3600), reachedUntil: secondsAfter(NOON, 3600) },
      ...changes,
    });
    await transact(client, { approval: requestApproval(approval) });
    await asleep(client, approval);
    const read = async () => (await readApproval(client, approval)) ?? assert.fail();
    const verdicts = async () =>
      (await eventsAfter(client, approval)).events.flatMap((event) =>
        event.type === 'approval.verdict' ? [[event.by, event.verdict, event.state]] : [],
      );
    return { approval, read, verdicts };
  }

  const refusedAs = (code: string) => (error: unknown) =>
    error instanceof VerdictRefused && error.code === code;

  test('of two people at the same instant both count, and one of them completes the quorum', async () => {
    const { approval, read, verdicts } = await waiting();
    const states = await Promise.all(
      ['maria', 'theo'].map((by) => said(client, bundle, by, 'approve', approval)),
    );
    assert.deepEqual(states.map(({ state }) => state).toSorted(), ['approved', 'waiting']);
    const { state, revision, verdicts: given } = await read();
    assert.deepEqual([state, revision, given.length], ['approved', 2, 2]);
    assert.equal((await verdicts()).length, 2);
  });

  test('of the same person count once, however often and however quickly they come', async () => {
    const { approval, read, verdicts } = await waiting();
    await Promise.all(Array.from({ length: 6 }, () => said(client, bundle, 'maria', 'approve', approval)));
    assert.equal((await read()).state, 'waiting');
    assert.deepEqual(await verdicts(), [['maria', 'approve', 'waiting']]);
  });

  test('are taken back until the quorum, and then count no more', async () => {
    const { approval, read, verdicts } = await waiting();
    await said(client, bundle, 'maria', 'approve', approval);
    await said(client, bundle, 'maria', 'withdraw', approval);
    assert.equal((await said(client, bundle, 'theo', 'approve', approval)).state, 'waiting');
    assert.equal((await said(client, bundle, 'maria', 'approve', approval)).state, 'approved');
    await assert.rejects(said(client, bundle, 'maria', 'withdraw', approval), refusedAs('already_decided'));
    assert.equal((await read()).revision, 4);
    assert.deepEqual(
      (await verdicts()).map(([by, verdict]) => `${by} ${verdict}`),
      ['maria approve', 'maria withdraw', 'theo approve', 'maria approve'],
    );
  });

  test('that somebody has not given cannot be taken back', async () => {
    const { approval } = await waiting();
    await said(client, bundle, 'maria', 'approve', approval);
    await assert.rejects(
      said(client, bundle, 'theo', 'withdraw', approval),
      refusedAs('nothing_to_withdraw'),
    );
  });

  test('may change from yes to no at once, and never back', async () => {
    const { approval, read } = await waiting();
    await said(client, bundle, 'maria', 'approve', approval);
    assert.equal((await said(client, bundle, 'maria', 'reject', approval)).state, 'rejected');
    await assert.rejects(said(client, bundle, 'maria', 'approve', approval), refusedAs('already_decided'));
    assert.deepEqual(
      (await read()).verdicts.map(({ by, verdict }) => [by, verdict]),
      [['maria', 'reject']],
    );
  });

  test('that are pressed once count once, whatever was taken back since', async () => {
    const { approval, read } = await waiting();
    await said(client, bundle, 'maria', 'approve', approval, { press: 'p1' });
    await said(client, bundle, 'maria', 'withdraw', approval, { press: 'p2' });
    const replayed = await said(client, bundle, 'maria', 'approve', approval, { press: 'p1' });
    assert.deepEqual([replayed.state, replayed.verdicts], ['waiting', []]);
    assert.equal((await read()).revision, 2);
    await said(client, bundle, 'maria', 'approve', approval, { press: 'p3' });
    assert.equal((await read()).verdicts.length, 1);
  });

  test('of somebody who withdrew and of somebody else at once: each is taken against what was there', async () => {
    const { approval, read } = await waiting();
    await said(client, bundle, 'maria', 'approve', approval);
    // the number of verdicts is the same before and after; only the revision tells
    await Promise.all([
      said(client, bundle, 'maria', 'withdraw', approval),
      said(client, bundle, 'theo', 'approve', approval),
    ]).catch((error) => assert.ok(refusedAs('already_decided')(error), error));
    const { state, verdicts } = await read();
    assert.deepEqual(
      state === 'approved' ? verdicts.map(({ by }) => by).toSorted() : verdicts.map(({ by }) => by),
      state === 'approved' ? ['maria', 'theo'] : ['theo'],
    );
  });

  test('about another call than the one that was shown are refused', async () => {
    const { approval, read } = await waiting();
    const other = said(client, bundle, 'maria', 'approve', approval, { digest: 'another' });
    await assert.rejects(other, refusedAs('other_call'));
    assert.equal((await read()).revision, 0);
  });

  test('come too late when time is over or the run has given up', async () => {
    const { approval } = await waiting({ reachedUntil: secondsAfter(NOON, 60) });
    const at = (seconds: number) => ({ now: secondsAfter(NOON, seconds) });
    await assert.rejects(
      said(client, bundle, 'maria', 'approve', approval, at(60)),
      refusedAs('approval_unreachable'),
    );
    await assert.rejects(
      said(client, bundle, 'maria', 'approve', approval, at(3600)),
      refusedAs('approval_expired'),
    );
  });

  test('about what does not exist are refused, in another tenant too', async () => {
    const { approval } = await waiting();
    for (const about of [
      { ...approval, approvalId: 'apr-none' },
      { ...approval, tenant: 'other' },
    ]) {
      await assert.rejects(said(client, bundle, 'maria', 'approve', about), refusedAs('unknown_approval'));
    }
  });
});
