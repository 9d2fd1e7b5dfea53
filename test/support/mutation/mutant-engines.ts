import { type PolicyJson, policyToText } from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy, PolicyBundle } from '../../../domain/policy/bundle.ts';
import type { Evaluation, PolicyEngine, Quorum } from '../../../domain/policy/decide.ts';
import type { PolicyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
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
): (mutant: string) => PolicyEngine {
  const others = cedarEngine({ schema, policies: policies.filter(({ id }) => id !== policy.id) });
  const standing = standingOf(policy, mutants, schema);
  const evaluated = remembering((request: PolicyRequest) => ({
    rest: others.evaluate(request),
    ...standing(request),
  }));

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

/** Which of the mutants of a policy hold for a request. */
function standingOf(
  policy: BundledPolicy,
  mutants: ReadonlyMap<string, PolicyJson | undefined>,
  schema: string,
): (request: PolicyRequest) => Standing {
  const policies = [...mutants].flatMap(([id, json]) =>
    json === undefined ? [] : [{ ...policy, id, text: textOf(json), scope: scopeOf(json) }],
  );
  const all = cedarEngine({ schema, policies });
  const engineOf = remembering((id: string) =>
    cedarEngine({ schema, policies: policies.filter((each) => each.id === id) }),
  );
  const answerOf = (id: string, request: PolicyRequest) => {
    try {
      return engineOf(id).evaluate(request).policies;
    } catch {
      return undefined;
    }
  };
  return (request) => {
    try {
      return { holding: new Set(all.evaluate(request).policies), failing: new Set() };
    } catch {
      // one that fails keeps the others from being told of, so each is asked alone
      const answers = policies.map(({ id }) => [id, answerOf(id, request)] as const);
      return {
        holding: new Set(answers.flatMap(([, holding]) => holding ?? [])),
        failing: new Set(answers.flatMap(([id, holding]) => (holding === undefined ? [id] : []))),
      };
    }
  };
}

function textOf(json: PolicyJson): string {
  const answer = policyToText(json);
  if (answer.type === 'failure') {
    throw new Error(`cedar cannot write a mutant: ${answer.errors.map(({ message }) => message).join('; ')}`);
  }
  return answer.text;
}

function remembering<Question, Answer>(ask: (question: Question) => Answer): (question: Question) => Answer {
  const known = new Map<string, Answer>();
  return (question) => {
    const key = JSON.stringify(question);
    const answer = known.get(key) ?? ask(question);
    known.set(key, answer);
    return answer;
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
