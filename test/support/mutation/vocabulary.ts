import { type PolicyJson, schemaToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type SchemaSlices, schemaSlices } from '../../../functions/adapters/cedar-schema-slices.ts';
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
    appliesTo === undefined
      ? []
      : [{ name, principal: appliesTo.principalTypes, resource: appliesTo.resourceTypes }],
  );
  return { slices, tools };
}

/**
 * What a policy means as far as its text alone tells: the tools that its head names, itself or by groups; its types, where
 * the schema allows others; its conditions letter by letter; and the quorum that counts when none is written.
 *
 * INVARIANT: equal forms decide every valid request alike. Different ones may do so too; those have to be killed.
 */
export function normalForm(
  { effect, principal, action, resource, conditions, annotations }: PolicyJson,
  { slices, tools }: Vocabulary,
): string {
  const named = actionNames(action);
  const matched = tools.filter(
    ({ name }) => named === undefined || slices.actionsAbove(name).some((above) => named.includes(above)),
  );
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
    conditions,
    approvers === undefined ? null : [approvers, quorum],
  ]);
}
