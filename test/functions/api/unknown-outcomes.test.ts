import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { OutcomeStatus } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import { ledgerEvent } from '../../../domain/audit/event.ts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { appendEvent, eventsAfter } from '../../../functions/adapters/events.ts';
import { beginFirstAttempt, putWarrant, settleWarrant } from '../../../functions/adapters/warrants.ts';
import { listUnknownOutcomes, settleOutcome } from '../../../functions/api/unknown-outcomes.ts';
import { arnOf, deployed } from '../../support/bundle.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';

const AUTHORIZED = '2026-11-21T12:00:00.000Z';
const BROKE_OFF = '2026-11-21T12:01:00.000Z';
const NOW = '2026-11-21T14:00:00.000Z';
/** Seven days after `NOW`. */
const PURGED = Date.parse('2026-11-28T14:00:00.000Z') / 1000;

describe('unknown outcomes at the api', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const dependencies = () => ({ ...deployed, client, clock: () => new Date(NOW) });

  /** A call that an executor has settled so. */
  async function settled(status: OutcomeStatus, change: Partial<Warrant> = {}): Promise<Warrant> {
    const warrant: Warrant = {
      tenant: `t-${randomUUID().slice(0, 8)}`,
      runId: 'run-1',
      callId: '0001-00',
      digest: 'd'.repeat(64),
      digestKey: DIGEST_KEY,
      state: 'authorized',
      workflow: 'helpdesk-triage',
      agent: 'helpdesk-triage',
      user: { id: 'ines_okafor', roles: ['support_agent'] },
      proposal: { tool: 'helpdesk.add_comment', arguments: { ticket_id: 'T-7', body: 'dear Lena' } },
      resource: { type: 'Ticket', id: 'T-7', attributes: {} },
      holdMicroDollars: 5,
      policies: [],
      policyDigest: 'p',
      authorizedAt: AUTHORIZED,
      expiresAt: '2026-11-21T12:02:00.000Z',
      ...change,
    };
    await transact(client, { warrant: putWarrant(warrant) });
    await beginFirstAttempt(client, warrant, AUTHORIZED, BROKE_OFF);
    const { callId } = warrant;
    const error = { code: 'tool_failed', message: 'the connection broke off' };
    const outcome = { decision: 'allow', callId, status, error, costMicroDollars: 5 } as const;
    const event = ledgerEvent(warrant, `${callId}/executed`, BROKE_OFF, {
      type: 'call.executed',
      callId,
      tool: warrant.proposal.tool,
      status,
      error,
      effects: ['tickets/T-7'],
      costMicroDollars: 5,
      releasedMicroDollars: 0,
    });
    await transact(client, {
      warrant: settleWarrant(warrant, 1, outcome, BROKE_OFF),
      event: appendEvent(event),
    });
    return warrant;
  }

  const stored = async ({ tenant, runId, callId }: Warrant) => {
    const Key = { run: `${tenant}#${runId}`, callId };
    return (await client.send(new GetCommand({ TableName: process.env[ENV.warrantsTable], Key }))).Item;
  };

  const settle = (warrant: Warrant, person: string, change: object = {}) =>
    settleOutcome(
      warrant,
      JSON.stringify({ tenant: warrant.tenant, happened: true, note: 'seen in the helpdesk', ...change }),
      arnOf(person),
      dependencies(),
    );

  test('what became unknown is in the queue with all that is needed to look it up, and is not purged', async () => {
    const warrant = await settled('unknown');
    const [outcome, ...others] = await listUnknownOutcomes(warrant.tenant, dependencies());
    assert.deepEqual(others, []);
    const { arguments: shown, ...rest } = outcome ?? assert.fail('the queue is empty');
    assert.equal(shown.ticket_id, 'T-7');
    assert.match(String(shown.body), /^hmac:/, 'what is not fit for the log is not shown');
    assert.deepEqual(rest, {
      tenant: warrant.tenant,
      runId: 'run-1',
      callId: '0001-00',
      workflow: 'helpdesk-triage',
      agent: 'helpdesk-triage',
      user: { id: 'ines_okafor', roles: ['support_agent'] },
      unknownSince: BROKE_OFF,
      tool: 'helpdesk.add_comment',
      resource: 'Ticket/T-7',
      effects: ['tickets/T-7'],
      error: { code: 'tool_failed', message: 'the connection broke off' },
      idempotency: 'by_lookup',
      idempotencyKey: 'd'.repeat(36),
      attempts: 1,
      costMicroDollars: 5,
      reviewerRole: 'support_manager',
    });
    assert.equal((await stored(warrant))?.purgeAt, undefined);
  });

  for (const status of ['succeeded', 'failed'] as const) {
    test(`what has ${status} is in no queue, and is purged as before`, async () => {
      const warrant = await settled(status);
      assert.deepEqual(await listUnknownOutcomes(warrant.tenant, dependencies()), []);
      const purgeAt = Date.parse(AUTHORIZED) / 1000 + 7 * 86_400;
      assert.equal((await stored(warrant))?.purgeAt, purgeAt);
      await assert.rejects(settle(warrant, 'maria'), { status: 409, code: 'not_unknown' });
    });
  }

  test('how it was found out is recorded without personal data', async () => {
    const warrant = await settled('unknown');
    const told = { note: 'lena@example.com has it', evidence: 'mail of lena@example.com' };
    const { settled: record } = await settle(warrant, 'maria', told);
    assert.deepEqual(
      [record.note, record.evidence],
      ['[redacted: email] has it', 'mail of [redacted: email]'],
    );
    assert.ok(!JSON.stringify(await eventsAfter(client, warrant)).includes('lena@'));
  });

  for (const [happened, status] of [
    [true, 'succeeded'],
    [false, 'failed'],
  ] as const) {
    test(`a reviewer says that it ${happened ? 'happened' : 'did not happen'}: once, on record, and out of the queue`, async () => {
      const warrant = await settled('unknown');
      const view = await settle(warrant, 'maria', { happened, evidence: 'C-9' });
      const found = { happened, by: 'maria', at: NOW, note: 'seen in the helpdesk', evidence: 'C-9' };
      assert.deepEqual([view.status, view.settled], [status, found]);
      assert.deepEqual(await listUnknownOutcomes(warrant.tenant, dependencies()), []);
      const item = await stored(warrant);
      assert.deepEqual(item?.settled, found);
      assert.deepEqual(
        [item?.purgeAt, item?.unknownTenant, item?.unknownSince],
        [PURGED, undefined, undefined],
      );
      assert.deepEqual(
        [item?.state, item?.digest],
        ['unknown', warrant.digest],
        'and nothing that makes it usable',
      );
      const { events } = await eventsAfter(client, warrant);
      const [event, ...more] = events.filter(({ type }) => type === 'call.settled');
      assert.deepEqual(more, []);
      assert.ok(event?.type === 'call.settled');
      assert.deepEqual(
        [event.id, event.callId, event.tool, event.happened, event.by, event.note, event.evidence],
        [
          '0001-00/settled',
          '0001-00',
          'helpdesk.add_comment',
          happened,
          'maria',
          'seen in the helpdesk',
          'C-9',
        ],
      );
    });
  }

  const FORBIDDEN: Record<string, readonly [string, Partial<Warrant>, RegExp]> = {
    'nobody of the directory': ['app', {}, /is nobody in the directory/],
    'a person without the role': ['omar', {}, /omar lacks the role 'support_manager'/],
    'somebody with another role only': ['noor', {}, /noor lacks the role 'support_manager'/],
    'the person for whom the run acted': ['maria', { user: { id: 'maria', roles: [] } }, /ask somebody else/],
  };
  for (const [who, [person, change, message]] of Object.entries(FORBIDDEN)) {
    test(`${who} settles nothing`, async () => {
      const warrant = await settled('unknown', change);
      await assert.rejects(settle(warrant, person), { status: 403, message });
      assert.equal((await listUnknownOutcomes(warrant.tenant, dependencies())).length, 1);
    });
  }

  for (const [what, change] of Object.entries({
    'without saying what became of it': { happened: undefined },
    'without a note': { note: '  ' },
    'in the name of somebody else': { by: 'theo' },
    'with the state that it is to have': { state: 'authorized' },
  })) {
    test(`settling ${what} is refused`, async () => {
      const warrant = await settled('unknown');
      await assert.rejects(settle(warrant, 'maria', change), { status: 400 });
      assert.equal((await stored(warrant))?.settled, undefined);
    });
  }

  test('a call that does not exist, or is of another tenant, is not found', async () => {
    const warrant = await settled('unknown');
    await assert.rejects(settle({ ...warrant, callId: '0009-00' }, 'maria'), { status: 404 });
    await assert.rejects(settle({ ...warrant, tenant: 'other' }, 'maria'), { status: 404 });
    assert.equal(await stored({ ...warrant, tenant: 'other' }), undefined, 'and is not brought about');
  });

  test('a call that is still under way is not for people', async () => {
    const warrant = { ...(await settled('unknown')), runId: 'run-2' };
    await transact(client, { warrant: putWarrant(warrant) });
    await beginFirstAttempt(client, warrant, AUTHORIZED, BROKE_OFF);
    await assert.rejects(settle(warrant, 'maria'), { status: 409, message: /is executing/ });
  });

  test('a workflow that is deployed no more has nobody who reviews it', async () => {
    const warrant = await settled('unknown', { workflow: 'gone' });
    await assert.rejects(settle(warrant, 'maria'), { status: 409, code: 'no_envelope' });
    assert.equal((await listUnknownOutcomes(warrant.tenant, dependencies()))[0]?.reviewerRole, '(none)');
  });

  test('the same by the same person again answers the same; anything else comes too late', async () => {
    const warrant = await settled('unknown');
    const first = await settle(warrant, 'maria');
    assert.deepEqual(await settle(warrant, 'maria', { note: 'again' }), first);
    const late = { status: 409, message: /maria settled call 0001-00 at .*: it happened/ };
    await assert.rejects(settle(warrant, 'maria', { happened: false }), late);
    await assert.rejects(settle(warrant, 'theo'), late);
    const { events } = await eventsAfter(client, warrant);
    assert.equal(events.filter(({ type }) => type === 'call.settled').length, 1);
  });

  test('of two people who settle at once one does, and the other is told who', async () => {
    const warrant = await settled('unknown');
    const answers = await Promise.allSettled([
      settle(warrant, 'maria'),
      settle(warrant, 'theo', { happened: false }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(answers.find((each) => each.status === 'rejected')?.reason.code, 'already_settled');
    const { events } = await eventsAfter(client, warrant);
    assert.equal(events.filter(({ type }) => type === 'call.settled').length, 1);
  });
});
