import type { z } from 'zod';
import { ENV } from '../../../contracts/environment.ts';
import { type ExampleTable, exampleTableName } from '../../../contracts/names.ts';
import { type ToolContext, type ToolHandler, ToolRefusal } from '../../../domain/tool/handler.ts';
import { markedBy, markOf } from '../../adapters/records/mark.ts';
import { openStore, readDocument, type Store, type Stored } from '../../adapters/records/store.ts';
import { type Attempt, previewOfWrite, writtenOnce } from '../../adapters/records/write-once.ts';
import { environment } from '../../runtime/environment.ts';
import type { DeskTool } from './definitions.ts';
import { Customer, MAXIMUM_THREAD, type Refund, type Reply, Ticket } from './documents.ts';
import { toCents, toDollars } from './money.ts';

/** By tool name; a tool without a handler does not compile. */
type DeskHandlers = { readonly [T in DeskTool as T['name']]: ToolHandler<T> };

export const deskHandlers: DeskHandlers = {
  'desk.get_ticket': async ({ ticket_id }, context) => {
    const { document } = await read(openStore(context), ticket_id);
    const { paid_cents, refunds: _, thread, ...ticket } = document;
    return {
      ...ticket,
      paid_usd: toDollars(paid_cents),
      refunded_usd: toDollars(refundedCents(document)),
      thread: thread.map(({ from, body }) => ({ from, body })),
    };
  },

  'desk.issue_refund': (input, context) => writtenOnce(context, (store) => refundOf(store, input)),
  'desk.preview_issue_refund': (input, context) => previewOfWrite(context, (store) => refundOf(store, input)),

  'desk.send_reply': (input, context) => writtenOnce(context, (store) => replyOf(store, input)),
  'desk.preview_send_reply': (input, context) => previewOfWrite(context, (store) => replyOf(store, input)),
};

type InputOf<Tool extends keyof DeskHandlers> = Parameters<DeskHandlers[Tool]>[0];

async function refundOf(
  store: Store,
  { ticket_id, amount_usd }: InputOf<'desk.issue_refund'>,
): Promise<Attempt<z.output<typeof Refund>>> {
  const { context } = store;
  const ticket = await read(store, ticket_id);
  const { customer_id } = ticket.document;
  const customer = await readDocument(store, table('customers'), customer_id, Customer);
  if (customer === undefined) {
    throw new ToolRefusal(`there is no customer ${customer_id}`);
  }
  const isWritten = markedBy(context, ticket.document.refunds) !== undefined;
  const after = isWritten
    ? { ticket: ticket.document, customer: customer.document }
    : refunded(ticket.document, customer.document, toCents(amount_usd), context);
  const result = { ticket_id, amount_usd, refunded_usd: toDollars(refundedCents(after.ticket)) };
  const writes = [
    ticketWrite(ticket, after.ticket),
    {
      kind: 'customers',
      tableName: table('customers'),
      id: customer_id,
      before: customer,
      document: after.customer,
    },
  ];
  return { result, writes, isWritten };
}

async function replyOf(
  store: Store,
  { ticket_id, body }: InputOf<'desk.send_reply'>,
): Promise<Attempt<z.output<typeof Reply>>> {
  const { context } = store;
  const ticket = await read(store, ticket_id);
  const { thread } = ticket.document;
  const written = markedBy(context, thread);
  if (written !== undefined) {
    const result = { ticket_id, message: thread.indexOf(written) + 1 };
    return { result, writes: [ticketWrite(ticket, ticket.document)], isWritten: true };
  }
  if (thread.length >= MAXIMUM_THREAD) {
    throw new ToolRefusal(`ticket ${ticket_id} has ${thread.length} messages and takes no more`);
  }
  const message = { from: 'desk' as const, body, call: markOf(context) };
  const document = { ...ticket.document, thread: [...thread, message] };
  const result = { ticket_id, message: document.thread.length };
  return { result, writes: [ticketWrite(ticket, document)], isWritten: false };
}

/** @throws ToolRefusal unless the ticket is open and so much of what was paid has not been given back yet */
function refunded(ticket: Ticket, customer: Customer, amountCents: number, context: ToolContext) {
  if (ticket.status !== 'open') {
    throw new ToolRefusal(`ticket ${ticket.ticket_id} is ${ticket.status}`);
  }
  const left = ticket.paid_cents - refundedCents(ticket);
  if (amountCents > left) {
    throw new ToolRefusal(
      `of ticket ${ticket.ticket_id} ${left} cents can be given back, got ${amountCents}`,
    );
  }
  const refund = { amount_cents: amountCents, call: markOf(context) };
  return {
    ticket: { ...ticket, refunds: [...ticket.refunds, refund] },
    customer: { ...customer, lifetime_refunds_cents: customer.lifetime_refunds_cents + amountCents },
  };
}

function refundedCents({ refunds }: Ticket): number {
  return refunds.reduce((sum, { amount_cents }) => sum + amount_cents, 0);
}

function ticketWrite(before: Stored<Ticket>, document: Ticket) {
  return { kind: 'tickets', tableName: table('tickets'), id: document.ticket_id, before, document };
}

/** @throws ToolRefusal when there is no such ticket */
async function read(store: Store, ticketId: string): Promise<Stored<Ticket>> {
  const ticket = await readDocument(store, table('tickets'), ticketId, Ticket);
  if (ticket === undefined) {
    throw new ToolRefusal(`there is no ticket ${ticketId}`);
  }
  return ticket;
}

function table(name: ExampleTable<'desk'>): string {
  return exampleTableName(environment(ENV.prefix), 'desk', name);
}
