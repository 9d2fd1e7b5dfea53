import { readFileSync } from 'node:fs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { EXAMPLE_TABLES, type ExampleNamespace, exampleTableName } from '../../contracts/names.ts';
import { documentKey, FIRST_VERSION } from '../../contracts/shop.ts';
import { Customer, Ticket } from '../../functions/tools/desk/documents.ts';
import { Invoice, JournalEntry, PurchaseOrder, Vendor } from '../../functions/tools/erp/documents.ts';
import { Service } from '../../functions/tools/ops/documents.ts';
import { type TableWrite, writeAll } from '../batch-write.ts';

/** How long somebody has been a customer is kept in months, so that the sample does not age. */
const SampleCustomer = Customer.omit({ since: true }).extend({ customer_for_months: z.int().min(0) });

const Sample = z.strictObject({
  desk: z.strictObject({ customers: z.array(SampleCustomer), tickets: z.array(Ticket) }),
  erp: z.strictObject({
    vendors: z.array(Vendor),
    orders: z.array(PurchaseOrder),
    invoices: z.array(Invoice),
    journal: z.array(JournalEntry),
  }),
  ops: z.strictObject({ services: z.array(Service) }),
});

type Document = Readonly<Record<string, unknown>>;

/** The member that names a document, by table. */
const IDS: Readonly<Record<string, string>> = {
  customers: 'customer_id',
  tickets: 'ticket_id',
  vendors: 'vendor_id',
  orders: 'purchase_order_id',
  invoices: 'invoice_id',
  journal: 'invoice_id',
  services: 'service',
};

export interface ExampleOptions {
  readonly tenant: string;
  /** Name prefix of the deployment that the tables belong to. */
  readonly prefix: string;
  readonly client: DynamoDBClient;
  readonly now: Date;
}

/**
 * Writes the records of the worked examples for a tenant; what is there already is replaced.
 *
 * @returns number of records written
 */
export async function loadExamples({ tenant, prefix, client, now }: ExampleOptions): Promise<number> {
  const items = exampleRecords(now).map(
    ({ namespace, table, id, document }): TableWrite => ({
      tableName: exampleTableName(prefix, namespace, table as never),
      item: { id: documentKey(tenant, id), document, version: FIRST_VERSION },
    }),
  );
  await writeAll(client, items);
  return items.length;
}

export interface ExampleRecord {
  readonly namespace: ExampleNamespace;
  readonly table: string;
  readonly id: string;
  readonly document: Document;
}

/** @throws ZodError naming every bad field of the sample */
export function exampleRecords(now: Date): ExampleRecord[] {
  const sample = Sample.parse(JSON.parse(readFileSync(new URL('sample.json', import.meta.url), 'utf8')));
  const customers = sample.desk.customers.map(({ customer_for_months, ...customer }) => ({
    ...customer,
    since: monthsBefore(now, customer_for_months),
  }));
  const documents: Readonly<Record<ExampleNamespace, Readonly<Record<string, readonly Document[]>>>> = {
    ...sample,
    desk: { ...sample.desk, customers },
  };
  return (Object.keys(EXAMPLE_TABLES) as ExampleNamespace[]).flatMap((namespace) =>
    Object.entries(documents[namespace]).flatMap(([table, all]) =>
      all.map((document) => ({ namespace, table, id: String(document[IDS[table] ?? '']), document })),
    ),
  );
}

/** The first of a month: every month has one. */
function monthsBefore(now: Date, months: number): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 10);
}
