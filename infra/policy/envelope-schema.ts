import { z } from 'zod';
import { EnvelopeFileShape } from '../../domain/envelope/file.ts';

/** JSON Schema of envelopes, for editors; what it cannot say, the build says. */
export function envelopeSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(EnvelopeFileShape, { io: 'input' }), undefined, 2)}\n`;
}
