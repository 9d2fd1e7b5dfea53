import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { PLACE } from './concrete.ts';
import type { DeployedPolicies, PolicyDocument } from './deployed-policies.ts';

/** One call to an AWS API, as IAM sees it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the call itself. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** Judged without the published list of actions; says what that list has wrong. */
  readonly listIsWrong?: string;
}

/** Who makes calls, with every policy that limits it. */
export interface Caller {
  readonly principal: string;
  readonly identity?: PolicyDocument;
  readonly boundary?: PolicyDocument | undefined;
  readonly session?: PolicyDocument;
  /** Condition keys of the caller: tags of its session. */
  readonly context?: Readonly<Record<string, string>>;
}

export type Verdict = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/**
 * What IAM answers, by an evaluator that is not this project's own.
 *
 * @throws Error when the evaluator does not take a policy, knows no such action, or would pass over a condition key of
 *   the call: a case that is not about what it says proves nothing
 */
export async function verdictOn(policies: DeployedPolicies, caller: Caller, call: Call): Promise<Verdict> {
  const simulation = simulationOf(caller, call, resourcePolicyOf(policies, call));
  if (call.listIsWrong !== undefined) {
    return runUnsafeSimulation(simulation, {});
  }
  const result = await runSimulation(simulation, { simulationMode: 'Strict' });
  if (result.resultType !== 'single') {
    throw new Error(`${call.action} on ${call.resource}: ${JSON.stringify(result)}`);
  }
  const ignored = result.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) {
    throw new Error(`${call.action}: AWS documents no ${ignored.join(', ')} for it`);
  }
  return result.overallResult;
}

function simulationOf(caller: Caller, call: Call, resourcePolicy: PolicyDocument | undefined): Simulation {
  const { principal, identity, boundary, session } = caller;
  return {
    request: {
      principal,
      action: call.action,
      resource: { resource: call.resource, accountId: PLACE.account },
      contextVariables: {
        'aws:SecureTransport': 'true',
        ...caller.context,
        ...(call.context as Record<string, string | string[]>),
      },
    },
    identityPolicies: identity === undefined ? [] : [{ name: 'identity', policy: identity }],
    permissionBoundaryPolicies: boundary === undefined ? undefined : [{ name: 'boundary', policy: boundary }],
    sessionPolicy: session,
    resourcePolicy,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

/** The policy on what is called: of a bucket for its objects, of a role who may assume it. */
function resourcePolicyOf({ roles, resourcePolicies }: DeployedPolicies, { action, resource }: Call) {
  if (action.startsWith('sts:')) {
    return [...roles.values()].find(({ arn }) => arn === resource)?.trust;
  }
  return resourcePolicies.get(resource) ?? resourcePolicies.get(resource.split('/')[0] ?? '');
}
