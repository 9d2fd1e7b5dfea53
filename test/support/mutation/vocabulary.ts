import { type PolicyJson, schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { z } from 'zod';
import { type SchemaSlices, schemaSlices } from '../../../functions/adapters/cedar-schema-slices.ts';
import { findTool } from '../../../functions/tools/registry.ts';
import { actionNames } from './policy-mutants.ts';

/** What the heads of policies can speak of. */
export interface Vocabulary {
  readonly slices: SchemaSlices;
  /** Actions that requests can have, with the types that they apply to. */
  readonly tools: readonly {
    readonly name: string;
    readonly principal: readonly string[];
    readonly resource: readonly string[];
  }[];
}

export function vocabularyOf(schema: string): Vocabulary {
  const slices = schemaSlices(schema);
  const answer = schemaToJson(schema);
  if (!('schemaOf' in slices) || answer.type === 'failure') {
    throw new Error(`schema does not parse: ${JSON.stringify(slices)}`);
  }
  const actions = Object.entries(answer.json['']?.actions ?? {});
  const tools = actions.flatMap(([name, { appliesTo }]) =>
    // a group applies to nothing
    appliesTo === undefined || appliesTo.principalTypes.length === 0
      ? []
      : [{ name, principal: appliesTo.principalTypes, resource: appliesTo.resourceTypes }],
  );
  return { slices, tools };
}

type Tool = Vocabulary['tools'][number];

/** Tools that a head names, itself or by groups. */
export function matchedTools(action: PolicyJson['action'], { slices, tools }: Vocabulary): readonly Tool[] {
  const named = actionNames(action);
  return tools.filter(
    ({ name }) => named === undefined || slices.actionsAbove(name).some((above) => named.includes(above)),
  );
}

/**
 * What a policy means as far as its text alone tells: the tools that its head names, itself or by groups; its types, where
 * the schema allows others; its conditions letter by letter, but for `shortest`; and the quorum that counts when none is
 * written.
 *
 * INVARIANT: equal forms decide every valid request alike. Different ones may do so too; those have to be killed.
 */
export function normalForm(
  { effect, principal, action, resource, conditions, annotations }: PolicyJson,
  vocabulary: Vocabulary,
): string {
  const matched = matchedTools(action, vocabulary);
  const told = (variable: 'principal' | 'resource', constraint: PolicyJson['principal' | 'resource']) =>
    constraint.op === 'is' &&
    constraint.in === undefined &&
    matched.every((tool) => tool[variable].every((type) => type === constraint.entity_type))
      ? { op: 'All' }
      : constraint;
  const { approvers, quorum = '1' } = annotations ?? {};
  return JSON.stringify([
    effect,
    told('principal', principal),
    told('resource', resource),
    matched.map(({ name }) => name),
    JSON.stringify(conditions, (_, part) => shortest(part, matched)),
    approvers === undefined ? null : [approvers, quorum],
  ]);
}

const Inputs = z.object({
  properties: z.record(z.string(), z.object({ multipleOf: z.number().optional() })),
});
const ContextArgument = z.object({
  '.': z.object({
    left: z.object({
      '.': z.object({ left: z.object({ Var: z.literal('context') }), attr: z.literal('arguments') }),
    }),
    attr: z.string(),
  }),
});
const Decimal = z.object({ decimal: z.tuple([z.object({ Value: z.coerce.number() })]) });
const OneOf = z.object({ containsAll: z.object({ right: z.object({ Set: z.tuple([z.unknown()]) }) }) });
/** Where a bound between two values that an argument can have is moved, so that every value stays on its side. */
const BOUNDS = Object.entries({
  lessThan: Math.ceil,
  lessThanOrEqual: Math.floor,
  greaterThan: Math.floor,
  greaterThanOrEqual: Math.ceil,
}).map(([operator, toward]) => ({
  ...{ operator, toward },
  Comparison: z.object({ [operator]: z.tuple([ContextArgument, Decimal]) }),
}));

/** All of one is any of one; an amount in cents is at most 100.0001 when it is at most 100. Anything else is as it was. */
function shortest(part: unknown, tools: readonly Tool[]): unknown {
  if (OneOf.safeParse(part).success) {
    return { containsAny: (part as { readonly containsAll: unknown }).containsAll };
  }
  for (const { operator, toward, Comparison } of BOUNDS) {
    const [argument, bound] = Comparison.safeParse(part).data?.[operator] ?? [];
    const step = argument && stepOf(argument['.'].attr, tools);
    if (bound !== undefined && step !== undefined) {
      return { [operator]: [argument, toward(inPlaces(bound.decimal[0].Value) / inPlaces(step))] };
    }
  }
  return part;
}

/** Of what all values of an argument are multiples, if every tool says the same. */
function stepOf(argument: string, tools: readonly Tool[]): number | undefined {
  const steps = new Set(
    tools.map(({ name }) => {
      const input = findTool(name)?.input;
      return input && Inputs.parse(z.toJSONSchema(input, { io: 'input' })).properties[argument]?.multipleOf;
    }),
  );
  return steps.size === 1 ? [...steps][0] : undefined;
}

/** In units of the last place that a decimal of Cedar has: whole numbers, so that dividing is exact where it can be. */
function inPlaces(value: number): number {
  return Math.round(value * 10_000);
}
