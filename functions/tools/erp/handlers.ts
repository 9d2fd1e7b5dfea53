import { ENV } from '../../../contracts/environment.ts';
import { type ExampleTable, exampleTableName } from '../../../contracts/names.ts';
import { type ToolHandler, ToolRefusal } from '../../../domain/tool/handler.ts';
import { markOf } from '../../adapters/records/mark.ts';
import { openStore, readDocument, type Store } from '../../adapters/records/store.ts';
import { type Attempt, isWrittenBy, previewOfWrite, writtenOnce } from '../../adapters/records/write-once.ts';
import { environment } from '../../runtime/environment.ts';
import type { ErpTool } from './definitions.ts';
import { Invoice, JournalEntry, PurchaseOrder, Vendor } from './documents.ts';
import { differences, totalCents } from './matching.ts';

/** Accounts payable: what is owed to vendors. */
const PAYABLES = '2000';

/** By tool name; a tool without a handler does not compile. */
type ErpHandlers = { readonly [T in ErpTool as T['name']]: ToolHandler<T> };

export const erpHandlers: ErpHandlers = {
  'erp.lookup_vendor': async ({ vendor_id }, context) => {
    const stored = await readDocument(openStore(context), table('vendors'), vendor_id, Vendor);
    return existing(stored, `vendor ${vendor_id}`).document;
  },

  'erp.match_po': async ({ invoice_id, purchase_order_id }, context) => {
    const store = openStore(context);
    const [invoice, order] = await Promise.all([
      readDocument(store, table('invoices'), invoice_id, Invoice),
      readDocument(store, table('orders'), purchase_order_id, PurchaseOrder),
    ]);
    const invoiced = existing(invoice, `invoice ${invoice_id}`).document;
    const ordered = existing(order, `purchase order ${purchase_order_id}`).document;
    const found = differences(ordered, invoiced);
    return {
      invoice_id,
      purchase_order_id,
      vendor_id: invoiced.vendor_id,
      matched: found.length === 0,
      invoice_cents: totalCents(invoiced.lines),
      order_cents: totalCents(ordered.lines),
      differences: found,
    };
  },

  'erp.create_journal_entry': async (input, context) => {
    const { call: _, ...entry } = await writtenOnce(context, (store) => bookingOf(store, input));
    return entry;
  },

  'erp.preview_create_journal_entry': (input, context) =>
    previewOfWrite(context, (store) => bookingOf(store, input)),
};

type Booking = Parameters<ErpHandlers['erp.create_journal_entry']>[0];

/** INVARIANT: entry, invoice and order change together: no invoice is booked twice, and no order billed by two of them. */
async function bookingOf(
  store: Store,
  { invoice_id, amount_cents, account }: Booking,
): Promise<Attempt<JournalEntry>> {
  const { context } = store;
  const read = await readDocument(store, table('invoices'), invoice_id, Invoice);
  const invoice = existing(read, `invoice ${invoice_id}`);
  const { vendor_id, purchase_order_id } = invoice.document;
  const order = await readDocument(store, table('orders'), purchase_order_id, PurchaseOrder);
  // INVARIANT: read last, so that whoever sees what a booking has changed sees whose booking it was
  const entry = await readDocument(store, table('journal'), invoice_id, JournalEntry);
  const journal = { kind: 'journal', tableName: table('journal'), id: invoice_id };
  const invoices = { kind: 'invoices', tableName: table('invoices'), id: invoice_id, before: invoice };
  const orders = { kind: 'orders', tableName: table('orders'), id: purchase_order_id, before: order };
  if (entry !== undefined && isWrittenBy(context, entry)) {
    const { document } = entry;
    const writes = [
      { ...journal, before: entry, document },
      { ...invoices, document: invoice.document },
      { ...orders, document: order?.document ?? {} },
    ];
    return { result: document, writes, isWritten: true };
  }
  if (entry !== undefined || invoice.document.status !== 'open') {
    throw new ToolRefusal(`invoice ${invoice_id} is booked already`);
  }
  const total = totalCents(invoice.document.lines);
  if (amount_cents !== total) {
    throw new ToolRefusal(`invoice ${invoice_id} comes to ${total} cents, got ${amount_cents}`);
  }
  if (order?.document.status !== 'received') {
    throw new ToolRefusal(`purchase order ${purchase_order_id} is not waiting to be billed`);
  }
  const document: JournalEntry = {
    ...{ invoice_id, vendor_id, purchase_order_id },
    postings: [
      { account, debit_cents: total, credit_cents: 0 },
      { account: PAYABLES, debit_cents: 0, credit_cents: total },
    ],
    call: markOf(context),
  };
  const writes = [
    { ...journal, before: undefined, document },
    { ...invoices, document: { ...invoice.document, status: 'booked' } },
    { ...orders, document: { ...order.document, status: 'billed' } },
  ];
  return { result: document, writes, isWritten: false };
}

function table(name: ExampleTable<'erp'>): string {
  return exampleTableName(environment(ENV.prefix), 'erp', name);
}

/** @throws ToolRefusal when there is no such record */
function existing<T>(record: T | undefined, what: string): T {
  if (record === undefined) {
    throw new ToolRefusal(`there is no ${what}`);
  }
  return record;
}
