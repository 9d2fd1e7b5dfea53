import { type Expr, type PolicyJson, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { ACTION_TYPE } from '../../../domain/policy/request.ts';
import { matchedTools, type Vocabulary } from './vocabulary.ts';

export interface PolicySet {
  readonly schema: string;
  readonly vocabulary: Vocabulary;
  /** The policies beside the one that is changed. */
  readonly others: readonly PolicyJson[];
}

/**
 * Whether no valid request is decided otherwise when a mutant stands in the place of a policy of this set, so that no case can
 * notice it. Only what is proved counts; there is no list of exceptions.
 *
 * That a forbid is widened to agents or tools that nothing permits is not enough: it then gives those agents its reason.
 */
export function isUnreachable(original: PolicyJson, mutant: PolicyJson | undefined, set: PolicySet): boolean {
  return (
    mutant !== undefined &&
    (neverHoldsForMore(original, mutant, set) || isRefusedAnyway(original, mutant, set.others))
  );
}

/**
 * Of a mutant with more tools and nothing else changed: by Cedar's own validation the conditions hold for none of those
 * tools, for example because `resource has owner` is asked of types that never have one.
 */
function neverHoldsForMore(
  original: PolicyJson,
  mutant: PolicyJson,
  { schema, vocabulary }: PolicySet,
): boolean {
  const [before, after] = [original, mutant].map(({ action }) =>
    matchedTools(action, vocabulary).map(({ name }) => name),
  ) as [string[], string[]];
  const added = after.filter((name) => !before.includes(name));
  if (
    !isSame({ ...original, action: mutant.action }, mutant) ||
    !before.every((name) => after.includes(name))
  ) {
    return false;
  }
  const more: PolicyJson = {
    ...mutant,
    action: { op: 'in', entities: added.map((id) => ({ type: ACTION_TYPE, id })) },
  };
  const answer = validate({
    validationSettings: { mode: 'strict' },
    ...{ schema, policies: { staticPolicies: { more } } },
  });
  return (
    answer.type === 'success' &&
    answer.validationErrors.length === 0 &&
    answer.validationWarnings.some(({ error }) => error.message.includes('policy is impossible'))
  );
}

/**
 * Of a permit with one condition less, or with a lower number for it to reach, and nothing else changed: a forbid over the same
 * requests holds whenever that condition does not. What an envelope lets wait for people is compiled to such pairs.
 */
function isRefusedAnyway(original: PolicyJson, mutant: PolicyJson, others: readonly PolicyJson[]): boolean {
  if (
    original.effect !== 'permit' ||
    !isSame({ ...original, conditions: [] }, { ...mutant, conditions: [] })
  ) {
    return false;
  }
  const [required, stillRequired] = [requirementsOf(original), requirementsOf(mutant)];
  const [lost, ...moreLost] = required.filter((each) => !includes(stillRequired, each));
  const [instead, ...moreInstead] = stillRequired.filter((each) => !includes(required, each));
  if (lost === undefined || moreLost.length > 0 || moreInstead.length > 0) {
    return false;
  }
  const refused = [...stillRequired, negated(lost)];
  return (
    (instead === undefined || isLower(lost, instead)) &&
    others.some(
      (other) =>
        other.effect === 'forbid' &&
        covers(other, original) &&
        requirementsOf(other).every((each) => includes(refused, each)),
    )
  );
}

/** What all has to be true for a policy to hold, beside its head. */
function requirementsOf({ conditions }: PolicyJson): Expr[] {
  return conditions.flatMap(({ kind, body }) => (kind === 'when' ? conjuncts(body) : [negated(body)]));
}

function conjuncts(expression: Expr): Expr[] {
  const both = sidesOf('&&', expression);
  return both === undefined ? [expression] : [...conjuncts(both.left), ...conjuncts(both.right)];
}

interface Sides {
  readonly left: Expr;
  readonly right: Expr;
}

function sidesOf(operator: '&&' | '>=', expression: Expr): Sides | undefined {
  return (expression as Partial<Record<typeof operator, Sides>>)[operator];
}

function negated(arg: Expr): Expr {
  return { '!': { arg } };
}

/** Whether what reaches the number of one comparison reaches that of the other. */
function isLower(before: Expr, after: Expr): boolean {
  const [high, low] = [sidesOf('>=', before), sidesOf('>=', after)];
  const [most, least] = [numberIn(high?.right), numberIn(low?.right)];
  return most !== undefined && least !== undefined && least < most && isSame(high?.left, low?.left);
}

function numberIn(expression: Expr | undefined): number | undefined {
  const value = expression && 'Value' in expression ? expression.Value : undefined;
  return typeof value === 'number' ? value : undefined;
}

function covers(wide: PolicyJson, narrow: PolicyJson): boolean {
  return (['principal', 'action', 'resource'] as const).every(
    (variable) => wide[variable].op === 'All' || isSame(wide[variable], narrow[variable]),
  );
}

function includes(all: readonly Expr[], one: Expr): boolean {
  return all.some((each) => isSame(each, one));
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
