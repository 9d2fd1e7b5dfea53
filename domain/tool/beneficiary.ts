import type { ToolDefinition } from './definition.ts';
import type { Facts } from './facts.ts';

/** Where a call says who gains from it: in an argument, a fact of the call, or an attribute of its resource. */
export type Beneficiary =
  | { readonly argument: string }
  | { readonly fact: string }
  | { readonly attribute: string };

/**
 * Ids of whoever gains from a call, as its systems of record call them; each once. What is absent names nobody: the resource does not
 * exist, and it is for policies to refuse that.
 */
export function beneficiariesOf(
  { beneficiary = [] }: Pick<ToolDefinition, 'beneficiary'>,
  parameters: Readonly<Record<string, unknown>>,
  facts: Facts,
): string[] {
  const named = beneficiary.flatMap((place) => {
    const [where, name] = placeOf(place);
    const values = { argument: parameters, fact: facts.call, attribute: facts.resource.attributes }[where];
    return Object.hasOwn(values, name) ? [values[name]].flat() : [];
  });
  return [...new Set(named.filter((id): id is string => typeof id === 'string'))];
}

/** As policies write it: `resource.customer`. */
export function beneficiaryText(place: Beneficiary): string {
  const [where, name] = placeOf(place);
  return {
    argument: `context.arguments.${name}`,
    fact: `context.facts.${name}`,
    attribute: `resource.${name}`,
  }[where];
}

function placeOf(place: Beneficiary): readonly ['argument' | 'fact' | 'attribute', string] {
  if ('argument' in place) {
    return ['argument', place.argument];
  }
  return 'fact' in place ? ['fact', place.fact] : ['attribute', place.attribute];
}
