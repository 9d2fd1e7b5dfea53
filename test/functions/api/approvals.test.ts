import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Approval } from '../../../domain/approval/approval.ts';
import { type Person, principalOf } from '../../../domain/approval/directory.ts';
import { readApproval, requestApproval } from '../../../functions/adapters/approvals.ts';
import { configuredDirectory } from '../../../functions/adapters/directory.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { decideApproval } from '../../../functions/api/approvals.ts';
import { approvalOf } from '../../support/approval.ts';
import { arnOf, bundle, mayCountersign } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const ROLE = 'support_manager';

const person = (id: string, more: Partial<Person> = {}): Person => ({
  ...{ id, name: id, roles: [ROLE], principals: [principalOf(arnOf(id)) ?? assert.fail()] },
  ...more,
});
/** Maria is customer cust_7 as well, and Noor decides for one tenant only. */
const directory = configuredDirectory(
  {
    ...bundle.directory,
    people: [
      person('maria', { aliases: ['cust_7'] }),
      person('theo'),
      person('noor', { tenants: ['globex'] }),
      person('omar', { roles: ['FinanceAdmin'] }),
    ],
  },
  undefined,
);

describe('a verdict over the API', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  /** An approval that a run sleeps on, two support managers of which have to give. */
  async function waits(changes: Partial<Approval> = {}) {
    const run = await openRun(client, {
      ...{ workflow: 'refund-desk', agent: 'refund-desk' },
      ...(changes.tenant === undefined ? {} : { tenant: changes.tenant }),
    });
    const { tenant, runId, workflow, agent, user } = run;
    const approval = approvalOf({
      ...{ tenant, runId, workflow, agent, user, approvalId: `apr-${runId}` },
      ...{ approverRole: ROLE, quorum: 2, requestedAt: NOON, expiresAt: '2026-11-22T12:00:00.000Z' },
      ...{ heartbeatSeconds: 3600, requesters: [user.id] },
      ...changes,
    });
    await transact(client, { approval: requestApproval(approval) });
    const say = (by: string, verdict: 'approve' | 'reject' | 'withdraw', note?: string) =>
      decideApproval(approval.approvalId, JSON.stringify({ tenant, verdict, note }), arnOf(by), {
        ...{ client, directory, mayCountersign },
        clock: () => new Date(NOON),
      });
    const kept = async () => {
      const { state, verdicts, revision } = (await readApproval(client, approval)) ?? assert.fail();
      return [state, verdicts.map(({ by }) => by), revision];
    };
    return { run, say, kept };
  }

  const refused: Record<string, readonly [string, Partial<Approval>, string]> = {
    'of whom the run acts for': ['own_request', { requesters: ['maria'] }, 'maria'],
    'of whom the run acts for, by an alias': ['own_request', { requesters: ['cust_7'] }, 'maria'],
    'of whoever started the run': [
      'own_request',
      { requesters: ['lena', principalOf(arnOf('theo')) ?? ''] },
      'theo',
    ],
    'of whoever gains from the call': ['own_benefit', { beneficiaries: ['lena', 'theo'] }, 'theo'],
    'of whoever gains from the call, by an alias': ['own_benefit', { beneficiaries: ['cust_7'] }, 'maria'],
    'of somebody of another tenant': ['other_tenant', {}, 'noor'],
    'of somebody with another role': ['missing_role', {}, 'omar'],
  };
  for (const [who, [code, changes, by]] of Object.entries(refused)) {
    test(`${who} is refused, and nothing is recorded`, async () => {
      const { run, say, kept } = await waits(changes);
      for (const verdict of ['approve', 'reject'] as const) {
        await assert.rejects(say(by, verdict), { status: 403, code });
      }
      assert.deepEqual(await kept(), ['waiting', [], 0]);
      assert.deepEqual((await eventsAfter(client, run)).events, []);
    });
  }

  test('of somebody in a tenant of theirs counts', async () => {
    const { say, kept } = await waits({ tenant: 'globex' });
    await say('noor', 'approve');
    assert.deepEqual(await kept(), ['waiting', ['noor'], 1]);
  });

  test('counts once for each person, whatever they say how often', async () => {
    const { say, kept } = await waits();
    await say('maria', 'approve');
    await say('maria', 'approve', 'again');
    assert.deepEqual(await kept(), ['waiting', ['maria'], 1]);
    await say('theo', 'approve');
    assert.deepEqual(await kept(), ['approved', ['maria', 'theo'], 2]);
  });

  test('can be taken back by whoever gave it until the quorum is there, and given again', async () => {
    const { run, say, kept } = await waits();
    await assert.rejects(say('maria', 'withdraw'), { status: 409, code: 'nothing_to_withdraw' });
    await say('maria', 'approve');
    await assert.rejects(say('theo', 'withdraw'), { status: 409, code: 'nothing_to_withdraw' });
    await say('maria', 'withdraw', 'not sure any more');
    assert.deepEqual(await kept(), ['waiting', [], 2]);
    await say('theo', 'approve');
    assert.deepEqual(await kept(), ['waiting', ['theo'], 3], 'what was taken back does not count');
    await say('maria', 'approve');
    assert.deepEqual(await kept(), ['approved', ['theo', 'maria'], 4]);
    await assert.rejects(say('maria', 'withdraw'), { status: 409, code: 'already_decided' });
    const { events } = await eventsAfter(client, run);
    assert.deepEqual(
      events.map((event) => event.type === 'approval.verdict' && [event.by, event.verdict, event.state]),
      [
        ['maria', 'approve', 'waiting'],
        ['maria', 'withdraw', 'waiting'],
        ['theo', 'approve', 'waiting'],
        ['maria', 'approve', 'approved'],
      ],
    );
  });

  test('of somebody who has approved may still be no', async () => {
    const { say, kept } = await waits();
    await say('maria', 'approve');
    await say('maria', 'reject', 'the order is another one');
    assert.deepEqual(await kept(), ['rejected', ['maria'], 2]);
  });
});
