import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { issueRefund } from '../../../../functions/tools/desk/definitions.ts';
import { MAXIMUM_THREAD } from '../../../../functions/tools/desk/documents.ts';
import { wholeMonths } from '../../../../functions/tools/desk/facts.ts';
import { deskHandlers } from '../../../../functions/tools/desk/handlers.ts';
import { exampleTables, skip } from '../example-tables.ts';
import { callRecord } from '../retail/call-context.ts';

const refund = deskHandlers['desk.issue_refund'];
const reply = deskHandlers['desk.send_reply'];
/** Of Mila, who has paid $64.90 and was given $45.00 back before. */
const LAMP = 'T-301';
const MILA = 'mila_sorensen_2207';

describe('the tools of the refund desk', { skip }, () => {
  const tables = exampleTables('desk');
  const ticket = async (tenant: string, id = LAMP) => (await tables.read('tickets', tenant, id)).document;
  const givenBack = async (tenant: string) =>
    (await tables.read('customers', tenant, MILA)).document.lifetime_refunds_cents;

  it('show a ticket without the calls that wrote in it', async () => {
    const tenant = await tables.freshTenant();
    const { context } = callRecord(tenant, randomUUID());
    await refund({ ticket_id: LAMP, amount_usd: 4.9 }, context);
    await reply({ ticket_id: LAMP, body: 'Sorry.' }, callRecord(tenant, randomUUID()).context);
    const shown = await deskHandlers['desk.get_ticket']({ ticket_id: LAMP }, context);
    assert.deepEqual(shown, {
      ticket_id: LAMP,
      customer_id: MILA,
      subject: 'Lamp arrived broken',
      status: 'open',
      tags: ['damaged', 'refund_approved'],
      paid_usd: 64.9,
      refunded_usd: 4.9,
      thread: [
        { from: 'customer', body: 'The shade of the lamp was in pieces. I would like my money back.' },
        { from: 'desk', body: 'Sorry.' },
      ],
    });
  });

  it('enter a refund in the ticket, with its run and call, and in the sum of the customer', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    const { context, effects } = callRecord(tenant, key, 'run-7');
    const answer = await refund({ ticket_id: LAMP, amount_usd: 64.9 }, context);
    assert.deepEqual(answer, { ticket_id: LAMP, amount_usd: 64.9, refunded_usd: 64.9 });
    assert.deepEqual((await ticket(tenant)).refunds, [
      { amount_cents: 6490, call: { run_id: 'run-7', call_id: '0001-00', idempotency_key: key } },
    ]);
    assert.equal(await givenBack(tenant), 4500 + 6490);
    assert.deepEqual(effects, [`tickets/${LAMP}`, `customers/${MILA}`]);
  });

  it('give money back once when a call is repeated or its attempts race, also after other refunds', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    const ten = { ticket_id: LAMP, amount_usd: 10 };
    await Promise.all([1, 2, 3, 4].map(() => refund(ten, callRecord(tenant, key).context)));
    await refund({ ticket_id: LAMP, amount_usd: 5 }, callRecord(tenant, randomUUID()).context);
    const late = await refund(ten, callRecord(tenant, key).context);
    assert.deepEqual(late, { ticket_id: LAMP, amount_usd: 10, refunded_usd: 15 });
    assert.equal(await givenBack(tenant), 4500 + 1500);
  });

  it('never give more back than was paid, whoever is faster', async () => {
    const tenant = await tables.freshTenant();
    const settled = await Promise.allSettled(
      [40, 40].map((amount_usd) =>
        refund({ ticket_id: LAMP, amount_usd }, callRecord(tenant, randomUUID()).context),
      ),
    );
    const refusals = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
    assert.deepEqual(
      refusals.map(({ name, message }) => [name, message]),
      [['ToolRefusal', 'of ticket T-301 2490 cents can be given back, got 4000']],
    );
    assert.equal(await givenBack(tenant), 4500 + 4000);
  });

  it('refuse a ticket that is solved, is not there, or whose customer is not', async () => {
    const tenant = await tables.freshTenant();
    const { context } = callRecord(tenant, randomUUID());
    const refused = (ticket_id: string, message: string) =>
      assert.rejects(refund({ ticket_id, amount_usd: 1 }, context), { name: 'ToolRefusal', message });
    await refused('T-307', 'ticket T-307 is solved');
    await refused('T-1', 'there is no ticket T-1');
    await tables.change('tickets', tenant, LAMP, { customer_id: 'nobody_1' });
    await refused(LAMP, 'there is no customer nobody_1');
  });

  it('send a reply once, numbered, with its run and call, to a ticket that is not full', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    const words = { ticket_id: LAMP, body: 'It is on its way.' };
    await Promise.all([1, 2, 3].map(() => reply(words, callRecord(tenant, key, 'run-7').context)));
    await reply({ ...words, body: 'Anything else?' }, callRecord(tenant, randomUUID()).context);
    const late = await reply(words, callRecord(tenant, key).context);
    assert.deepEqual(late, { ticket_id: LAMP, message: 2 });
    const { thread } = await ticket(tenant);
    assert.equal(thread.length, 3);
    assert.deepEqual(thread[1], {
      from: 'desk',
      body: words.body,
      call: { run_id: 'run-7', call_id: '0001-00', idempotency_key: key },
    });
    const full = Array(MAXIMUM_THREAD).fill({ from: 'customer', body: 'Hello?' });
    await tables.change('tickets', tenant, LAMP, { thread: full });
    await assert.rejects(reply(words, callRecord(tenant, randomUUID()).context), {
      name: 'ToolRefusal',
      message: `ticket T-301 has ${MAXIMUM_THREAD} messages and takes no more`,
    });
  });

  it('are decided on the ticket, and a refund on its customer', async () => {
    const tenant = await tables.freshTenant();
    const asked = { ticket_id: LAMP };
    const resource = {
      type: 'DeskTicket',
      id: LAMP,
      attributes: { exists: true, customer: MILA, status: 'open', tags: ['damaged', 'refund_approved'] },
    };
    assert.deepEqual(await tables.factsOf(tenant, 'desk.send_reply', asked), { resource, call: {} });
    assert.deepEqual(await tables.factsOf(tenant, 'desk.issue_refund', asked), {
      resource,
      call: { customerTenureMonths: 30, fraudRiskScore: 0.08, lifetimeRefundsUsd: 45 },
    });
    await refund({ ticket_id: LAMP, amount_usd: 0.55 }, callRecord(tenant, randomUUID()).context);
    const { call } = await tables.factsOf(tenant, 'desk.issue_refund', asked);
    assert.equal(call.lifetimeRefundsUsd, 45.55);
  });

  it('count whom nobody knows as new and as risky as can be', async () => {
    const tenant = await tables.freshTenant();
    const stranger = { customerTenureMonths: 0, fraudRiskScore: 1, lifetimeRefundsUsd: 0 };
    const missing = await tables.factsOf(tenant, 'desk.issue_refund', { ticket_id: 'T-1' });
    const attributes = { exists: false, tags: [] };
    assert.deepEqual(missing, { resource: { type: 'DeskTicket', id: 'T-1', attributes }, call: stranger });
    await tables.change('tickets', tenant, LAMP, { customer_id: 'nobody_1' });
    assert.deepEqual((await tables.factsOf(tenant, 'desk.issue_refund', { ticket_id: LAMP })).call, stranger);
    const foreign = await tables.factsOf('tenant-of-others', 'desk.issue_refund', { ticket_id: LAMP });
    assert.deepEqual(foreign.resource.attributes, attributes);
  });
});

describe('a refund', () => {
  const isAmount = (amount_usd: unknown) =>
    issueRefund.input.safeParse({ ticket_id: LAMP, amount_usd }).success;

  it('is an amount of dollars with cents, above nothing', () => {
    assert.deepEqual([0.01, 0.1, 19.99, 64.9, 1.15, 9999.99, 10_000].filter(isAmount).length, 7);
    const bad = [0, -1, 0.001, 19.999, 10_000.01, Number.NaN, Number.POSITIVE_INFINITY, '5'];
    assert.deepEqual(bad.filter(isAmount), []);
  });
});

describe('months as a customer', () => {
  it('are whole ones, and none for a day to come', () => {
    const months = (from: string, to: string) => wholeMonths(new Date(from), new Date(to));
    assert.equal(months('2026-03-15', '2026-06-14T23:59:59Z'), 2);
    assert.equal(months('2026-03-15', '2026-06-15'), 3);
    assert.equal(months('2024-12-01', '2026-06-15'), 18);
    assert.equal(months('2026-06-16', '2026-06-15'), 0);
    assert.equal(months('2027-01-01', '2026-06-15'), 0);
  });
});
