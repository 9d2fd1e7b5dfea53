import type { LedgerEvent } from '../../contracts/events.ts';
import { EventShape } from '../../domain/audit/event-shape.ts';

/** The event, which satisfies the schema of its type. @throws Error that says what of it does not */
export function validEvent(event: LedgerEvent): LedgerEvent {
  const parsed = EventShape.safeParse(event);
  if (!parsed.success) {
    throw new Error(`${event.type} ${event.id} breaks its schema: ${parsed.error.message}`);
  }
  return event;
}
