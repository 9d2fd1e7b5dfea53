import type { LookUpHandler, ToolContext, ToolHandler } from '../../../domain/tool/handler.ts';
import { type ApiConnections, ask, type JsonApi, search } from '../../adapters/json-api.ts';
import {
  API_TOKEN,
  addComment,
  createTicket,
  getTicket,
  type HelpdeskTool,
  redactTicket,
} from './definitions.ts';
import { Comment, Comments, Redaction, Redactions, Ticket, Tickets } from './documents.ts';

/** By tool name; a tool without its handler does not compile. */
type HelpdeskHandlers = {
  readonly [T in HelpdeskTool as T['name']]: T extends { readonly idempotency: 'by_lookup' }
    ? LookUpHandler<T>
    : ToolHandler<T>;
};

const TICKETS = '/api/v1/tickets';

export function helpdeskHandlers(connections: ApiConnections): HelpdeskHandlers {
  const helpdesk: JsonApi = { title: 'the helpdesk', secret: API_TOKEN, ...connections };
  return {
    'helpdesk.get_ticket': ({ ticket_id }, context) =>
      ask(helpdesk, getTicket, { method: 'GET', path: `${TICKETS}/${ticket_id}` }, Ticket, context),

    'helpdesk.create_ticket': {
      run: async (input, context) => {
        const request = { method: 'POST', path: TICKETS, body: { ...input, ...origin(context) } } as const;
        return created(await ask(helpdesk, createTicket, request, Ticket, context), context);
      },
      lookUp: async (_, context) => {
        const request = { method: 'GET', path: `${TICKETS}?${byKey(context)}` } as const;
        const { tickets } = await search(helpdesk, createTicket, request, Tickets, context);
        return tickets[0] && created(tickets[0], context);
      },
    },

    'helpdesk.add_comment': {
      run: async ({ ticket_id, body: text }, context) => {
        const body = { body: text, public: true, ...origin(context) };
        const request = { method: 'POST', path: commentsOf(ticket_id), body } as const;
        return added(ticket_id, await ask(helpdesk, addComment, request, Comment, context), context);
      },
      lookUp: async ({ ticket_id }, context) => {
        const request = { method: 'GET', path: `${commentsOf(ticket_id)}?${byKey(context)}` } as const;
        const { comments } = await search(helpdesk, addComment, request, Comments, context);
        return comments[0] && added(ticket_id, comments[0], context);
      },
    },

    'helpdesk.redact_ticket': {
      run: async ({ ticket_id }, context) => {
        const request = { method: 'POST', path: redactionsOf(ticket_id), body: origin(context) } as const;
        return redacted(ticket_id, await ask(helpdesk, redactTicket, request, Redaction, context), context);
      },
      lookUp: async ({ ticket_id }, context) => {
        const request = { method: 'GET', path: `${redactionsOf(ticket_id)}?${byKey(context)}` } as const;
        const { redactions } = await search(helpdesk, redactTicket, request, Redactions, context);
        return redactions[0] && redacted(ticket_id, redactions[0], context);
      },
    },
  };
}

function commentsOf(ticketId: string): string {
  return `${TICKETS}/${ticketId}/comments`;
}

function redactionsOf(ticketId: string): string {
  return `${TICKETS}/${ticketId}/redactions`;
}

/** Put on everything that a call leaves in the helpdesk: whoever finds it there finds the run, and a look-up finds it. */
function origin({ runId, callId, idempotencyKey }: ToolContext) {
  return { external_id: idempotencyKey, metadata: { run_id: runId, call_id: callId } };
}

function byKey({ idempotencyKey }: ToolContext): string {
  return new URLSearchParams({ external_id: idempotencyKey }).toString();
}

function created(ticket: Ticket, { recordEffect }: ToolContext): Ticket {
  recordEffect(`tickets/${ticket.id}`);
  return ticket;
}

function added(ticketId: string, comment: Comment, { recordEffect }: ToolContext): Comment {
  recordEffect(`tickets/${ticketId}/comments/${comment.id}`);
  return comment;
}

function redacted(ticketId: string, redaction: Redaction, { recordEffect }: ToolContext): Redaction {
  recordEffect(`tickets/${ticketId}/redactions/${redaction.id}`);
  return redaction;
}
