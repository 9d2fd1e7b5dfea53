import { z } from 'zod';
import { CallMark } from '../../adapters/records/mark.ts';

/** Records of the ERP, member for member as its tools return them. Amounts are whole cents. */

/** Ids as the ERP gives them, such as `INV-2041`; fit for keys. */
function recordId(prefix: string, what: string): z.ZodString {
  return z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9]{1,12}$`), `expected ${prefix}- and digits`)
    .describe(`Id of the ${what}, such as ${prefix}-2041`);
}

export const vendorId = recordId('V', 'vendor');
export const orderId = recordId('PO', 'purchase order');
export const invoiceId = recordId('INV', 'invoice');

/** An account of the ledger's chart of accounts. */
export const account = z
  .string()
  .regex(/^[1-9][0-9]{3}$/, 'expected an account of four digits')
  .describe('Expense account to debit, four digits, such as 6100 for office supplies');

/** More than a company of this size has ever paid at once: ten million dollars. */
const MAXIMUM_CENTS = 1_000_000_000;

export const cents = z.int().min(1).max(MAXIMUM_CENTS);

export const Vendor = z.strictObject({
  vendor_id: vendorId,
  name: z.string(),
  status: z.enum(['approved', 'blocked', 'pending_review']),
  /** Where the vendor is paid: the id under which the treasury has verified the account. */
  bank_account: z.string(),
});
export type Vendor = z.output<typeof Vendor>;

const Line = z.strictObject({
  item: z.string(),
  quantity: z.int().min(1),
  unit_cents: z.int().min(0),
});

export const PurchaseOrder = z.strictObject({
  purchase_order_id: orderId,
  vendor_id: vendorId,
  status: z.enum(['open', 'received', 'billed', 'cancelled']),
  lines: z.array(Line),
});
export type PurchaseOrder = z.output<typeof PurchaseOrder>;

export const Invoice = z.strictObject({
  invoice_id: invoiceId,
  vendor_id: vendorId,
  /** As the vendor wrote it: whether it fits is for `erp.match_po` to say. */
  purchase_order_id: orderId,
  /** Where the invoice asks to be paid. */
  bank_account: z.string(),
  status: z.enum(['open', 'booked']),
  lines: z.array(Line),
});
export type Invoice = z.output<typeof Invoice>;

/** One posting, debits equal to credits. */
export const JournalEntry = z.strictObject({
  invoice_id: invoiceId,
  vendor_id: vendorId,
  purchase_order_id: orderId,
  postings: z.array(
    z.strictObject({
      account: z.string(),
      debit_cents: z.int().min(0),
      credit_cents: z.int().min(0),
    }),
  ),
  call: CallMark,
});
export type JournalEntry = z.output<typeof JournalEntry>;

/** Where an invoice differs from its purchase order. */
export const Difference = z.strictObject({
  /** `vendor`, `status`, or the item of a line. */
  of: z.string(),
  field: z.enum(['vendor', 'status', 'quantity', 'unit_cents']),
  ordered: z.union([z.string(), z.int()]),
  invoiced: z.union([z.string(), z.int()]),
});
export type Difference = z.output<typeof Difference>;
