import { z } from 'zod';

/** A path segment as it is: no slash, no dots, nothing that a URL reads as more than itself. */
export const ticketId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'expected letters, digits, hyphens and underscores')
  .describe('Id of the ticket, such as T-1042');

/** What tools answer of a ticket. Whatever else the helpdesk says about it is left out. */
export const Ticket = z.object({
  id: ticketId,
  subject: z.string(),
  description: z.string(),
  status: z.string(),
  priority: z.string(),
});
export type Ticket = z.output<typeof Ticket>;

export const Comment = z.object({ id: z.string(), body: z.string() });
export type Comment = z.output<typeof Comment>;

/** That a ticket's text was removed for good. */
export const Redaction = z.object({ id: z.string() });
export type Redaction = z.output<typeof Redaction>;

/** Answers of searches. */
export const Tickets = z.object({ tickets: z.array(Ticket) });
export const Comments = z.object({ comments: z.array(Comment) });
export const Redactions = z.object({ redactions: z.array(Redaction) });
