import { schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import {
  type CallTypes,
  EMPTY_RECORD,
  type RecordType,
  type ValueType,
} from '../../domain/envelope/expression/types.ts';

/** As Cedar writes types in JSON, as far as expressions of envelopes can name them. */
interface TypeJson {
  readonly type: string;
  readonly name?: string;
  readonly element?: TypeJson;
  readonly attributes?: Readonly<Record<string, TypeJson & { readonly required?: boolean }>>;
}

/**
 * Types of the calls of every tool, from the schema that policies are validated against, so that both know the same.
 *
 * @throws Error when the schema does not parse: it is generated
 */
export function callTypes(schema: string): ReadonlyMap<string, CallTypes> {
  const answer = schemaToJson(schema);
  const definitions = answer.type === 'success' ? answer.json[''] : undefined;
  if (definitions === undefined) {
    throw new Error(`the generated schema does not parse: ${JSON.stringify(answer)}`);
  }
  const { actions, entityTypes } = definitions;
  return new Map(
    Object.entries(actions).flatMap(([tool, { appliesTo }]) => {
      const [name] = appliesTo?.resourceTypes ?? [];
      const entity = name === undefined ? undefined : entityTypes[name];
      if (
        name === undefined ||
        appliesTo?.context === undefined ||
        entity === undefined ||
        'enum' in entity
      ) {
        return [];
      }
      const attributes = recordOf(entity.shape as TypeJson | undefined);
      return [
        [tool, { tool, context: recordOf(appliesTo.context as TypeJson), resource: { name, attributes } }],
      ];
    }),
  );
}

function recordOf(type: TypeJson | undefined): RecordType {
  const found = type === undefined ? EMPTY_RECORD : typeOf(type);
  return found.kind === 'Record' ? found : EMPTY_RECORD;
}

function typeOf({ type, name, element, attributes = {} }: TypeJson): ValueType {
  switch (type === 'EntityOrCommon' || type === 'Extension' ? name : type) {
    case 'Long':
      return { kind: 'Long' };
    case 'String':
      return { kind: 'String' };
    case 'Bool':
    case 'Boolean':
      return { kind: 'Bool' };
    case 'decimal':
      return { kind: 'decimal' };
    case 'Set':
      return { kind: 'Set', element: element === undefined ? { kind: 'other' } : typeOf(element) };
    case 'Record':
      return {
        kind: 'Record',
        members: new Map(
          Object.entries(attributes).map(([member, { required = true, ...of }]) => [
            member,
            { type: typeOf(of), required },
          ]),
        ),
      };
    default:
      return { kind: 'other' };
  }
}
