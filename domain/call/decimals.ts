import { z } from 'zod';
import type { FieldError } from '../fields.ts';
import { DECIMAL_RANGE, decimalText } from '../policy/decimal.ts';

/** The part of JSON Schema that tool definitions use. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

type Walk = (value: unknown, path: string) => FieldError[];

/** Schemas live as long as their tools, and are walked once. */
const walks = new WeakMap<z.ZodObject, Walk | undefined>();

/**
 * Numbers that policies could not be asked about exactly, where the schema has numbers that need not be whole.
 *
 * @param value - already parsed by the schema
 */
export function inexactNumbers(schema: z.ZodObject, value: unknown): FieldError[] {
  if (!walks.has(schema)) {
    walks.set(schema, walkOf(z.toJSONSchema(schema, { io: 'output' }) as JsonSchema));
  }
  return walks.get(schema)?.(value, '') ?? [];
}

/** @returns undefined when there are no such numbers in it */
function walkOf({ type, properties = {}, items }: JsonSchema): Walk | undefined {
  if (type === 'number') {
    return (value, field) =>
      typeof value !== 'number' || decimalText(value) !== undefined
        ? []
        : [{ field, message: `${value}, expected ${DECIMAL_RANGE}` }];
  }
  if (type === 'array') {
    const item = walkOf(items ?? {});
    return (
      item &&
      ((value, path) =>
        Array.isArray(value) ? value.flatMap((each, index) => item(each, `${path}.${index}`)) : [])
    );
  }
  const members = Object.entries(properties).flatMap(([name, property]) => {
    const walk = walkOf(property);
    return walk === undefined ? [] : [{ name, walk }];
  });
  if (members.length === 0) {
    return undefined;
  }
  return (value, path) =>
    typeof value !== 'object' || value === null
      ? []
      : members.flatMap(({ name, walk }) =>
          walk((value as Record<string, unknown>)[name], path === '' ? name : `${path}.${name}`),
        );
}
