import { z } from 'zod';
import { CallMark } from '../../adapters/records/mark.ts';

export const ticketId = z
  .string()
  .regex(/^T-[0-9]{1,12}$/, 'expected T- and digits')
  .describe('Id of the ticket, such as T-301');

/** A customer does not read more than this, and the ticket stays an item of DynamoDB. */
const MAXIMUM_BODY_LENGTH = 2000;
export const body = z.string().min(1).max(MAXIMUM_BODY_LENGTH).describe('What the customer gets to read');

/** The dearest thing that the desk has sold, in dollars. */
const MAXIMUM_USD = 10_000;

/** Dollars with cents: a third decimal is no amount. */
export const amountUsd = z
  .number()
  .min(0.01)
  .max(MAXIMUM_USD)
  .multipleOf(0.01)
  .describe('Amount in US dollars with cents, such as 24.90');

/** Replies that one ticket takes; who needs more is better called. */
export const MAXIMUM_THREAD = 100;

const Message = z.strictObject({
  from: z.enum(['customer', 'desk']),
  body: z.string(),
  /** The call that wrote it; absent on what people wrote. */
  call: CallMark.optional(),
});

/** A ticket as it is stored. Amounts are whole cents. */
export const Ticket = z.strictObject({
  ticket_id: ticketId,
  customer_id: z.string(),
  subject: z.string(),
  status: z.enum(['open', 'solved']),
  /** Set by the team's own rules, such as `refund_approved`. */
  tags: z.array(z.string()),
  /** What the customer has paid for what the ticket is about. */
  paid_cents: z.int().min(0),
  thread: z.array(Message),
  refunds: z.array(z.strictObject({ amount_cents: z.int().min(1), call: CallMark })),
});
export type Ticket = z.output<typeof Ticket>;

/** A customer as it is stored. */
export const Customer = z.strictObject({
  customer_id: z.string(),
  name: z.string(),
  /** Day of the first purchase. */
  since: z.iso.date(),
  /** Of the risk team, 0 to 1. */
  fraud_risk_score: z.number().min(0).max(1),
  /** All that was ever given back. */
  lifetime_refunds_cents: z.int().min(0),
});
export type Customer = z.output<typeof Customer>;

/** What `desk.get_ticket` answers. */
export const TicketView = z.strictObject({
  ticket_id: ticketId,
  customer_id: z.string(),
  subject: z.string(),
  status: z.string(),
  tags: z.array(z.string()),
  paid_usd: z.number(),
  refunded_usd: z.number(),
  thread: z.array(Message.omit({ call: true })),
});

/** What `desk.issue_refund` answers. */
export const Refund = z.strictObject({
  ticket_id: ticketId,
  amount_usd: z.number(),
  /** All that was given back for this ticket. */
  refunded_usd: z.number(),
});

/** What `desk.send_reply` answers. */
export const Reply = z.strictObject({ ticket_id: ticketId, message: z.int().min(1) });
