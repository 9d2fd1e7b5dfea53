import type { Difference, Invoice, PurchaseOrder } from './documents.ts';

type Lines = Invoice['lines'];

/** What the lines come to, in cents. */
export function totalCents(lines: Lines): number {
  return lines.reduce((sum, { quantity, unit_cents }) => sum + quantity * unit_cents, 0);
}

/**
 * Every way in which an invoice differs from what was ordered and received; none is a match. Items are compared by name:
 * what either side lists in several lines is added up, and a price that differs within a side is a difference too.
 */
export function differences(order: PurchaseOrder, invoice: Invoice): Difference[] {
  const items = [...new Set([...order.lines, ...invoice.lines].map(({ item }) => item))].sort();
  return [
    ...unequal('vendor', 'vendor', order.vendor_id, invoice.vendor_id),
    // only what has arrived is paid, and once
    ...unequal('status', 'status', order.status, 'received'),
    ...items.flatMap((item) => [
      ...unequal(item, 'quantity', quantityOf(order.lines, item), quantityOf(invoice.lines, item)),
      ...unequal(item, 'unit_cents', pricesOf(order.lines, item), pricesOf(invoice.lines, item)),
    ]),
  ];
}

function unequal(
  of: string,
  field: Difference['field'],
  ordered: string | number,
  invoiced: string | number,
): Difference[] {
  return ordered === invoiced ? [] : [{ of, field, ordered, invoiced }];
}

function quantityOf(lines: Lines, item: string): number {
  return linesOf(lines, item).reduce((sum, { quantity }) => sum + quantity, 0);
}

/** One price, or all of them in a row; empty for an item that is not there. */
function pricesOf(lines: Lines, item: string): string {
  return [...new Set(linesOf(lines, item).map(({ unit_cents }) => unit_cents))]
    .sort((left, right) => left - right)
    .join(' ');
}

function linesOf(lines: Lines, item: string): Lines {
  return lines.filter((line) => line.item === item);
}
