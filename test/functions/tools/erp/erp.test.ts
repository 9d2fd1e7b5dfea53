import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { erp } from '../../../../functions/tools/erp/definitions.ts';
import { loadErpFacts } from '../../../../functions/tools/erp/facts.ts';
import { erpHandlers } from '../../../../functions/tools/erp/handlers.ts';
import { exampleTables, NOW, skip } from '../example-tables.ts';
import { callRecord } from '../retail/call-context.ts';

const book = erpHandlers['erp.create_journal_entry'];
const match = erpHandlers['erp.match_po'];
/** 40 reams at $4.50 and 6 toners at $89.00, ordered, received and invoiced alike. */
const BOOKING = { invoice_id: 'INV-2041', amount_cents: 71_400, account: '6100' };

describe('the tools of the erp', { skip }, () => {
  const tables = exampleTables('erp');

  async function booked(tenant: string, input = BOOKING, key: string = randomUUID()) {
    const call = callRecord(tenant, key, 'run-7');
    return { ...call, entry: await book(input, call.context) };
  }

  it('look a vendor up', async () => {
    const { context } = callRecord(await tables.freshTenant(), randomUUID());
    const vendor = await erpHandlers['erp.lookup_vendor']({ vendor_id: 'V-100' }, context);
    assert.deepEqual(vendor, {
      vendor_id: 'V-100',
      name: 'Halden Office Supply',
      status: 'approved',
      bank_account: 'acct-4410',
    });
    const unknown = erpHandlers['erp.lookup_vendor']({ vendor_id: 'V-999' }, context);
    await assert.rejects(unknown, { name: 'ToolRefusal', message: 'there is no vendor V-999' });
  });

  it('match an invoice with its order, or say every difference', async () => {
    const { context } = callRecord(await tables.freshTenant(), randomUUID());
    const same = await match({ invoice_id: 'INV-2041', purchase_order_id: 'PO-700' }, context);
    assert.deepEqual([same.matched, same.invoice_cents, same.order_cents], [true, 71_400, 71_400]);
    const more = await match({ invoice_id: 'INV-2044', purchase_order_id: 'PO-703' }, context);
    assert.deepEqual(
      [more.matched, more.differences],
      [false, [{ of: 'folder', field: 'quantity', ordered: 100, invoiced: 120 }]],
    );
    const other = await match({ invoice_id: 'INV-2046', purchase_order_id: 'PO-704' }, context);
    assert.deepEqual(other.differences, [
      { of: 'status', field: 'status', ordered: 'open', invoiced: 'received' },
    ]);
  });

  it('book an invoice with balanced postings, its run and call, and bill its order', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    const { entry, effects } = await booked(tenant, BOOKING, key);
    const postings = [
      { account: '6100', debit_cents: 71_400, credit_cents: 0 },
      { account: '2000', debit_cents: 0, credit_cents: 71_400 },
    ];
    const written = { invoice_id: 'INV-2041', vendor_id: 'V-100', purchase_order_id: 'PO-700', postings };
    assert.deepEqual(entry, written);
    const { document } = await tables.read('journal', tenant, 'INV-2041');
    assert.deepEqual(document, {
      ...written,
      call: { run_id: 'run-7', call_id: '0001-00', idempotency_key: key },
    });
    assert.equal((await tables.read('invoices', tenant, 'INV-2041')).document.status, 'booked');
    assert.equal((await tables.read('orders', tenant, 'PO-700')).document.status, 'billed');
    assert.deepEqual(effects, ['journal/INV-2041', 'invoices/INV-2041', 'orders/PO-700']);
  });

  it('book once when the call is repeated or its attempts race, and answer the same', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    const racing = await Promise.all([1, 2, 3, 4].map(() => booked(tenant, BOOKING, key)));
    const late = await booked(tenant, BOOKING, key);
    assert.equal(new Set([...racing, late].map(({ entry }) => JSON.stringify(entry))).size, 1);
    assert.deepEqual(late.effects, racing[0]?.effects);
    assert.equal((await tables.read('journal', tenant, 'INV-2041')).version, 1);
  });

  it('book an invoice for one of two calls', async () => {
    const tenant = await tables.freshTenant();
    const settled = await Promise.allSettled([booked(tenant), booked(tenant)]);
    const refusals = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
    assert.deepEqual(
      refusals.map(({ name, message }) => [name, message]),
      [['ToolRefusal', 'invoice INV-2041 is booked already']],
    );
  });

  it('bill an order by one of two invoices', async () => {
    const tenant = await tables.freshTenant();
    await booked(tenant);
    const twin = booked(tenant, { ...BOOKING, invoice_id: 'INV-2045' });
    await assert.rejects(twin, {
      name: 'ToolRefusal',
      message: 'purchase order PO-700 is not waiting to be billed',
    });
    assert.equal(await tables.find('journal', tenant, 'INV-2045'), undefined);
    assert.equal((await tables.read('invoices', tenant, 'INV-2045')).document.status, 'open');
  });

  it('refuse another amount than the invoice comes to, and write nothing', async () => {
    const tenant = await tables.freshTenant();
    const refused = booked(tenant, { ...BOOKING, amount_cents: 71_401 });
    await assert.rejects(refused, {
      name: 'ToolRefusal',
      message: 'invoice INV-2041 comes to 71400 cents, got 71401',
    });
    assert.equal(await tables.find('journal', tenant, 'INV-2041'), undefined);
  });

  const GOOD = {
    vendorApproved: true,
    bankAccountUnchanged: true,
    orderMatched: true,
    alreadyBooked: false,
    invoiceCents: 71_400,
  };
  const facts = async (tenant: string, invoice_id: string) =>
    (await tables.factsOf(tenant, 'erp.create_journal_entry', { invoice_id })).call;

  it('are decided on facts of the invoice, its vendor and its order', async () => {
    const tenant = await tables.freshTenant();
    const { resource, call } = await tables.factsOf(tenant, 'erp.create_journal_entry', BOOKING);
    assert.deepEqual(call, GOOD);
    assert.deepEqual(resource, {
      type: 'Invoice',
      id: 'INV-2041',
      attributes: { exists: true, status: 'open', vendor: 'V-100', order: 'PO-700', totalCents: 71_400 },
    });
    const invoiceCents = 37_500;
    const changed = { ...GOOD, bankAccountUnchanged: false, invoiceCents };
    assert.deepEqual(await facts(tenant, 'INV-2042'), changed);
    const unapproved = { ...GOOD, vendorApproved: false, invoiceCents: 196_000 };
    assert.deepEqual(await facts(tenant, 'INV-2043'), unapproved);
    const unmatched = { ...GOOD, orderMatched: false, invoiceCents: 14_400 };
    assert.deepEqual(await facts(tenant, 'INV-2044'), unmatched);
  });

  it('are decided on what is true when they are decided', async () => {
    const tenant = await tables.freshTenant();
    await tables.change('vendors', tenant, 'V-100', { status: 'blocked', bank_account: 'acct-7777' });
    const moved = { ...GOOD, vendorApproved: false, bankAccountUnchanged: false };
    assert.deepEqual(await facts(tenant, 'INV-2041'), moved);
    await tables.change('vendors', tenant, 'V-100', { status: 'approved', bank_account: 'acct-4410' });
    await booked(tenant);
    // the order is billed now, so it matches no invoice any more
    const done = { ...GOOD, orderMatched: false, alreadyBooked: true };
    assert.deepEqual(await facts(tenant, 'INV-2041'), done);
    assert.deepEqual(await facts(tenant, 'INV-2045'), { ...done, alreadyBooked: false });
  });

  it('are decided also about what is not there', async () => {
    const tenant = await tables.freshTenant();
    const { resource, call } = await tables.factsOf(tenant, 'erp.create_journal_entry', {
      invoice_id: 'INV-1',
    });
    assert.deepEqual(resource, { type: 'Invoice', id: 'INV-1', attributes: { exists: false } });
    assert.deepEqual(call, {
      vendorApproved: false,
      bankAccountUnchanged: false,
      orderMatched: false,
      alreadyBooked: false,
      invoiceCents: 0,
    });
    const vendor = await tables.factsOf(tenant, 'erp.lookup_vendor', { vendor_id: 'V-102' });
    assert.deepEqual(vendor.resource.attributes, { exists: true, approved: false });
    const nobody = await tables.factsOf(tenant, 'erp.lookup_vendor', { vendor_id: 'V-1' });
    assert.deepEqual(nobody.resource.attributes, { exists: false });
    const invoice = await tables.factsOf('tenant-of-others', 'erp.match_po', { invoice_id: 'INV-2041' });
    assert.deepEqual(invoice.resource.attributes, { exists: false });
  });

  it('have facts for the erp only', async () => {
    const reader = { get: assert.fail, find: assert.fail, head: assert.fail };
    const foreign = { tenant: 'acme', tool: 'constructor', arguments: {}, now: NOW };
    await assert.rejects(loadErpFacts(foreign, reader), /expected a tool of the namespace erp/);
    assert.equal(erp.tableName('p', 'journal'), 'p-erp-journal');
  });
});
