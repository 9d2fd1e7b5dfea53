import type { NamespaceDefinition, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';
import { decimalText } from '../../domain/policy/decimal.ts';
import type { PolicyRequest } from '../../domain/policy/request.ts';
import type { TypeJson } from './cedar-request-check.ts';

type Definitions = NamespaceDefinition<string>;
type Conversion = (value: unknown) => unknown;

/** As Cedar reads decimals in JSON. */
function decimal(value: unknown): unknown {
  const text = typeof value === 'number' ? decimalText(value) : undefined;
  // INVARIANT: nothing that a request brings is read as an extension but numbers, where the schema has decimals
  if (text === undefined) {
    throw new Error(`a ${typeof value} that is no decimal`);
  }
  return { __extn: { fn: 'decimal', arg: text } };
}

/**
 * Writes the numbers of requests of one action as Cedar reads decimals, where the schema has them. What the types are is
 * found out once.
 *
 * @returns undefined when the action has no decimals, so that its requests stay as they are; the conversion throws for a
 *   value that is no decimal
 */
export function decimalConversion(
  schema: SchemaJson<string>,
  action: string,
): ((request: PolicyRequest) => PolicyRequest) | undefined {
  const definitions = schema[''];
  if (definitions === undefined) {
    return undefined;
  }
  const context = conversionOf(definitions.actions[action]?.appliesTo?.context as TypeJson, definitions);
  const entities = new Map(
    Object.entries(definitions.entityTypes).flatMap(([name, entity]) => {
      const conversion = 'enum' in entity ? undefined : conversionOf(entity.shape as TypeJson, definitions);
      return conversion === undefined ? [] : [[name, conversion] as const];
    }),
  );
  if (context === undefined && entities.size === 0) {
    return undefined;
  }
  return (request) => ({
    ...request,
    context: (context?.(request.context) ?? request.context) as PolicyRequest['context'],
    entities: request.entities.map((entity) => ({
      ...entity,
      attrs: (entities.get(entity.uid.type)?.(entity.attrs) ?? entity.attrs) as typeof entity.attrs,
    })),
  });
}

/** @returns undefined when there is no decimal in it */
function conversionOf(type: TypeJson | undefined, definitions: Definitions): Conversion | undefined {
  switch (type?.type) {
    case 'decimal':
      return decimal;
    case 'EntityOrCommon': {
      const common = definitions.commonTypes?.[type.name ?? ''];
      return common === undefined
        ? conversionOf({ type: type.name ?? '' }, definitions)
        : conversionOf(common as TypeJson, definitions);
    }
    case 'Set': {
      const element = conversionOf(type.element, definitions);
      return element && ((value) => (Array.isArray(value) ? value.map(element) : value));
    }
    case 'Record':
      return recordConversion(type.attributes ?? {}, definitions);
    default:
      return undefined;
  }
}

function recordConversion(
  attributes: NonNullable<TypeJson['attributes']>,
  definitions: Definitions,
): Conversion | undefined {
  const members = Object.entries(attributes).flatMap(([name, type]) => {
    const conversion = conversionOf(type, definitions);
    return conversion === undefined ? [] : [{ name, conversion }];
  });
  if (members.length === 0) {
    return undefined;
  }
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return value;
    }
    const record = value as Readonly<Record<string, unknown>>;
    const converted = members
      .filter(({ name }) => Object.hasOwn(record, name) && record[name] !== undefined)
      .map(({ name, conversion }) => [name, conversion(record[name])]);
    return { ...record, ...Object.fromEntries(converted) };
  };
}
