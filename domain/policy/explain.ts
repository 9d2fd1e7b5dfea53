import type { BundledPolicy } from './bundle.ts';
import type { PartialDecision, PartialOutcome, PartialRequest } from './partial.ts';

/** What a clause looked at: its value, or that there was none, or that the record does not say. */
export interface SeenValue {
  /** Such as `context.facts.refundCents`. */
  readonly path: string;
  readonly state: 'known' | 'absent' | 'hidden';
  /** Present when known. */
  readonly value?: unknown;
}

/** One of the parts of a policy's conditions that must all hold. */
export interface Clause {
  /** As Cedar. */
  readonly text: string;
  readonly verdict: PartialOutcome['verdict'];
  readonly saw: readonly SeenValue[];
}

export interface ExplainedPolicy extends Pick<BundledPolicy, 'id' | 'effect' | 'file' | 'line' | 'text'> {
  readonly verdict: PartialOutcome['verdict'];
  readonly clauses: readonly Clause[];
}

export interface Explanation {
  readonly decision: PartialDecision;
  /** What it rests on. */
  readonly decidedBy: readonly ExplainedPolicy[];
  /**
   * Of a call that was not allowed: permits that could match it but for the clauses that do not hold. Each would have to hold
   * for the decision to be another, unless a guardrail forbids it all the same.
   */
  readonly wouldAllow: readonly ExplainedPolicy[];
}

export interface Explainer {
  readonly evaluate: (request: PartialRequest) => readonly PartialOutcome[];
  /** @throws for a policy that there is none of */
  readonly clauses: (policyId: string, request: PartialRequest) => readonly Clause[];
}

/** Why a call was decided as it was, and what would have changed that. */
export function explain(
  decision: PartialDecision,
  partial: PartialRequest,
  explainer: Explainer,
  policies: readonly BundledPolicy[],
): Explanation {
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  const outcomes = explainer.evaluate(partial);
  const explained = ({ id, verdict }: Pick<PartialOutcome, 'id' | 'verdict'>): ExplainedPolicy[] => {
    const policy = byId.get(id);
    return policy === undefined
      ? []
      : [{ ...partOf(policy), verdict, clauses: explainer.clauses(id, partial) }];
  };
  const deciding = decision.kind === 'unknown' ? [] : decision.policies;
  const isOpen = ({ verdict }: PartialOutcome) => decision.kind === 'unknown' && verdict === 'open';
  const decided = outcomes.filter((each) => deciding.includes(each.id) || isOpen(each));
  const others = outcomes.filter(
    ({ id, effect, verdict }) => effect === 'permit' && verdict !== 'holds' && !deciding.includes(id),
  );
  return {
    decision,
    decidedBy: decided.flatMap(explained),
    wouldAllow: decision.kind === 'allow' ? [] : others.flatMap(explained),
  };
}

function partOf({ id, effect, file, line, text }: BundledPolicy) {
  return { id, effect, file, line, text };
}

/**
 * Clauses that stand in the way. What cannot be evaluated follows from a clause before it that does not hold, such as
 * `resource has owner`, so it is told only where there is none.
 */
export function failedClauses({ clauses }: Pick<ExplainedPolicy, 'clauses'>): readonly Clause[] {
  const failed = clauses.filter(({ verdict }) => verdict === 'fails' || verdict === 'open');
  return failed.some(({ verdict }) => verdict === 'fails')
    ? failed
    : clauses.filter(({ verdict }) => verdict !== 'holds');
}
