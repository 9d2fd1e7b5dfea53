import {
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy, PolicyBundle } from '../../domain/policy/bundle.ts';
import type { PolicyEngine, Quorum } from '../../domain/policy/decide.ts';
import { ACTION_TYPE } from '../../domain/policy/request.ts';

/** Cedar could not evaluate. Nothing is decided: whoever asked fails closed. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/**
 * Cedar in WASM over one policy bundle, parsed once.
 *
 * @param actionGroups - groups of each action; Cedar sees them as the action's parents
 * @throws PolicyError when the bundle does not parse
 */
export function cedarEngine(
  bundle: Pick<PolicyBundle, 'digest' | 'schema' | 'policies'>,
  actionGroups: (action: string) => readonly string[],
): PolicyEngine {
  const { digest, schema, policies } = bundle;
  must('schema', preparseSchema(digest, schema));
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  must('policies', preparsePolicySet(digest, { staticPolicies }));
  const policyById = new Map(policies.map((policy) => [policy.id, policy]));

  return {
    evaluate({ principal, action, resource, context, entities }) {
      const answer = statefulIsAuthorized({
        principal,
        action,
        resource,
        context: context as unknown as Parameters<typeof statefulIsAuthorized>[0]['context'],
        entities: [
          ...entities,
          ...actionEntities(action.id, actionGroups(action.id)),
        ] as unknown as EntityJson[],
        preparsedSchemaName: digest,
        preparsedPolicySetId: digest,
        validateRequest: true,
      });
      if (answer.type === 'failure') {
        throw new PolicyError(
          `request does not fit the schema: ${answer.errors.map(({ message }) => message).join('; ')}`,
        );
      }
      const { decision, diagnostics } = answer.response;
      // INVARIANT: Cedar skips a policy that fails to evaluate; a skipped guardrail would let a call through
      if (diagnostics.errors.length > 0) {
        const failures = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
        throw new PolicyError(`policies failed to evaluate: ${failures.join('; ')}`);
      }
      return { allowed: decision === 'allow', policies: [...diagnostics.reason].sort() };
    },
    quorums: distinctQuorums(policies),
    quorumOf: (id) => quorumOf(policyById.get(id)),
    reasonOf: (id) => policyById.get(id)?.annotations.reason,
  };
}

function must(what: string, answer: ReturnType<typeof preparseSchema>): void {
  if (answer.type === 'failure') {
    throw new PolicyError(
      `${what} of the bundle do not parse: ${answer.errors.map(({ message }) => message).join('; ')}`,
    );
  }
}

function actionEntities(action: string, groups: readonly string[]): EntityJson[] {
  const parents = groups.map((group) => ({ type: ACTION_TYPE, id: group }));
  return [
    { uid: { type: ACTION_TYPE, id: action }, attrs: {}, parents },
    ...parents.map((uid) => ({ uid, attrs: {}, parents: [] })),
  ];
}

function quorumOf(policy: BundledPolicy | undefined): Quorum | undefined {
  const { approvers, quorum } = policy?.annotations ?? {};
  return approvers === undefined ? undefined : { approverRole: approvers, people: Number(quorum ?? '1') };
}

function distinctQuorums(policies: readonly BundledPolicy[]): Quorum[] {
  const quorums = policies.map(quorumOf).filter((quorum) => quorum !== undefined);
  const distinct = new Map(quorums.map((quorum) => [`${quorum.approverRole} ${quorum.people}`, quorum]));
  return [...distinct.values()].sort((left, right) => left.people - right.people);
}
