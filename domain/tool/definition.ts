import type { z } from 'zod';
import type { PersonalData } from '../redaction/kinds.ts';
import type { Access } from './access.ts';
import type { Beneficiary } from './beneficiary.ts';
import {
  checkAmount,
  checkBeneficiary,
  checkKeyArguments,
  checkLimits,
  checkReach,
  checkResources,
} from './checks.ts';
import type { BreakerRule, CallLimits } from './limits.ts';

export type Effect = 'read' | 'write';

/** 0 read-only; 1 low-impact write; 2 customer-facing; 3 money or production; 4 privileged. */
export type Tier = 0 | 1 | 2 | 3 | 4;

/** Denied unless break-glass is active. */
export const PRIVILEGED_TIER = 4 satisfies Tier;

/**
 * What may be done about an attempt at a write that broke off. `by_key`: repeat it, the system behind it takes the same
 * idempotency key only once. `by_lookup`: look whether the effect is there, never repeat. `none`: only a person can tell.
 */
export type Idempotency = 'by_key' | 'by_lookup' | 'none';

/**
 * What a tool does, in the words that policies and people use. `egress`: it can carry data to another party; `notify`: other
 * people are told by it. Each is an action group.
 */
export const TOOL_KINDS = [
  'create',
  'credential',
  'delete',
  'deploy',
  'egress',
  'message',
  'money',
  'notify',
  'share',
  'update',
] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];

/** Who can have written what a tool answers: the team's directory of people and accounts, the team alone, or anybody. */
export type OutputOrigin = 'directory' | 'trusted' | 'untrusted';

/**
 * Of an argument whose origin matters. `value`: it, or each element of a list; a member of each element of a list of
 * objects; `embedded`: the addresses, links and account numbers within a text.
 */
export type KeyArgument = 'value' | 'embedded' | { readonly member: string };

/** Where the amount of a call stands: an argument, or a fact of the call. */
export type Amount = ({ readonly argument: string } | { readonly fact: string }) & {
  readonly unit: 'usd' | 'cents';
};

/** A kind of thing that tools act on; becomes a Cedar entity type whose attributes are facts. */
export interface ResourceType {
  readonly name: string;
  readonly attributes: z.ZodObject;
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
  /** @default none */
  readonly kinds?: readonly ToolKind[];
  /** Of a tool that moves money: what `refunds` of envelopes goes by. @default an argument `amount_usd` or `amount_cents` */
  readonly amount?: Amount;
  /** Who gains from a call: they do not countersign it. @default nobody in particular */
  readonly beneficiary?: readonly Beneficiary[];
  readonly access: readonly Access[];
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
  /** @default untrusted */
  readonly outputOrigin?: OutputOrigin;
  /**
   * By name: arguments whose origin policies see as `context.provenance.<argument>`, and the worst of all as
   * `context.provenance.values` and `.texts`. With none in it those are `absent`. @default none, and no such members
   */
  readonly keyArguments?: Readonly<Record<string, KeyArgument>>;
  /**
   * Attributes of the resource by which people call it, such as its title. With it policies see the best origin of those and
   * the resource's id as `context.provenance.resource`. @default none, and no such member
   */
  readonly namedBy?: readonly string[];
  /**
   * Attributes of the resource and facts of the call, by name, that are fit for the log as they are. What is not named here is
   * unknown when a recorded call is decided again under other policies. @default none
   */
  readonly loggedFacts?: readonly string[];
  /** Personal data that a model needs to see in outputs; what else is found of the kind is redacted. @default none */
  readonly discloses?: readonly PersonalData[];
  /**
   * Name of the index or store that the tool retrieves documents from. Its handler tells each that it answers with, and the
   * log names them: id, version, owner, time. @default it retrieves none
   */
  readonly retrieves?: string;
  /** Of one agent in one tenant. @default none */
  readonly limits?: CallLimits;
  /** When calls are refused because the system behind the tool is out. @default DEFAULT_BREAKER */
  readonly breaker?: BreakerRule;
  /** Of a write: name of the read that shows what it would change. It takes the same arguments. */
  readonly preview?: string;
  /** Of a write that can be taken back. */
  readonly undo?: Undo;
  /**
   * Of a write: fields of its changes whose values are fit for the log, with `[]` for any position, such as
   * `items[].price`; values of the others appear there as digests. @default none
   */
  readonly loggedFields?: readonly string[];
}

/** How a write is taken back: by another tool's governed call. */
export interface Undo {
  readonly tool: string;
  /** Arguments of that call. @param output - what the write answered */
  readonly arguments: (
    input: Readonly<Record<string, unknown>>,
    output: unknown,
  ) => Readonly<Record<string, unknown>>;
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
  checkAmount(definition);
  checkBeneficiary(definition);
  checkReach(definition);
  checkResources(definition);
  checkLimits(definition);
  checkKeyArguments(definition);
  return definition;
}

/** `retail` of `retail.cancel_pending_order`. */
export function namespaceOf(tool: string): string {
  return tool.slice(0, tool.indexOf('.'));
}
