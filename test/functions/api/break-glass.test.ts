import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BreakGlassVerdict } from '../../../contracts/break-glass.ts';
import { decideBreakGlass, listBreakGlass, openBreakGlass } from '../../../functions/api/break-glass.ts';
import { ApiFailure } from '../../../functions/api/http.ts';
import { getEvents } from '../../../functions/api/runs.ts';
import { arnOf, deployed } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';

const NOON = '2026-11-21T12:00:00.000Z';
const TOOL = 'helpdesk.redact_ticket';

describe('break-glass at the api', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const at = (now: string) => ({
    ...deployed,
    client,
    clock: () => new Date(now),
    randomId: () => randomUUID(),
  });

  const asked = (change: object = {}) => ({
    tenant: 'acme',
    workflow: 'helpdesk-triage',
    incident: 'INC-7',
    reason: 'a token was written into a ticket',
    minutes: 30,
    ...change,
  });

  const open = (change: object = {}, person = 'maria', now = NOON) =>
    openBreakGlass(JSON.stringify(asked(change)), arnOf(person), at(now));

  const decide = (grantId: string, verdict: BreakGlassVerdict, person: string, now = NOON, tenant = 'acme') =>
    decideBreakGlass(grantId, JSON.stringify({ tenant, verdict }), arnOf(person), at(now));

  const eventsOf = async (runId: string, tenant = 'acme') =>
    (await getEvents(tenant, runId, '', { client, ...deployed })).events;

  const newTenant = () => `t-${randomUUID().slice(0, 8)}`;

  test('why it is needed is recorded without personal data', async () => {
    const { grantId, reason } = await open({ reason: 'asked for by lena@example.com' });
    assert.equal(reason, 'asked for by [redacted: email]');
    assert.ok(!JSON.stringify(await eventsOf(grantId)).includes('lena@'));
  });

  test('one opens, another confirms, anybody of the role ends it, and each is an event of the grant', async () => {
    const opened = await open();
    assert.deepEqual([opened.state, opened.tools], ['requested', [TOOL]]);
    assert.equal(opened.confirmBefore, '2026-11-21T12:15:00.000Z');
    const active = await decide(opened.grantId, 'confirm', 'theo', '2026-11-21T12:05:00.000Z');
    assert.deepEqual([active.state, active.expiresAt], ['active', '2026-11-21T12:35:00.000Z']);
    const ended = await decide(opened.grantId, 'end', 'noor', '2026-11-21T12:10:00.000Z');
    assert.deepEqual([ended.state, ended.closedBy], ['ended', 'noor']);
    const events = await eventsOf(opened.grantId);
    assert.deepEqual(
      events.map((event) => [event.type, 'by' in event && event.by, event.workflow, event.agent]),
      [
        ['break_glass.opened', 'maria', 'helpdesk-triage', 'helpdesk-triage'],
        ['break_glass.confirmed', 'theo', 'helpdesk-triage', 'helpdesk-triage'],
        ['break_glass.ended', 'noor', 'helpdesk-triage', 'helpdesk-triage'],
      ],
    );
    const [first, second] = events;
    assert.ok(first?.type === 'break_glass.opened' && second?.type === 'break_glass.confirmed');
    assert.deepEqual([first.incident, first.minutes, first.tools], ['INC-7', 30, [TOOL]]);
    assert.equal(second.expiresAt, '2026-11-21T12:35:00.000Z');
  });

  const FORBIDDEN: Record<string, readonly [person: string, RegExp]> = {
    'nobody of the directory': ['app', /is nobody in the directory/],
    'a person without a role for it': [
      'omar',
      /omar has none of the roles for break-glass \(incident_commander\)/,
    ],
  };
  for (const [who, [person, message]] of Object.entries(FORBIDDEN)) {
    test(`${who} neither opens nor confirms`, async () => {
      await assert.rejects(open({}, person), { status: 403, message });
      const { grantId } = await open();
      await assert.rejects(decide(grantId, 'confirm', person), { status: 403, message });
      assert.equal((await eventsOf(grantId)).length, 1);
    });
  }

  test('who opened it cannot confirm it, also under a second principal of the body', async () => {
    const { grantId } = await open();
    await assert.rejects(decide(grantId, 'confirm', 'maria'), { status: 403, code: 'own_request' });
    const body = JSON.stringify({ tenant: 'acme', verdict: 'confirm', by: 'theo' });
    await assert.rejects(decideBreakGlass(grantId, body, arnOf('maria'), at(NOON)), { status: 400 });
  });

  const BAD: Record<string, readonly [object, RegExp]> = {
    'more than an hour': [{ minutes: 61 }, /minutes/],
    'no time at all': [{ minutes: 0 }, /minutes/],
    'half a minute': [{ minutes: 0.5 }, /minutes/],
    'no reason': [{ reason: ' ' }, /reason/],
    'no incident': [{ incident: '' }, /incident/],
    'a member that nobody knows': [{ confirmedBy: 'theo' }, /confirmedBy/],
    'no tool': [{ tools: [] }, /tools/],
    'a tool of another tier': [
      { tools: ['helpdesk.add_comment'] },
      /'helpdesk\.add_comment', expected one of helpdesk\.redact_ticket/,
    ],
    'a tool of another workflow': [{ tools: ['retail.get_order_details'] }, /expected one of/],
    'a workflow without tools of tier 4': [{ workflow: 'retail-support' }, /allows no tool of tier 4/],
  };
  for (const [what, [change, message]] of Object.entries(BAD)) {
    test(`asking for ${what} is refused with the field, and nothing is recorded`, async () => {
      const tenant = newTenant();
      await assert.rejects(open({ tenant, ...change }), (error) => {
        assert.ok(error instanceof ApiFailure);
        assert.equal(error.status, 400);
        assert.match(error.fields.map((each) => `${each.field} ${each.message}`).join('; '), message);
        return true;
      });
      assert.deepEqual(await listBreakGlass(tenant, at(NOON)), []);
    });
  }

  test('an unknown workflow, one of every object among them, and an unknown grant are not found', async () => {
    await assert.rejects(open({ workflow: 'no-such' }), {
      status: 404,
      message: /expected one of helpdesk-triage/,
    });
    await assert.rejects(open({ workflow: 'toString' }), { status: 404 });
    await assert.rejects(decide('bg-x', 'confirm', 'theo'), { status: 404 });
    await assert.rejects(eventsOf('bg-x'), { status: 404 });
    const { grantId } = await open();
    await assert.rejects(decide(grantId, 'confirm', 'theo', NOON, 'other'), { status: 404 });
    await assert.rejects(eventsOf(grantId, 'other'), { status: 404 });
  });

  test('asking twice with one token asks once; for something else it wants another token', async () => {
    const tenant = newTenant();
    const first = await open({ tenant, clientToken: 'k' });
    const again = await open({ tenant, clientToken: 'k' }, 'maria', '2026-11-21T12:00:09.000Z');
    assert.deepEqual(again, first);
    assert.equal((await eventsOf(first.grantId, tenant)).length, 1);
    await assert.rejects(open({ tenant, clientToken: 'k', minutes: 60 }), {
      status: 409,
      code: 'client_token_reused',
    });
    assert.notEqual((await open({ tenant, clientToken: 'k' }, 'theo')).grantId, first.grantId);
  });

  test('the same verdict again answers the same and writes nothing', async () => {
    const { grantId } = await open();
    const first = await decide(grantId, 'confirm', 'theo');
    assert.deepEqual(await decide(grantId, 'confirm', 'theo', '2026-11-21T12:09:00.000Z'), first);
    assert.equal((await eventsOf(grantId)).length, 2);
  });

  test('of two that confirm at once one does, and time counts once', async () => {
    const { grantId } = await open();
    const answers = await Promise.allSettled([
      decide(grantId, 'confirm', 'theo', '2026-11-21T12:01:00.000Z'),
      decide(grantId, 'confirm', 'noor', '2026-11-21T12:02:00.000Z'),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const lost = answers.find((each) => each.status === 'rejected');
    assert.equal(lost?.reason.code, 'is_active');
    assert.equal((await eventsOf(grantId)).filter(({ type }) => type === 'break_glass.confirmed').length, 1);
  });

  test('of a confirmation and a rejection at once one counts', async () => {
    const { grantId } = await open();
    const answers = await Promise.allSettled([
      decide(grantId, 'confirm', 'theo'),
      decide(grantId, 'reject', 'noor'),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await eventsOf(grantId)).length, 2);
  });

  test('of a confirmation and an end at once the end never comes first, and after both it is closed or active', async () => {
    const { grantId } = await open();
    const [confirmed, ended] = await Promise.allSettled([
      decide(grantId, 'confirm', 'theo', '2026-11-21T12:01:00.000Z'),
      decide(grantId, 'end', 'noor', '2026-11-21T12:02:00.000Z'),
    ]);
    assert.equal(confirmed.status, 'fulfilled');
    const types = (await eventsOf(grantId)).map(({ type }) => type);
    assert.deepEqual(types.slice(0, 2), ['break_glass.opened', 'break_glass.confirmed']);
    assert.equal(types.includes('break_glass.ended'), ended.status === 'fulfilled');
  });

  test('of two that end it at once one is on record', async () => {
    const { grantId } = await open();
    await decide(grantId, 'confirm', 'theo');
    const later = '2026-11-21T12:02:00.000Z';
    const answers = await Promise.allSettled([
      decide(grantId, 'end', 'theo', later),
      decide(grantId, 'end', 'noor', later),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await eventsOf(grantId)).length, 3);
  });

  test('the listing shows what waits and what is active, and nothing that is over', async () => {
    const tenant = newTenant();
    const [waiting, active, rejected, ended] = await Promise.all(
      ['INC-1', 'INC-2', 'INC-3', 'INC-4'].map((incident) => open({ tenant, incident })),
    );
    for (const [grant, verdict] of [
      [active, 'confirm'],
      [rejected, 'reject'],
      [ended, 'confirm'],
    ] as const) {
      await decide(grant?.grantId ?? '', verdict, 'theo', NOON, tenant);
    }
    await decide(ended?.grantId ?? '', 'end', 'theo', NOON, tenant);
    const shown = async (now: string) =>
      (await listBreakGlass(tenant, at(now))).map(({ grantId, state }) => [grantId, state]).sort();
    assert.deepEqual(
      await shown(NOON),
      [
        [waiting?.grantId, 'requested'],
        [active?.grantId, 'active'],
      ].sort(),
    );
    assert.deepEqual(await shown('2026-11-21T12:20:00.000Z'), [[active?.grantId, 'active']]);
    assert.deepEqual(await shown('2026-11-21T12:30:00.000Z'), []);
    assert.deepEqual(await listBreakGlass(newTenant(), at(NOON)), []);
  });
});
