import {
  type EntityJson,
  type PolicyJson,
  preparsePolicySet,
  preparseSchema,
  type SchemaJson,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy, PolicyBundle } from '../../../domain/policy/bundle.ts';
import type { Evaluation, PolicyEngine, Quorum } from '../../../domain/policy/decide.ts';
import type { PolicyRequest } from '../../../domain/policy/request.ts';
import { policySlices } from '../../../domain/policy/slices.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import type { SchemaSlices } from '../../../functions/adapters/cedar-schema-slices.ts';
import { scopeOf } from '../../../infra/policy/policy-scope.ts';

/**
 * Engines in which a mutant stands in the place of a policy. All mutants of a policy have its effect, so one question
 * to Cedar tells of each whether it holds; with what the other policies say that is the decision of both together.
 *
 * @param mutants - by id; undefined where the policy is removed
 */
export function replacing(
  policy: BundledPolicy,
  mutants: ReadonlyMap<string, PolicyJson | undefined>,
  { schema, policies }: Pick<PolicyBundle, 'schema' | 'policies'>,
  schemas: SchemaSlices,
): (mutant: string) => PolicyEngine {
  const others = cedarEngine({ schema, policies: policies.filter(({ id }) => id !== policy.id) });
  const standing = standingOf(mutants, schemas);
  const evaluated = remembering((request) => ({ rest: others.evaluate(request), ...standing(request) }));

  return (mutant) => {
    const quorum = quorumIn(mutants.get(mutant));
    return {
      evaluate(request) {
        const { rest, holding, failing } = evaluated(request);
        if (failing.has(mutant)) {
          throw new Error(`${policy.id} fails to evaluate`);
        }
        return holding.has(mutant) ? together(rest, policy) : rest;
      },
      quorumsFor: (request) => withOwn(others.quorumsFor(request), quorum),
      quorumOf: (each) => (each === policy.id ? quorum : others.quorumOf(each)),
      reasonOf: () => undefined,
    };
  };
}

/** Cedar's own rule: what forbids wins, and everything of the effect that wins has decided. */
function together(rest: Evaluation, { id, effect }: BundledPolicy): Evaluation {
  const forbidden = !rest.allowed && rest.policies.length > 0;
  if (effect === 'permit') {
    return forbidden ? rest : { allowed: true, policies: [...rest.policies, id].sort() };
  }
  return { allowed: false, policies: [...(forbidden ? rest.policies : []), id].sort() };
}

interface Standing {
  readonly holding: ReadonlySet<string>;
  readonly failing: ReadonlySet<string>;
}

/** Which of some policies of one effect hold for a request. */
function standingOf(
  jsons: ReadonlyMap<string, PolicyJson | undefined>,
  schemas: SchemaSlices,
): (request: PolicyRequest) => Standing {
  const scoped = [...jsons].flatMap(([id, json]) =>
    json === undefined ? [] : [{ id, json, scope: scopeOf(json) }],
  );
  const slices = policySlices(scoped, schemas.actionsAbove);
  const parsed = new Set<string>();
  return (request) => {
    const { principal, action, resource, context, entities } = request;
    const own = slices.policiesOf(request);
    if (own.length === 0) {
      return { holding: new Set(), failing: new Set() };
    }
    const key = slices.keyOf(request);
    // names are used again: of one policy after the other is asked, never of two in turn
    if (!parsed.has(key)) {
      const staticPolicies = Object.fromEntries(own.map(({ id, json }) => [id, json]));
      must(preparsePolicySet(`mutants ${key}`, { staticPolicies }));
      must(preparseSchema(`mutants ${action.id}`, schemas.schemaOf(action.id) as SchemaJson<string>));
      parsed.add(key);
    }
    const answer = statefulIsAuthorized({
      ...{ principal, action, resource },
      context: context as unknown as StatefulAuthorizationCall['context'],
      entities: entities as unknown as EntityJson[],
      preparsedSchemaName: `mutants ${action.id}`,
      validateRequest: true,
      preparsedPolicySetId: `mutants ${key}`,
    });
    must(answer);
    const { reason, errors } = answer.response.diagnostics;
    return { holding: new Set(reason), failing: new Set(errors.map(({ policyId }) => policyId)) };
  };
}

type Answer = { readonly type: string };

function must<Given extends Answer>(answer: Given): asserts answer is Exclude<Given, { type: 'failure' }> {
  if (answer.type === 'failure') {
    throw new Error(`cedar could not read a mutant or a case: ${JSON.stringify(answer)}`);
  }
}

function remembering<Value>(ask: (request: PolicyRequest) => Value): (request: PolicyRequest) => Value {
  const known = new Map<string, Value>();
  return (request) => {
    const key = JSON.stringify(request);
    const value = known.get(key) ?? ask(request);
    known.set(key, value);
    return value;
  };
}

function quorumIn(json: PolicyJson | undefined): Quorum | undefined {
  const { approvers, quorum = '1' } = json?.annotations ?? {};
  return approvers === undefined ? undefined : { approverRole: approvers, people: Number(quorum) };
}

/** Smallest first, as engines give them. */
function withOwn(quorums: readonly Quorum[], own: Quorum | undefined): readonly Quorum[] {
  const isKnown = quorums.some(
    ({ approverRole, people }) => approverRole === own?.approverRole && people === own.people,
  );
  return own === undefined || isKnown
    ? quorums
    : [...quorums, own].sort(
        (left, right) => left.people - right.people || (left.approverRole < right.approverRole ? -1 : 1),
      );
}
