import { z } from 'zod';
import {
  DEPLOYMENT_PLACES,
  filledIn,
  isResourceAccess,
  placesOf,
  type ResourceAccess,
  TENANT_PLACE,
} from './access.ts';
import type { ToolDefinition } from './definition.ts';
import { checkDestination } from './destination.ts';
import {
  MAXIMUM_CALLS_PER_MINUTE,
  MAXIMUM_CONCURRENT_CALLS,
  MAXIMUM_COOL_DOWN_SECONDS,
  MAXIMUM_FAILURES,
} from './limits.ts';

/** No character that means something in an ARN or a policy. */
const SECRET_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;

/** @throws Error for a destination or secret that is not written as it must be, or is declared twice */
export function checkReach({ name, destinations = [], secrets = [] }: ToolDefinition): void {
  for (const destination of destinations) {
    try {
      checkDestination(destination);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`);
    }
  }
  const secret = secrets.find((each) => !SECRET_PATTERN.test(each));
  if (secret !== undefined) {
    throw new Error(`${name}: secret '${secret}', expected lower-case letters, digits and hyphens`);
  }
  const repeated = [destinations, secrets].flatMap((list) =>
    list.filter((each, index) => list.indexOf(each) !== index),
  );
  if (repeated.length > 0) {
    throw new Error(`${name}: '${repeated.join("', '")}' declared twice`);
  }
}

const ACTION_PATTERN = /^[a-z][a-z0-9-]*:[A-Z][A-Za-z0-9]*$/;
const ARN_PATTERN = /^arn:\{partition\}:[a-z0-9-]+:[^:*?$]*:[^:*?$]*:[^*?$]+$/;

/** A key as AWS writes it, such as `s3:prefix`. */
const CONDITION_KEY_PATTERN = /^[a-z][a-z0-9-]*:[A-Za-z][A-Za-z0-9-]*$/;
const CONDITION_VALUE_PATTERN = /^[^*?$]+$/;

/** Types of arguments that can stand in an ARN; an optional one would leave a hole in it. */
const TEXT_TYPES: readonly string[] = ['string', 'enum'];

/** The tenant where its name ends at characters that none has: tenants are lower-case letters, digits and hyphens. */
const DELIMITED_TENANT = /(?<![a-z0-9}-])\{tenant\}(?![a-z0-9{-])/g;

type Shape = ToolDefinition['input']['shape'];

/** Services whose rights would be rights over the control plane; tables have an access of their own. */
const CLOSED_SERVICES = ['iam', 'sts', 'kms', 'states', 'dynamodb', 'secretsmanager', 'cloudformation'];

/** @throws Error for access to a resource that could reach further than one call of one tenant */
export function checkResources({ name, access, input }: ToolDefinition): void {
  for (const each of access.filter(isResourceAccess)) {
    const problem =
      actionProblem(each) ?? arnProblem(each) ?? conditionProblem(each) ?? placesProblem(each, input.shape);
    if (problem !== undefined) {
      throw new Error(`${name}: ${problem}`);
    }
  }
}

function actionProblem({ actions }: ResourceAccess): string | undefined {
  const malformed = actions.find((action) => !ACTION_PATTERN.test(action));
  if (actions.length === 0 || malformed !== undefined) {
    return `action '${malformed ?? '(none)'}', expected actions in full such as s3:GetObject`;
  }
  const closed = actions.find((action) => CLOSED_SERVICES.includes(action.split(':', 1)[0] ?? ''));
  return closed === undefined
    ? undefined
    : `action '${closed}' is of a service that is closed to tools, expected none of ${CLOSED_SERVICES.join(', ')}`;
}

function arnProblem({ resource }: ResourceAccess): string | undefined {
  return ARN_PATTERN.test(resource)
    ? undefined
    : `resource '${resource}', expected arn:{partition}:service:region:account:resource without wildcards`;
}

function conditionProblem({ conditions = {} }: ResourceAccess): string | undefined {
  const [malformed] = Object.entries(conditions).filter(
    ([key, value]) => !CONDITION_KEY_PATTERN.test(key) || !CONDITION_VALUE_PATTERN.test(value),
  );
  return malformed === undefined
    ? undefined
    : `condition ${malformed[0]} '${malformed[1]}', expected a key such as s3:prefix and a value without wildcards`;
}

function placesProblem(
  { resource, conditions = {}, sharedByTenants = false }: ResourceAccess,
  shape: Shape,
): string | undefined {
  const templates = [resource, ...Object.values(conditions)];
  const problem = templates
    .map((template) => placeProblem(template, shape))
    .find((each) => each !== undefined);
  if (problem !== undefined) {
    return problem;
  }
  const isTenantsOwn = templates.some((template) => placesOf(template).includes(TENANT_PLACE));
  return isTenantsOwn === sharedByTenants
    ? `resource '${resource}': expected either {${TENANT_PLACE}} in it or sharedByTenants`
    : undefined;
}

/** @throws Error for limits that could not be kept, or that would let nothing through */
export function checkLimits({ name, limits = {}, breaker }: ToolDefinition): void {
  const { callsPerMinute, burst, concurrentCalls } = limits;
  checkWhole(name, 'callsPerMinute', callsPerMinute, MAXIMUM_CALLS_PER_MINUTE);
  checkWhole(name, 'concurrentCalls', concurrentCalls, MAXIMUM_CONCURRENT_CALLS);
  checkWhole(name, 'failures', breaker?.failures, MAXIMUM_FAILURES);
  checkWhole(name, 'coolDownSeconds', breaker?.coolDownSeconds, MAXIMUM_COOL_DOWN_SECONDS);
  if (burst !== undefined && callsPerMinute === undefined) {
    throw new Error(`${name}: burst ${burst} without callsPerMinute, expected both or only the latter`);
  }
  checkWhole(name, 'burst', burst, callsPerMinute ?? 1);
}

/** What policies see beside the origins of arguments. */
const RESERVED_KEY_ARGUMENTS = ['resource', 'values', 'texts'];

/** @throws Error for key arguments that are none, or would be taken for something else */
export function checkKeyArguments({ name, input, keyArguments = {} }: ToolDefinition): void {
  const unknown = Object.keys(keyArguments).find((argument) => !Object.hasOwn(input.shape, argument));
  if (unknown !== undefined) {
    throw new Error(`${name}: keyArguments names '${unknown}', which is not an argument`);
  }
  const reserved = Object.keys(keyArguments).find((argument) => RESERVED_KEY_ARGUMENTS.includes(argument));
  if (reserved !== undefined) {
    throw new Error(
      `${name}: keyArguments names '${reserved}', which means something else, rename the argument`,
    );
  }
}

function checkWhole(name: string, limit: string, value: number | undefined, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most)) {
    throw new Error(`${name}: ${limit} ${value}, expected a whole number, 1 to ${most}`);
  }
}

function placeProblem(template: string, shape: Shape): string | undefined {
  const ownPlaces: readonly string[] = [...DEPLOYMENT_PLACES, TENANT_PLACE];
  for (const place of placesOf(template)) {
    const argument = Object.hasOwn(shape, place) ? shape[place] : undefined;
    if (ownPlaces.includes(place) && argument !== undefined) {
      return `'${template}' has {${place}}, which is an argument too, rename the argument`;
    }
    if (!ownPlaces.includes(place) && argument === undefined) {
      return `'${template}' has {${place}}, expected one of ${[...ownPlaces, ...Object.keys(shape)].join(', ')}`;
    }
    if (argument !== undefined && !TEXT_TYPES.includes(argument.def.type)) {
      return `'${template}' has {${place}}, an argument of type ${argument.def.type}, expected required text`;
    }
  }
  if (/[{}]/.test(filledIn(template, () => ''))) {
    return `'${template}' has a brace outside of a place, expected places of letters, digits and underscores`;
  }
  // INVARIANT: no tenant's name with something behind or before it reads as another tenant's
  return template.replaceAll(DELIMITED_TENANT, '').includes(`{${TENANT_PLACE}}`)
    ? `'${template}': expected {${TENANT_PLACE}} between characters that no tenant has, such as '/'`
    : undefined;
}

/** @throws Error for an amount that no call has */
export function checkAmount({ name, amount, input, facts }: ToolDefinition): void {
  if (amount === undefined) {
    return;
  }
  const [where, shape] =
    'argument' in amount ? [amount.argument, input.shape] : [amount.fact, facts?.shape ?? {}];
  if (!(where in shape)) {
    throw new Error(`${name}: amount names '${where}', which is neither an argument nor a fact of it`);
  }
}

/** @throws Error for a beneficiary that no call names, or that is no id; attributes are checked with their resource */
export function checkBeneficiary({ name, beneficiary = [], input, facts }: ToolDefinition): void {
  for (const place of beneficiary) {
    const problem =
      'attribute' in place
        ? undefined
        : 'argument' in place
          ? idProblem('an argument', place.argument, input.shape)
          : idProblem('a fact', place.fact, facts?.shape ?? {});
    if (problem !== undefined) {
      throw new Error(`${name}: ${problem}`);
    }
  }
}

/** Why a member cannot say who gains from a call. @param what - such as `an argument` */
export function idProblem(what: string, name: string, shape: Shape): string | undefined {
  const type = Object.hasOwn(shape, name) ? shape[name] : undefined;
  if (type === undefined) {
    return `beneficiary names '${name}', which is not ${what} of it`;
  }
  return isIds(z.toJSONSchema(z.object({ [name]: type })).properties?.[name])
    ? undefined
    : `beneficiary names '${name}', expected ${what} that is text or a list of texts`;
}

function isIds(schema: z.core.JSONSchema._JSONSchema | undefined): boolean {
  if (typeof schema !== 'object') {
    return false;
  }
  const { type, items } = schema;
  return type === 'string' || (type === 'array' && !Array.isArray(items) && isIds(items));
}
