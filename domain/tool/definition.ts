import type { z } from 'zod';
import { checkDestination } from './destination.ts';

export type Effect = 'read' | 'write';

/** 0 read-only; 1 low-impact write; 2 customer-facing; 3 money or production; 4 privileged. */
export type Tier = 0 | 1 | 2 | 3 | 4;

/**
 * What may be done about an attempt at a write that broke off. `by_key`: repeat it, the system behind it takes the same
 * idempotency key only once. `by_lookup`: look whether the effect is there, never repeat. `none`: only a person can tell.
 */
export type Idempotency = 'by_key' | 'by_lookup' | 'none';

/** A kind of thing that tools act on; becomes a Cedar entity type whose attributes are facts. */
export interface ResourceType {
  readonly name: string;
  readonly attributes: z.ZodObject;
}

/** What systems of record say about a call, read at decision time. Never from the model. */
export interface Facts {
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  };
  /** Facts about this call rather than its resource, for example the amount that it would refund. */
  readonly call: Readonly<Record<string, unknown>>;
}

/** What a call's AWS permissions may depend on: the tenant, the arguments and the decided resource. */
export interface CallScope {
  readonly tenant: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly resource: Facts['resource'];
}

export type TableOperation = 'get' | 'query' | 'update';

/**
 * DynamoDB access of a tool. The union over an agent's tools becomes its role; with the call's own keys filled in
 * it becomes the call's session policy.
 */
export interface TableAccess {
  readonly table: string;
  /** Index to query; the table itself when absent. */
  readonly index?: string;
  readonly operations: readonly TableOperation[];
  /** Partition keys the call may touch, spelled out; absent: any key of the call's tenant. */
  readonly keys?: (scope: CallScope) => readonly string[];
}

/** One registered capability. Schemas, Cedar actions, roles and session policies are all made from it. */
export interface ToolDefinition {
  /** `namespace.verb_noun`. */
  readonly name: string;
  /** What a model reads; says when to use the tool. */
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodType;
  readonly effect: Effect;
  readonly tier: Tier;
  /** Of a write; reads have none, they can be repeated as they are. */
  readonly idempotency?: Idempotency;
  /** Name of the `ResourceType` that the tool acts on. */
  readonly resource: string;
  /** Shape of `Facts.call`; absent when the tool needs none. */
  readonly facts?: z.ZodObject;
  readonly access: readonly TableAccess[];
  /**
   * Every origin that the tool may send requests to, such as `https://api.example.com` or `https://*.example.com`;
   * `deployment:<name>` is the one that the deployment's context names `<name>Origin`. @default none
   */
  readonly destinations?: readonly string[];
  /** Secrets that the tool may read, by name; deployed as `<prefix>/<namespace>/<name>`. @default none */
  readonly secrets?: readonly string[];
  /** Held on the run's budget before the call; what is not used is released. */
  readonly maximumCostMicroDollars: number;
  /** At most 240: the governed call around it ends at five minutes. */
  readonly timeoutSeconds: number;
  /** Arguments fit for the log as they are; the others appear there as digests. */
  readonly loggedArguments: readonly string[];
}

/** The tools of one executor function. */
export interface ToolNamespace {
  readonly name: string;
  /** Deployed name of a table that the tools' `access` names. */
  readonly tableName: (prefix: string, table: string) => string;
  readonly resources: readonly ResourceType[];
  readonly tools: readonly ToolDefinition[];
}

const NAME_PATTERN = /^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/;
/** No character that means something in an ARN or a policy. */
const SECRET_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;

/** Below the five minutes of a synchronous Express execution, with room for its other steps. */
export const MAXIMUM_TOOL_TIMEOUT_SECONDS = 240;

/**
 * Checks a definition and gives it back with its own types, so that a handler's arguments are typed.
 *
 * @throws Error when the definition contradicts itself; raised at load, so it fails the build and never a call.
 */
export function defineTool<const T extends ToolDefinition>(definition: T): T {
  const { name, timeoutSeconds, maximumCostMicroDollars, effect, tier, idempotency, loggedArguments, input } =
    definition;
  if (!NAME_PATTERN.test(name)) {
    throw new Error(`tool name '${name}': expected namespace.verb_noun in lower case`);
  }
  if (timeoutSeconds <= 0 || timeoutSeconds > MAXIMUM_TOOL_TIMEOUT_SECONDS) {
    throw new Error(
      `${name}: timeoutSeconds ${timeoutSeconds}, expected 1 to ${MAXIMUM_TOOL_TIMEOUT_SECONDS}`,
    );
  }
  if (!Number.isSafeInteger(maximumCostMicroDollars) || maximumCostMicroDollars < 0) {
    throw new Error(
      `${name}: maximumCostMicroDollars ${maximumCostMicroDollars}, expected a whole number, 0 or more`,
    );
  }
  if ((effect === 'read') !== (tier === 0)) {
    throw new Error(
      `${name}: effect '${effect}' with tier ${tier}, expected reads in tier 0 and writes in tiers 1 to 4`,
    );
  }
  if ((effect === 'write') !== (idempotency !== undefined)) {
    throw new Error(
      `${name}: effect '${effect}' with idempotency '${idempotency}', expected one on every write only`,
    );
  }
  const unknownArgument = loggedArguments.find((argument) => !(argument in input.shape));
  if (unknownArgument !== undefined) {
    throw new Error(`${name}: loggedArguments names '${unknownArgument}', which is not an argument`);
  }
  checkReach(definition);
  return definition;
}

function checkReach({ name, destinations = [], secrets = [] }: ToolDefinition): void {
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

/** `retail` of `retail.cancel_pending_order`. */
export function namespaceOf(tool: string): string {
  return tool.slice(0, tool.indexOf('.'));
}
