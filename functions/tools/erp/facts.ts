import type { ExampleTable } from '../../../contracts/names.ts';
import { documentKey } from '../../../contracts/shop.ts';
import type { FactLoader, FactReader, FactRequest, Facts } from '../../../domain/tool/facts.ts';
import { type ErpTool, InvoiceResource, VendorResource } from './definitions.ts';
import { Invoice, PurchaseOrder, Vendor } from './documents.ts';
import { differences, totalCents } from './matching.ts';

/** By tool name; a tool without facts does not compile. */
const LOADERS: { readonly [T in ErpTool as T['name']]: FactLoader } = {
  'erp.lookup_vendor': async (request, reader) => {
    const id = String(request.arguments.vendor_id);
    const vendor = await vendorOf(id, request, reader);
    const attributes =
      vendor === undefined ? { exists: false } : { exists: true, approved: isApproved(vendor) };
    return { resource: { type: VendorResource.name, id, attributes }, call: {} };
  },
  'erp.match_po': async (request, reader) => ({
    resource: invoiceResource(request, await invoiceOf(request, reader)),
    call: {},
  }),
  'erp.create_journal_entry': booking,
  'erp.preview_create_journal_entry': booking,
};

/**
 * Facts of a call on the ERP. What does not exist is a fact as well.
 *
 * @throws Error for a tool of another namespace, ZodError for a stored record that is none: nothing is decided then.
 */
export const loadErpFacts: FactLoader = async (request, reader) => {
  const load = Object.hasOwn(LOADERS, request.tool) ? LOADERS[request.tool as ErpTool['name']] : undefined;
  if (load === undefined) {
    throw new Error(`no facts for tool '${request.tool}', expected a tool of the namespace erp`);
  }
  return load(request, reader);
};

async function booking(request: FactRequest, reader: FactReader): Promise<Facts> {
  const invoice = await invoiceOf(request, reader);
  return {
    resource: invoiceResource(request, invoice),
    call:
      invoice === undefined
        ? {
            vendorApproved: false,
            bankAccountUnchanged: false,
            orderMatched: false,
            alreadyBooked: false,
            invoiceCents: 0,
          }
        : await bookingFacts(invoice, request, reader),
  };
}

async function bookingFacts(
  invoice: Invoice,
  request: FactRequest,
  reader: FactReader,
): Promise<Facts['call']> {
  const [vendor, stored] = await Promise.all([
    vendorOf(invoice.vendor_id, request, reader),
    documentOf('orders', invoice.purchase_order_id, request, reader),
  ]);
  return {
    vendorApproved: vendor !== undefined && isApproved(vendor),
    bankAccountUnchanged: vendor?.bank_account === invoice.bank_account,
    orderMatched: stored !== undefined && differences(PurchaseOrder.parse(stored), invoice).length === 0,
    alreadyBooked: invoice.status === 'booked',
    invoiceCents: totalCents(invoice.lines),
  };
}

function invoiceResource(
  { arguments: { invoice_id } }: FactRequest,
  invoice: Invoice | undefined,
): Facts['resource'] {
  const attributes =
    invoice === undefined
      ? { exists: false }
      : {
          exists: true,
          status: invoice.status,
          vendor: invoice.vendor_id,
          order: invoice.purchase_order_id,
          totalCents: totalCents(invoice.lines),
        };
  return { type: InvoiceResource.name, id: String(invoice_id), attributes };
}

function isApproved({ status }: Vendor): boolean {
  return status === 'approved';
}

async function vendorOf(id: string, request: FactRequest, reader: FactReader): Promise<Vendor | undefined> {
  const document = await documentOf('vendors', id, request, reader);
  return document === undefined ? undefined : Vendor.parse(document);
}

async function invoiceOf(request: FactRequest, reader: FactReader): Promise<Invoice | undefined> {
  const document = await documentOf('invoices', String(request.arguments.invoice_id), request, reader);
  return document === undefined ? undefined : Invoice.parse(document);
}

async function documentOf(
  table: ExampleTable<'erp'>,
  id: string,
  { tenant }: FactRequest,
  reader: FactReader,
): Promise<unknown> {
  return (await reader.get(table, documentKey(tenant, id)))?.document;
}
