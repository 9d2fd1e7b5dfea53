import { type PolicyJson, policyToJson, validate } from '@cedar-policy/cedar-wasm/nodejs';
import type { DecisionKind } from '../../../contracts/call.ts';
import type { BundledPolicy, PolicyBundle } from '../../../domain/policy/bundle.ts';
import { decide, type PolicyEngine, type Quorum } from '../../../domain/policy/decide.ts';
import type { PolicyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { replacing } from './mutant-engines.ts';
import { type PolicyMutant, policyMutants } from './policy-mutants.ts';
import { isUnreachable } from './unreachable.ts';
import { normalForm, vocabularyOf } from './vocabulary.ts';

/** A case with its request, as it is decided by the policies that are reviewed. */
export interface ExpectedDecision {
  readonly request: PolicyRequest;
  readonly kind: DecisionKind;
  readonly policies: readonly string[];
  readonly quorum?: Quorum | undefined;
}

export interface MutationResult {
  readonly killed: number;
  /** The build refuses them: they do not validate against the schema. */
  readonly invalid: number;
  /** The same as the policy itself by `normalForm`. */
  readonly equivalent: number;
  /** No case notices them and none can: `isUnreachable`. */
  readonly unreachable: number;
  /** One sentence each: where, what was changed, and which case is missing. Mutants that come to the same count once. */
  readonly survivors: readonly string[];
}

export type MutationCheck = (policy: BundledPolicy) => MutationResult;

/** A mutant that the build would take and that is not the policy itself. */
interface Living extends PolicyMutant {
  readonly id: string;
}

/**
 * Changes one policy at a time in every way that `policyMutants` knows, and looks whether some case is then decided
 * otherwise: another decision, by other policies, or with another quorum.
 *
 * @throws Error when a case is not decided as expected before anything is changed
 */
export function mutationCheck(
  bundle: Pick<PolicyBundle, 'schema' | 'policies' | 'directory'>,
  cases: readonly ExpectedDecision[],
): MutationCheck {
  const vocabulary = vocabularyOf(bundle.schema);
  const words = {
    approverRoles: bundle.directory.approver_roles,
    groupsOf: (action: string) => vocabulary.slices.actionsAbove(action).filter((name) => name !== action),
  };
  const deployed = cedarEngine(bundle);
  const wrong = cases.find((each) => !holds(deployed, each));
  if (wrong !== undefined) {
    throw notAsExpected(wrong);
  }
  return (policy) => {
    const original = jsonOf(policy);
    const form = (json: PolicyJson | undefined) => json && normalForm(json, vocabulary);
    const made = policyMutants(original, words);
    const different = made.filter(({ json }) => form(json) !== form(original));
    const distinct = [...Map.groupBy(different, ({ json }) => form(json)).values()].map(([first], index) => ({
      ...(first as PolicyMutant),
      id: `${index}`,
    }));
    const invalid = invalidOf(distinct, bundle.schema);
    const living = distinct.filter(({ id }) => !invalid.has(id));
    const jsons = new Map(living.map(({ id, json }) => [id, json]));
    const engineOf = replacing(policy, jsons.set(UNCHANGED, original), bundle);
    const ordered = likeliestFirst(cases, policy);
    const noticing = (id: string) => ordered.find((each) => !holds(engineOf(id), each));
    const noticed = new Map(living.map(({ id }) => [id, noticing(id)]));
    // INVARIANT: what notices a mutant holds for the policy itself, in the same place: the change is what was noticed
    const broken = [...new Set(noticed.values())].find(
      (each) => each !== undefined && !holds(engineOf(UNCHANGED), each),
    );
    if (broken !== undefined) {
      throw notAsExpected(broken);
    }
    const unnoticed = living.filter(({ id }) => noticed.get(id) === undefined);
    const others = bundle.policies.filter(({ id }) => id !== policy.id).map(jsonOf);
    const set = { schema: bundle.schema, vocabulary, others };
    const survivors = unnoticed.filter(({ json }) => !isUnreachable(original, json, set));
    return {
      killed: living.length - unnoticed.length,
      invalid: invalid.size,
      equivalent: made.length - different.length,
      unreachable: unnoticed.length - survivors.length,
      survivors: survivors.map((mutant) => sentence(policy, mutant)),
    };
  };
}

/** Id of the policy as it was reviewed, beside its mutants. */
const UNCHANGED = 'unchanged';

function notAsExpected(it: ExpectedDecision): Error {
  return new Error(`a case is not decided as expected to begin with: ${JSON.stringify(it)}`);
}

/** Cases that name the policy, then those about its tools or its agent, then all others: most mutants are noticed by the first. */
function likeliestFirst(
  cases: readonly ExpectedDecision[],
  { id, scope }: BundledPolicy,
): readonly ExpectedDecision[] {
  const likely = ({ policies, request }: ExpectedDecision) =>
    Number(policies.includes(id)) * 4 +
    Number(scope.actions?.includes(request.action.id) ?? false) * 2 +
    Number(scope.principal === request.principal.id);
  return cases.toSorted((left, right) => likely(right) - likely(left));
}

function holds(engine: PolicyEngine, { request, kind, policies, quorum }: ExpectedDecision): boolean {
  try {
    const decision = decide(engine, request);
    return (
      decision.kind === kind &&
      JSON.stringify(decision.policies) === JSON.stringify(policies) &&
      decision.quorum?.approverRole === quorum?.approverRole &&
      decision.quorum?.people === quorum?.people
    );
  } catch {
    // a mutant that fails to evaluate decides nothing, where the case expects a decision
    return false;
  }
}

const MISSING: Readonly<Record<BundledPolicy['effect'], Record<PolicyMutant['reach'], string>>> = {
  permit: {
    wider: 'DENY (or ASK): a call that only this keeps from being allowed',
    narrower: 'ALLOW (or ASK): a call that is allowed because of this',
    other: 'ALLOW, DENY or ASK: calls at both sides of this',
  },
  forbid: {
    wider: 'ALLOW: a call that only this keeps from being forbidden',
    narrower: 'DENY: a call that is forbidden because of this',
    other: 'ALLOW or DENY: calls at both sides of this',
  },
};

function sentence({ file, line, id, effect }: BundledPolicy, { change, reach }: PolicyMutant): string {
  return `${file}:${line}: ${id}: no case notices "${change()}", write one in policies/cases/ ${MISSING[effect][reach]}`;
}

function jsonOf({ text, id }: BundledPolicy): PolicyJson {
  const answer = policyToJson(text);
  if (answer.type === 'failure') {
    throw new Error(`${id}: ${answer.errors.map(({ message }) => message).join('; ')}`);
  }
  return answer.json;
}

/** Ids of those that the build refuses, by an error or by a warning. */
function invalidOf(mutants: readonly Living[], schema: string): ReadonlySet<string> {
  const staticPolicies = Object.fromEntries(
    mutants.flatMap(({ id, json }) => (json === undefined ? [] : [[id, json]])),
  );
  const answer = validate({ validationSettings: { mode: 'strict' }, schema, policies: { staticPolicies } });
  if (answer.type === 'failure') {
    throw new Error(`mutants do not parse: ${answer.errors.map(({ message }) => message).join('; ')}`);
  }
  return new Set([...answer.validationErrors, ...answer.validationWarnings].map(({ policyId }) => policyId));
}
