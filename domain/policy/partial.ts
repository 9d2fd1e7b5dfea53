import type { DecisionKind } from '../../contracts/call.ts';
import type { Quorum } from './decide.ts';
import type { PolicyRequest } from './request.ts';

/** A request of which something is not known. */
export interface PartialRequest {
  readonly request: PolicyRequest;
  /** What was there and is not known: paths such as `['context', 'arguments', 'email']` or `['resource', 'owner']`. */
  readonly hidden: readonly Path[];
  /** Those of the hidden that are known to be something else than the user's id. */
  readonly notTheUser: readonly Path[];
}

export type Path = readonly string[];

/** What one policy comes to: it matches, it does not, it cannot be evaluated, or that depends on what is not known. */
export interface PartialOutcome {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly verdict: 'holds' | 'fails' | 'errs' | 'open';
  /** Of an open one: what is left of its conditions, as Cedar, all of which must hold. */
  readonly conditions: readonly string[];
  /** Of an open one: what would have to be known, such as `context.arguments.email`. */
  readonly needs: readonly string[];
}

/** What partial decisions need from Cedar; implemented in `functions/adapters/cedar-partial.ts`. */
export interface PartialEngine {
  /** Every policy whose head can match the request. @throws when Cedar cannot read the request */
  readonly evaluate: (request: PartialRequest) => readonly PartialOutcome[];
  readonly quorumsFor: (request: PolicyRequest) => readonly Quorum[];
  readonly quorumOf: (policyId: string) => Quorum | undefined;
}

/** `undecided`: a policy cannot be evaluated, so nothing is done. `unknown`: it depends on what the record does not hold. */
export type PartialDecision =
  | {
      readonly kind: DecisionKind | 'undecided';
      readonly policies: readonly string[];
      readonly quorum?: Quorum;
    }
  | { readonly kind: 'unknown'; readonly needs: readonly string[] };

/**
 * Decides as `decide` does, on what is known.
 *
 * INVARIANT: sound. What it answers is what `decide` answers whatever the hidden values are; otherwise it says `unknown`.
 */
export function decidePartially(engine: PartialEngine, partial: PartialRequest): PartialDecision {
  const asThingsStand = combined(engine.evaluate(partial));
  if (asThingsStand.kind !== 'deny') {
    return asThingsStand;
  }
  for (const quorum of engine.quorumsFor(partial.request)) {
    const outcomes = engine.evaluate(withQuorum(partial, quorum));
    const named = outcomes.filter(
      ({ id, effect }) => effect === 'permit' && isOf(engine.quorumOf(id), quorum),
    );
    const allowed = combined(outcomes);
    if (allowed.kind === 'unknown' || allowed.kind === 'undecided') {
      return allowed;
    }
    if (allowed.kind === 'allow') {
      const policies = named.filter(({ verdict }) => verdict === 'holds').map(({ id }) => id);
      if (policies.length > 0) {
        return { kind: 'needs_approval', policies, quorum };
      }
      const open = named.filter(({ verdict }) => verdict === 'open');
      if (open.length > 0) {
        return { kind: 'unknown', needs: needsOf(open) };
      }
    }
  }
  return asThingsStand;
}

/** What all policies together come to, as Cedar combines them: nothing permitted is denied, and a forbid wins. */
function combined(outcomes: readonly PartialOutcome[]): PartialDecision {
  const those = (effect: PartialOutcome['effect'], verdict: PartialOutcome['verdict']) =>
    outcomes.filter((each) => each.effect === effect && each.verdict === verdict);
  const ids = (of: readonly PartialOutcome[]) => of.map(({ id }) => id).sort();
  const failed = outcomes.filter(({ verdict }) => verdict === 'errs');
  if (failed.length > 0) {
    return { kind: 'undecided', policies: ids(failed) };
  }
  const forbidding = those('forbid', 'holds');
  if (forbidding.length > 0) {
    return { kind: 'deny', policies: ids(forbidding) };
  }
  const permitting = those('permit', 'holds');
  const openForbids = those('forbid', 'open');
  const openPermits = those('permit', 'open');
  if (permitting.length > 0 && openForbids.length === 0) {
    return { kind: 'allow', policies: ids(permitting) };
  }
  if (permitting.length === 0 && openPermits.length === 0) {
    return { kind: 'deny', policies: [] };
  }
  // an open permit decides nothing beside one that holds, and then only guardrails are in question
  return {
    kind: 'unknown',
    needs: needsOf(permitting.length > 0 ? openForbids : [...openPermits, ...openForbids]),
  };
}

function needsOf(open: readonly PartialOutcome[]): readonly string[] {
  return [...new Set(open.flatMap(({ needs }) => needs))].sort();
}

/** As if so many more people of a role had approved. */
export function withQuorum(partial: PartialRequest, { approverRole, people }: Quorum): PartialRequest {
  const { request } = partial;
  const already = request.context.approvals[approverRole] ?? 0;
  const approvals = { ...request.context.approvals, [approverRole]: Math.max(already, people) };
  return { ...partial, request: { ...request, context: { ...request.context, approvals } } };
}

function isOf(quorum: Quorum | undefined, other: Quorum): boolean {
  return quorum?.approverRole === other.approverRole && quorum.people === other.people;
}
