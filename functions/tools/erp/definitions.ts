import { z } from 'zod';
import { type ExampleTable, exampleTableName } from '../../../contracts/names.ts';
import { documentKey } from '../../../contracts/shop.ts';
import type { TableAccess, TableOperation } from '../../../domain/tool/access.ts';
import { defineTool, type ResourceType, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { previewOf } from '../../../domain/tool/preview.ts';
import { maximumCost } from '../../adapters/records/costs.ts';
import {
  account,
  cents,
  Difference,
  invoiceId,
  JournalEntry,
  orderId,
  Vendor,
  vendorId,
} from './documents.ts';

export const VendorResource = {
  name: 'Vendor',
  attributes: z.strictObject({ exists: z.boolean(), approved: z.boolean().optional() }),
} satisfies ResourceType;

/** Only `exists` is known of an invoice that is not there. */
export const InvoiceResource = {
  name: 'Invoice',
  attributes: z.strictObject({
    exists: z.boolean(),
    status: z.string().optional(),
    vendor: z.string().optional(),
    order: z.string().optional(),
    totalCents: z.int().nonnegative().optional(),
  }),
} satisfies ResourceType;

/** What has to be true before an invoice is booked, read when it is decided and not when somebody prepared it. */
export const BookingFacts = z.strictObject({
  /** The vendor of the invoice exists, and is approved. */
  vendorApproved: z.boolean(),
  /** The invoice asks to be paid where the treasury has verified that the vendor is paid. */
  bankAccountUnchanged: z.boolean(),
  /** The purchase order exists, and the invoice has no difference from it. */
  orderMatched: z.boolean(),
  alreadyBooked: z.boolean(),
  /** What the invoice comes to; 0 for one that does not exist. */
  invoiceCents: z.int().nonnegative(),
});

const TIMEOUT_SECONDS = 10;

const UNKNOWN_ID = 'unknown';

function record(
  table: ExampleTable<'erp'>,
  argument: string,
  ...operations: readonly TableOperation[]
): TableAccess {
  return {
    table,
    operations,
    keys: (scope) => [documentKey(scope.tenant, String(scope.arguments[argument]))],
  };
}

/** The purchase order that the invoice names, as the decision has read it. */
const orderOfInvoice: TableAccess = {
  table: 'orders' satisfies ExampleTable<'erp'>,
  operations: ['get', 'update'],
  // an invoice that does not exist has no order; a key that nobody has is safer to carry around than no key
  keys: ({ tenant, resource }) => [documentKey(tenant, String(resource.attributes.order ?? UNKNOWN_ID))],
};

export const lookupVendor = defineTool({
  name: 'erp.lookup_vendor',
  description:
    'Get a vendor: its name, whether it is approved, and the bank account that the treasury has verified.',
  input: z.strictObject({ vendor_id: vendorId }),
  output: Vendor,
  effect: 'read',
  tier: 0,
  resource: VendorResource.name,
  access: [record('vendors', 'vendor_id', 'get')],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['vendor_id'],
  // the treasury keeps it, and nobody else
  outputOrigin: 'directory',
});

export const matchPo = defineTool({
  name: 'erp.match_po',
  description:
    'Compare an invoice with a purchase order: whether they match, and every difference in vendor, items, quantities ' +
    'and prices. Use this before you book an invoice.',
  input: z.strictObject({ invoice_id: invoiceId, purchase_order_id: orderId }),
  output: z.strictObject({
    invoice_id: invoiceId,
    purchase_order_id: orderId,
    vendor_id: vendorId,
    matched: z.boolean(),
    invoice_cents: z.int().min(0),
    order_cents: z.int().min(0),
    differences: z.array(Difference),
  }),
  effect: 'read',
  tier: 0,
  resource: InvoiceResource.name,
  access: [record('invoices', 'invoice_id', 'get'), record('orders', 'purchase_order_id', 'get')],
  maximumCostMicroDollars: maximumCost({ reads: 2 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['invoice_id', 'purchase_order_id'],
});

export const createJournalEntry = defineTool({
  name: 'erp.create_journal_entry',
  description:
    'Book an invoice: debit an expense account and credit accounts payable with exactly what the invoice comes to. ' +
    'An invoice is booked once. Use this only after the vendor was looked up and the purchase order matched.',
  input: z.strictObject({
    invoice_id: invoiceId,
    amount_cents: cents.describe('What the invoice comes to, in whole cents'),
    account,
  }),
  output: JournalEntry.omit({ call: true }),
  effect: 'write',
  kinds: ['money', 'create'],
  // the entry of an invoice has one key, and is put there once
  idempotency: 'by_key',
  tier: 3,
  beneficiary: [{ attribute: 'vendor' }],
  resource: InvoiceResource.name,
  facts: BookingFacts,
  access: [
    record('invoices', 'invoice_id', 'get', 'update'),
    record('journal', 'invoice_id', 'get', 'update'),
    orderOfInvoice,
  ],
  maximumCostMicroDollars: maximumCost({ reads: 3, writes: 3 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['invoice_id', 'amount_cents', 'account'],
  keyArguments: { invoice_id: 'value' },
  loggedFields: ['status', 'invoice_id', 'postings'],
  preview: 'erp.preview_create_journal_entry',
});

export const previewCreateJournalEntry = previewOf(createJournalEntry, maximumCost({ reads: 3 }));

/** An ERP with vendors, purchase orders, invoices and a journal: a worked example over DynamoDB tables. */
export const erp = {
  name: 'erp',
  tableName: (prefix: string, table: string) => exampleTableName(prefix, 'erp', table as ExampleTable<'erp'>),
  resources: [VendorResource, InvoiceResource],
  tools: [lookupVendor, matchPo, createJournalEntry, previewCreateJournalEntry],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type ErpTool = (typeof erp.tools)[number];
