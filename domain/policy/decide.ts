import type { DecisionKind, Reason } from '../../contracts/call.ts';
import type { PolicyRequest } from './request.ts';

/** One answer of a policy engine to one request. */
export interface Evaluation {
  readonly allowed: boolean;
  /** Ids of the policies that determined the answer; empty when nothing permitted. */
  readonly policies: readonly string[];
}

/** Somebody who may countersign, as annotated on a policy: `@approvers("role") @quorum("2")`. */
export interface Quorum {
  readonly approverRole: string;
  readonly people: number;
}

/** What the decision needs from Cedar; implemented in `functions/adapters/cedar.ts`. */
export interface PolicyEngine {
  /** @throws when a policy cannot be evaluated: nothing is decided then. */
  readonly evaluate: (request: PolicyRequest) => Evaluation;
  /** Every quorum that a policy which can match the request asks for, smallest first. */
  readonly quorumsFor: (request: PolicyRequest) => readonly Quorum[];
  /** The quorum annotated on a policy. */
  readonly quorumOf: (policyId: string) => Quorum | undefined;
  /** The sentence annotated with `@reason` on a policy. */
  readonly reasonOf: (policyId: string) => string | undefined;
}

export interface Decision {
  readonly kind: DecisionKind;
  readonly policies: readonly string[];
  /** Present when denied. */
  readonly reasons: readonly Reason[];
  /** Present when people are needed: the smallest that would do. */
  readonly quorum?: Quorum;
  /** Present when people are needed: for each role the smallest that would do, smallest first. */
  readonly quorums?: readonly Quorum[];
  /** Present when people are needed: why, in words of the policies. */
  readonly because?: readonly string[];
}

/**
 * Decides one call. `needs_approval` means: denied as things stand, allowed if a quorum had approved; the smallest
 * such quorum is asked for, and the policy that would allow says who. Others that would do as well are named beside it.
 */
export function decide(engine: PolicyEngine, request: PolicyRequest): Decision {
  const asThingsStand = engine.evaluate(request);
  if (asThingsStand.allowed) {
    return { kind: 'allow', policies: asThingsStand.policies, reasons: [] };
  }
  return askForQuorum(engine, request) ?? denied(engine, asThingsStand);
}

function askForQuorum(engine: PolicyEngine, request: PolicyRequest): Decision | undefined {
  const enough: { readonly quorum: Quorum; readonly named: readonly string[] }[] = [];
  for (const hypothetical of engine.quorumsFor(request)) {
    // more people of a role that would do with fewer are no other way
    if (enough.some(({ quorum }) => quorum.approverRole === hypothetical.approverRole)) {
      continue;
    }
    const evaluation = engine.evaluate(withQuorum(request, hypothetical));
    const named = evaluation.policies.filter((id) => sameQuorum(engine.quorumOf(id), hypothetical));
    if (evaluation.allowed && named.length > 0) {
      enough.push({ quorum: hypothetical, named });
    }
  }
  const [first] = enough;
  if (first === undefined) {
    return undefined;
  }
  return {
    kind: 'needs_approval',
    policies: first.named,
    reasons: [],
    quorum: first.quorum,
    quorums: enough.map(({ quorum }) => quorum),
    because: [...new Set(first.named.map((id) => engine.reasonOf(id) ?? `policy ${id}`))],
  };
}

function withQuorum(request: PolicyRequest, { approverRole, people }: Quorum): PolicyRequest {
  const already = request.context.approvals[approverRole] ?? 0;
  const approvals = { ...request.context.approvals, [approverRole]: Math.max(already, people) };
  return { ...request, context: { ...request.context, approvals } };
}

function sameQuorum(left: Quorum | undefined, right: Quorum): boolean {
  return left?.approverRole === right.approverRole && left.people === right.people;
}

function denied(engine: PolicyEngine, { policies }: Evaluation): Decision {
  if (policies.length === 0) {
    const message = 'no policy permits this call';
    return { kind: 'deny', policies, reasons: [{ code: 'no_permit', message }] };
  }
  const reasons = policies.map((id) => ({
    code: 'forbidden',
    message: engine.reasonOf(id) ?? `forbidden by ${id}`,
  }));
  return { kind: 'deny', policies, reasons };
}
