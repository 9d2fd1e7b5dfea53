import { z } from 'zod';
import {
  defineTool,
  PRIVILEGED_TIER,
  type ResourceType,
  type ToolNamespace,
} from '../../../domain/tool/definition.ts';
import { Comment, Redaction, Ticket, ticketId } from './documents.ts';

/**
 * A ticket of the helpdesk. Without attributes: the authorizer cannot reach the helpdesk, so nothing that a system of
 * record says about a ticket is known when its calls are decided. Policies go by the user, the agent and the arguments.
 */
export const TicketResource = { name: 'Ticket', attributes: z.strictObject({}) } satisfies ResourceType;

/** The secret with the API token. */
export const API_TOKEN = 'api-token';

const TIMEOUT_SECONDS = 20;

/** The origin is the deployment's: its context `helpdeskOrigin`. */
const DESTINATIONS = ['deployment:helpdesk'] as const;

/** Well below the 700 requests a minute that helpdesks of the kind take from a whole account. */
const READ_LIMITS = { callsPerMinute: 60, burst: 10, concurrentCalls: 5 } as const;
/** More than a team writes; what goes on for longer is an agent that has lost its way. */
const WRITE_LIMITS = { callsPerMinute: 12, burst: 3, concurrentCalls: 3 } as const;

/** The helpdesk bills seats, not requests; what a call costs is at most one read of its token. */
const MAXIMUM_COST_MICRO_DOLLARS = 5;

export const getTicket = defineTool({
  name: 'helpdesk.get_ticket',
  description: 'Get a ticket of the helpdesk: its subject, status, priority and description.',
  input: z.strictObject({ ticket_id: ticketId }),
  output: Ticket,
  effect: 'read',
  tier: 0,
  resource: TicketResource.name,
  access: [],
  destinations: DESTINATIONS,
  secrets: [API_TOKEN],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  limits: READ_LIMITS,
  loggedArguments: ['ticket_id'],
});

export const createTicket = defineTool({
  name: 'helpdesk.create_ticket',
  description:
    'Create a ticket that the support team will see; answers it with its id. Use this once for each ' +
    'problem, after making sure that there is no ticket for it yet.',
  input: z.strictObject({
    subject: z.string().min(1).max(200).describe('What it is about, in one line'),
    description: z.string().min(1).max(8000).describe('What happened and what is asked for'),
    priority: z.enum(['low', 'normal', 'high']).describe('How soon somebody should look'),
  }),
  output: Ticket,
  effect: 'write',
  idempotency: 'by_lookup',
  tier: 1,
  resource: TicketResource.name,
  access: [],
  destinations: DESTINATIONS,
  secrets: [API_TOKEN],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  limits: WRITE_LIMITS,
  loggedArguments: ['priority'],
  kinds: ['create', 'notify'],
});

export const addComment = defineTool({
  name: 'helpdesk.add_comment',
  description:
    'Add a comment to a ticket; the customer gets it by e-mail. Use this to answer, and only with what ' +
    'has been found out.',
  input: z.strictObject({
    ticket_id: ticketId,
    body: z.string().min(1).max(8000).describe('What the customer reads'),
  }),
  output: Comment,
  effect: 'write',
  idempotency: 'by_lookup',
  tier: 2,
  resource: TicketResource.name,
  access: [],
  destinations: DESTINATIONS,
  secrets: [API_TOKEN],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  limits: WRITE_LIMITS,
  loggedArguments: ['ticket_id'],
  kinds: ['egress', 'message', 'notify'],
  keyArguments: { ticket_id: 'value', body: 'embedded' },
});

export const redactTicket = defineTool({
  name: 'helpdesk.redact_ticket',
  description:
    'Remove for good what a ticket and its comments say, for everybody. Use this only in an incident, for a ' +
    'ticket into which somebody has written a secret or the data of somebody else.',
  input: z.strictObject({ ticket_id: ticketId }),
  output: Redaction,
  effect: 'write',
  idempotency: 'by_lookup',
  tier: PRIVILEGED_TIER,
  resource: TicketResource.name,
  access: [],
  destinations: DESTINATIONS,
  secrets: [API_TOKEN],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['ticket_id'],
  kinds: ['delete'],
});

/** Somebody else's helpdesk over HTTP: an example of tools with a secret and one destination. */
export const helpdesk = {
  name: 'helpdesk',
  tableName: (_prefix: string, table: string): string => {
    throw new Error(`table '${table}': the helpdesk's tools have no tables`);
  },
  resources: [TicketResource],
  tools: [getTicket, createTicket, addComment, redactTicket],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type HelpdeskTool = (typeof helpdesk.tools)[number];
