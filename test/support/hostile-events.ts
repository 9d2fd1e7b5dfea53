import type { z } from 'zod';
import type { EventBody, EventType } from '../../contracts/events.ts';
import { loggedArguments, loggedChanges } from '../../domain/audit/event.ts';
import { EventShape } from '../../domain/audit/event-shape.ts';
import { loggedRetrieval } from '../../domain/audit/retrieval.ts';
import { policyChanged } from '../../domain/policy/policy-change.ts';
import { DIGEST_KEY } from './digest-key.ts';

/** Whatever is written wherever something can be written. */
export interface Hostile {
  readonly text: () => string;
  readonly count: () => number;
}

export const EVENT_TYPES: readonly EventType[] = EventShape.options.flatMap(({ shape }) => [
  ...((shape.type as z.ZodLiteral<EventType> | z.ZodEnum).def.type === 'literal'
    ? (shape.type as z.ZodLiteral<EventType>).def.values
    : (Object.values((shape.type as z.ZodEnum).def.entries) as EventType[])),
]);

const HEADER = ['v', 'id', 'at', 'tenant', 'runId', 'workflow', 'agent'];
const TIME = '2026-11-29T10:00:00.000Z';

/** A body of this type in which every member is there and holds as much as somebody can make it hold. */
export function hostileBody(type: EventType, hostile: Hostile): EventBody {
  const option = EventShape.options.find(({ shape }) => shape.type.safeParse(type).success);
  const members = Object.entries(option?.shape ?? {}).filter(([name]) => !HEADER.includes(name));
  const body = Object.fromEntries(members.map(([name, schema]) => [name, hostileValue(schema, hostile)]));
  return { ...body, ...made(type, hostile), type } as EventBody;
}

/** Members that are made by functions of their own, from what is as large. */
function made(type: EventType, hostile: Hostile): object {
  const { text, count } = hostile;
  const many = <T>(make: (index: number) => T) => Array.from({ length: count() }, (_, index) => make(index));
  const record = () => Object.fromEntries(many((index) => [`${index}${text()}`, [text(), { a: text() }]]));
  switch (type) {
    case 'call.decided': {
      const proposed = record();
      const shown = { loggedArguments: Object.keys(proposed) };
      return { arguments: loggedArguments(shown, proposed, { digestKey: DIGEST_KEY }) };
    }
    case 'call.executed': {
      const change = () => ({ field: text(), from: text(), to: text() });
      const changes = Object.fromEntries(many((index) => [`${index}${text()}`, [change()]]));
      const documents = many(() => ({ id: text(), version: text(), owner: text(), at: text() }));
      const redacted = { email: count(), phone: count() };
      return {
        changes: loggedChanges({}, changes, DIGEST_KEY),
        retrieved: loggedRetrieval('store', documents, DIGEST_KEY),
        redacted,
      };
    }
    case 'policy.changed': {
      const marked = (digit: string) => ({
        digest: digit.repeat(64),
        envelopes: Object.fromEntries(many((index) => [`workflow-${index}`, digit.repeat(64)])),
      });
      return { more: undefined, ...policyChanged(marked('a'), marked('b'), text()) };
    }
    default:
      return {};
  }
}

function hostileValue(schema: z.core.$ZodType, hostile: Hostile): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const many = <T>(make: () => T) => Array.from({ length: hostile.count() }, make);
  switch (def.type) {
    case 'optional':
    case 'readonly':
      return hostileValue(def.innerType, hostile);
    case 'string':
      return isFree(schema) ? hostile.text() : fixedText(schema);
    case 'literal':
      return def.values[0];
    case 'enum':
      return Object.values(def.entries).toSorted(
        (left, right) => String(right).length - String(left).length,
      )[0];
    case 'boolean':
      return false;
    case 'number':
      return Number.MAX_SAFE_INTEGER;
    case 'array':
      return many(() => hostileValue(def.element, hostile));
    case 'record':
      return Object.fromEntries(many(() => [hostile.text(), hostileValue(def.valueType, hostile)]));
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape).map(([name, member]) => [name, hostileValue(member, hostile)]),
      );
    case 'unknown':
      return hostile.text();
    default:
      throw new Error(`a member of type ${def.type}, expected one that hostile events know; add it here`);
  }
}

/** Digests and times are made by us, all other texts can be anything. */
function isFree(schema: z.core.$ZodType): boolean {
  return fixedText(schema) === undefined;
}

function fixedText(schema: z.core.$ZodType): string | undefined {
  const accepts = (text: string) => isAccepted(schema, text);
  return accepts('free') ? undefined : [TIME, 'f'.repeat(64)].find(accepts);
}

function isAccepted(schema: z.core.$ZodType, text: string): boolean {
  return (schema as z.ZodType).safeParse(text).success;
}
