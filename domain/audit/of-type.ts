import type { EventType, LedgerEvent } from '../../contracts/events.ts';

export type EventOf<T extends EventType> = Extract<LedgerEvent, { type: T }>;

export function ofType<T extends EventType>(events: readonly LedgerEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
