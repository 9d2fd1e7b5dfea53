import { z } from 'zod';
import { EventShape } from '../../domain/audit/event-shape.ts';

/** JSON Schema of the events of the log, for whoever reads it with tools of their own. */
export function eventSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(EventShape), undefined, 2)}\n`;
}
