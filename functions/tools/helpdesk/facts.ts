import type { FactLoader } from '../../../domain/tool/facts.ts';
import { TicketResource } from './definitions.ts';

/** Id of the resource of a call that names no ticket, because there is none yet. */
export const NEW_TICKET = 'new';

/** Which ticket a call names, and nothing about it: the authorizer has no way out to the helpdesk. */
export const loadHelpdeskFacts: FactLoader = async ({ arguments: { ticket_id } }) => ({
  resource: {
    type: TicketResource.name,
    id: typeof ticket_id === 'string' ? ticket_id : NEW_TICKET,
    attributes: {},
  },
  call: {},
});
