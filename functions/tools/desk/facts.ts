import type { ExampleTable } from '../../../contracts/names.ts';
import { documentKey } from '../../../contracts/shop.ts';
import type { FactLoader, FactReader, FactRequest, Facts } from '../../../domain/tool/facts.ts';
import { issueRefund, previewIssueRefund, TicketResource } from './definitions.ts';
import { Customer, Ticket } from './documents.ts';
import { toDollars } from './money.ts';

/** What a customer counts as whom the desk does not know: new, and as risky as can be. */
const STRANGER: Facts['call'] = { customerTenureMonths: 0, fraudRiskScore: 1, lifetimeRefundsUsd: 0 };

const REFUNDS: readonly string[] = [issueRefund.name, previewIssueRefund.name];

/** What the desk knows of the ticket that a call names, and of a refund who would get it. */
export const loadDeskFacts: FactLoader = async (request, reader) => {
  const id = String(request.arguments.ticket_id);
  const stored = await documentOf('tickets', id, request, reader);
  const ticket = stored === undefined ? undefined : Ticket.parse(stored);
  const attributes =
    ticket === undefined
      ? { exists: false, tags: [] }
      : { exists: true, customer: ticket.customer_id, status: ticket.status, tags: ticket.tags };
  return {
    resource: { type: TicketResource.name, id, attributes },
    call: REFUNDS.includes(request.tool) ? await customerFacts(ticket, request, reader) : {},
  };
};

async function customerFacts(
  ticket: Ticket | undefined,
  request: FactRequest,
  reader: FactReader,
): Promise<Facts['call']> {
  const stored = ticket && (await documentOf('customers', ticket.customer_id, request, reader));
  if (stored === undefined) {
    return STRANGER;
  }
  const { since, fraud_risk_score, lifetime_refunds_cents } = Customer.parse(stored);
  return {
    customerTenureMonths: wholeMonths(new Date(since), request.now),
    fraudRiskScore: fraud_risk_score,
    lifetimeRefundsUsd: toDollars(lifetime_refunds_cents),
  };
}

/** Whole calendar months in UTC, 0 for a day to come. */
export function wholeMonths(from: Date, to: Date): number {
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return Math.max(0, to.getUTCDate() < from.getUTCDate() ? months - 1 : months);
}

async function documentOf(
  table: ExampleTable<'desk'>,
  id: string,
  { tenant }: FactRequest,
  reader: FactReader,
): Promise<unknown> {
  return (await reader.get(table, documentKey(tenant, id)))?.document;
}
