import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invoice, PurchaseOrder } from '../../../../functions/tools/erp/documents.ts';
import { differences, totalCents } from '../../../../functions/tools/erp/matching.ts';

const LINES = [
  { item: 'paper', quantity: 10, unit_cents: 450 },
  { item: 'toner', quantity: 2, unit_cents: 8900 },
];
const ORDER: PurchaseOrder = {
  purchase_order_id: 'PO-1',
  vendor_id: 'V-1',
  status: 'received',
  lines: LINES,
};
const INVOICE: Invoice = {
  invoice_id: 'INV-1',
  vendor_id: 'V-1',
  purchase_order_id: 'PO-1',
  bank_account: 'acct-1',
  status: 'open',
  lines: LINES,
};
const fields = (order: PurchaseOrder, invoice: Invoice) =>
  differences(order, invoice).map(({ of, field }) => `${of}.${field}`);

test('what is invoiced as ordered has no difference, in whatever order and however many lines', () => {
  assert.deepEqual(differences(ORDER, INVOICE), []);
  const split = [
    { item: 'toner', quantity: 2, unit_cents: 8900 },
    { item: 'paper', quantity: 4, unit_cents: 450 },
    { item: 'paper', quantity: 6, unit_cents: 450 },
  ];
  assert.deepEqual(differences(ORDER, { ...INVOICE, lines: split }), []);
});

test('another vendor, price or quantity, an item too many and one too few are differences', () => {
  assert.deepEqual(fields(ORDER, { ...INVOICE, vendor_id: 'V-2' }), ['vendor.vendor']);
  const dearer = [{ ...LINES[0], unit_cents: 451 }, LINES[1]] as Invoice['lines'];
  assert.deepEqual(fields(ORDER, { ...INVOICE, lines: dearer }), ['paper.unit_cents']);
  const more = [{ ...LINES[0], quantity: 11 }, LINES[1]] as Invoice['lines'];
  assert.deepEqual(fields(ORDER, { ...INVOICE, lines: more }), ['paper.quantity']);
  const extra = [...LINES, { item: 'delivery', quantity: 1, unit_cents: 900 }];
  assert.deepEqual(fields(ORDER, { ...INVOICE, lines: extra }), ['delivery.quantity', 'delivery.unit_cents']);
  assert.deepEqual(fields(ORDER, { ...INVOICE, lines: LINES.slice(0, 1) }), [
    'toner.quantity',
    'toner.unit_cents',
  ]);
});

test('a price that differs within an invoice is a difference although the sum is the same', () => {
  const lines = [
    { item: 'paper', quantity: 5, unit_cents: 400 },
    { item: 'paper', quantity: 5, unit_cents: 500 },
    { item: 'toner', quantity: 2, unit_cents: 8900 },
  ];
  assert.equal(totalCents(lines), totalCents(LINES));
  assert.deepEqual(fields(ORDER, { ...INVOICE, lines }), ['paper.unit_cents']);
});

test('only an order that was received and not billed yet matches', () => {
  for (const status of ['open', 'billed', 'cancelled'] as const) {
    assert.deepEqual(fields({ ...ORDER, status }, INVOICE), ['status.status']);
  }
});
