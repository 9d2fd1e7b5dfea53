import type { NamespaceDefinition, SchemaJson } from '@cedar-policy/cedar-wasm/nodejs';
import { decimalText } from '../../domain/policy/decimal.ts';
import type { PolicyRequest } from '../../domain/policy/request.ts';

type Definitions = NamespaceDefinition<string>;

/** @returns what is wrong with a value, by its path; undefined when it fits */
type Check = (value: unknown, path: string) => string | undefined;

/** @returns why a request does not fit the schema; undefined when it does */
export type RequestCheck = (request: PolicyRequest) => string | undefined;

/** As Cedar writes types in JSON, as far as they are checked here. */
export interface TypeJson {
  readonly type: string;
  readonly name?: string;
  readonly element?: TypeJson;
  readonly attributes?: Readonly<Record<string, TypeJson & { readonly required?: boolean }>>;
  readonly additionalAttributes?: boolean;
}

/**
 * Holds requests of one action to the schema as Cedar does when it validates them, at a tenth of the time: Cedar copies
 * the schema for every request and reads the context by it.
 *
 * INVARIANT: nothing fits here that Cedar would refuse. Records are closed, so no value can bring what Cedar reads as an
 * entity or an extension (`__entity`, `__extn`).
 *
 * @returns undefined for an action that knows types which are not checked here; Cedar must validate its requests
 */
export function requestCheck(schema: SchemaJson<string>, action: string): RequestCheck | undefined {
  const definitions = schema[''];
  const applies = definitions?.actions[action]?.appliesTo;
  if (definitions === undefined || applies === undefined) {
    return undefined;
  }
  const context = checkOf((applies.context ?? EMPTY) as TypeJson, definitions);
  const entities = Object.entries(definitions.entityTypes).map(([name, entity]) => {
    const plain = !('enum' in entity) && entity.tags === undefined;
    const shape = plain ? checkOf((entity.shape ?? EMPTY) as TypeJson, definitions) : undefined;
    return { name, shape, parents: 'enum' in entity ? [] : (entity.memberOfTypes ?? []) };
  });
  if (context === undefined || entities.some(({ shape }) => shape === undefined)) {
    return undefined;
  }
  const entityOf = new Map(entities.map((entity) => [entity.name, entity]));
  return (request) => {
    const { principal, resource } = request;
    if (!applies.principalTypes.includes(principal.type) || !applies.resourceTypes.includes(resource.type)) {
      return `a ${principal.type} and a ${resource.type}, expected what '${action}' applies to`;
    }
    for (const { uid, attrs, parents } of request.entities) {
      const entity = entityOf.get(uid.type);
      const stranger = parents.find(({ type }) => !entity?.parents.includes(type));
      const wrong =
        stranger === undefined ? entity?.shape?.(attrs, uid.type) : `${uid.type} below ${stranger.type}`;
      if (entity === undefined || wrong !== undefined) {
        return wrong ?? `an entity of type ${uid.type}, expected one that '${action}' knows`;
      }
    }
    return context(request.context, 'context');
  };
}

const EMPTY: TypeJson = { type: 'Record', attributes: {} };

/** @returns undefined for a type that is not checked here */
function checkOf(type: TypeJson, definitions: Definitions): Check | undefined {
  switch (type.type) {
    case 'String':
      return (value, path) => (typeof value === 'string' ? undefined : `${path} is no string`);
    case 'Long':
      return (value, path) => (Number.isSafeInteger(value) ? undefined : `${path} is no whole number`);
    case 'decimal':
      // a number of JSON: what is written as an extension of Cedar fits nowhere
      return (value, path) =>
        typeof value === 'number' && decimalText(value) !== undefined ? undefined : `${path} is no decimal`;
    case 'Boolean':
    case 'Bool':
      return (value, path) => (typeof value === 'boolean' ? undefined : `${path} is no boolean`);
    case 'Set':
      return setCheck(type.element && checkOf(type.element, definitions));
    case 'Record':
      return type.additionalAttributes ? undefined : recordCheck(type.attributes ?? {}, definitions);
    default:
      return namedCheck(type.type === 'EntityOrCommon' ? type.name : type.type, definitions);
  }
}

function namedCheck(name: string | undefined, definitions: Definitions): Check | undefined {
  const { commonTypes = {}, entityTypes } = definitions;
  if (name === undefined || Object.hasOwn(entityTypes, name)) {
    return undefined;
  }
  if (Object.hasOwn(commonTypes, name)) {
    return checkOf(commonTypes[name] as TypeJson, definitions);
  }
  return ['String', 'Long', 'Bool', 'Boolean', 'decimal'].includes(name)
    ? checkOf({ type: name }, definitions)
    : undefined;
}

function setCheck(element: Check | undefined): Check | undefined {
  return (
    element &&
    ((value, path) => {
      if (!Array.isArray(value)) {
        return `${path} is no set`;
      }
      return value.map((each) => element(each, `${path}[]`)).find((wrong) => wrong !== undefined);
    })
  );
}

function recordCheck(
  attributes: NonNullable<TypeJson['attributes']>,
  definitions: Definitions,
): Check | undefined {
  const checks = new Map<string, Check>();
  for (const [name, type] of Object.entries(attributes)) {
    const check = checkOf(type, definitions);
    if (check === undefined) {
      return undefined;
    }
    checks.set(name, check);
  }
  const required = Object.keys(attributes).filter((name) => attributes[name]?.required !== false);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return `${path} is no record`;
    }
    const members = value as Readonly<Record<string, unknown>>;
    const missing = required.find((name) => !Object.hasOwn(members, name) || members[name] === undefined);
    if (missing !== undefined) {
      return `${path} has no '${missing}'`;
    }
    for (const name of Object.keys(members)) {
      const member = members[name];
      // JSON leaves out what is undefined
      const wrong =
        member === undefined ? undefined : wrongMember(checks.get(name), member, `${path}.${name}`);
      if (wrong !== undefined) {
        return wrong;
      }
    }
    return undefined;
  };
}

function wrongMember(check: Check | undefined, member: unknown, path: string): string | undefined {
  return check === undefined ? `${path} is not in the schema` : check(member, path);
}
