import {
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  type StatefulAuthorizationCall,
  schemaToJson,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { PolicyEngine, Quorum } from '../../domain/policy/decide.ts';
import type { PolicyRequest } from '../../domain/policy/request.ts';
import { decimalConversion } from '../../functions/adapters/cedar-decimals.ts';

/**
 * Cedar as its package is meant to be used: the whole schema and all policies parsed once, every request evaluated with
 * all of them. What slices are measured against, and what they must agree with.
 *
 * @param name - under which Cedar keeps what it has parsed; the same name again replaces it
 */
export function plainEngine(
  name: string,
  { schema, policies }: Pick<PolicyBundle, 'schema' | 'policies'>,
): PolicyEngine {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  for (const answer of [preparseSchema(name, schema), preparsePolicySet(name, { staticPolicies })]) {
    if (answer.type === 'failure') {
      throw new Error(answer.errors.map(({ message }) => message).join('; '));
    }
  }
  const annotationsById = new Map(policies.map(({ id, annotations }) => [id, annotations]));
  const quorumOf = (id: string): Quorum | undefined => {
    const { approvers, quorum = '1' } = annotationsById.get(id) ?? {};
    return approvers === undefined ? undefined : { approverRole: approvers, people: Number(quorum) };
  };
  const texts = policies.map(({ id }) => quorumOf(id)).filter((quorum) => quorum !== undefined);
  const quorums = [...new Set(texts.map(({ people, approverRole }) => `${people} ${approverRole}`))]
    .sort()
    .map((text) => ({ people: Number(text.slice(0, 1)), approverRole: text.slice(2) }));

  const json = schemaToJson(schema);
  const conversions = new Map<string, ReturnType<typeof decimalConversion>>();
  const converted = (request: PolicyRequest) => {
    const { id } = request.action;
    if (!conversions.has(id) && json.type === 'success') {
      conversions.set(id, decimalConversion(json.json, id));
    }
    return conversions.get(id)?.(request) ?? request;
  };

  return {
    evaluate(plain) {
      const { context, entities, ...request } = converted(plain);
      const answer = statefulIsAuthorized({
        ...request,
        context: context as unknown as StatefulAuthorizationCall['context'],
        entities: entities as unknown as EntityJson[],
        preparsedSchemaName: name,
        preparsedPolicySetId: name,
        validateRequest: true,
      });
      if (answer.type === 'failure') {
        throw new Error(answer.errors.map(({ message }) => message).join('; '));
      }
      const { decision, diagnostics } = answer.response;
      if (diagnostics.errors.length > 0) {
        const failures = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
        throw new Error(`policies failed to evaluate: ${failures.sort().join('; ')}`);
      }
      return { allowed: decision === 'allow', policies: [...diagnostics.reason].sort() };
    },
    quorumsFor: () => quorums,
    quorumOf,
    reasonOf: (id) => annotationsById.get(id)?.reason,
  };
}
