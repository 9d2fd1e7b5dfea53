import type { AgentManifest, ManifestPolicy, ManifestTool } from '../../contracts/manifest.ts';
import { microDollars } from '../budget/budget.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { type Access, isTableAccess } from '../tool/access.ts';
import { beneficiaryText } from '../tool/beneficiary.ts';
import type { ToolDefinition, ToolNamespace } from '../tool/definition.ts';
import { TABLE_ACTIONS } from '../tool/session-policy.ts';
import type { BundledPolicy, PolicyBundle } from './bundle.ts';
import { groupsOf } from './groups.ts';

/**
 * What an agent may do, from what is deployed and nothing else: the tools of its envelope with what they declare, and the
 * policies whose scope reaches them. Conditions of policies are shown as written, not evaluated.
 *
 * @returns undefined when no workflow has such an agent
 */
export function manifestOf(
  agent: string,
  bundle: Pick<PolicyBundle, 'digest' | 'envelopes' | 'policies' | 'destinations'>,
  namespaces: readonly ToolNamespace[],
): AgentManifest | undefined {
  const envelope = Object.values(bundle.envelopes).find((each) => each.agent === agent);
  if (envelope === undefined) {
    return undefined;
  }
  const policies = bundle.policies.filter(({ scope }) => (scope.principal ?? agent) === agent);
  return {
    ...responsible(envelope),
    policyDigest: bundle.digest,
    tools: toolsOf(envelope, namespaces).map((tool) => ({
      ...manifestTool(tool, policies),
      destinations: bundle.destinations[tool.name] ?? [],
    })),
    guardrails: policies.filter(({ effect }) => effect === 'forbid').map(manifestPolicy),
  };
}

function responsible({ agent, workflow, owner, steward, reviewer_role, mode, models, budgets }: Envelope) {
  return {
    agent,
    workflow,
    owner,
    steward,
    reviewerRole: reviewer_role,
    mode,
    models: [...new Set([models.reasoning, models.fallback ?? models.reasoning])],
    caps: {
      costMicroDollarsPerRun: microDollars(budgets.hard_cost_cap_usd),
      toolCallsPerRun: budgets.max_tool_calls,
    },
  };
}

function toolsOf({ permissions }: Envelope, namespaces: readonly ToolNamespace[]): ToolDefinition[] {
  return namespaces
    .flatMap(({ tools }) => tools)
    .filter(({ name }) => permissions.allowed_tools.includes(name))
    .sort((left, right) => right.tier - left.tier || (left.name < right.name ? -1 : 1));
}

function manifestTool(
  tool: ToolDefinition,
  policies: readonly BundledPolicy[],
): Omit<ManifestTool, 'destinations'> {
  const { name, effect, tier, idempotency, resource, maximumCostMicroDollars, timeoutSeconds } = tool;
  const { limits, preview, undo, beneficiary, discloses = [] } = tool;
  const actions = [name, ...groupsOf(tool)];
  return {
    ...{ name, effect, tier, resource, maximumCostMicroDollars, timeoutSeconds },
    ...(idempotency === undefined ? {} : { idempotency }),
    ...(limits === undefined ? {} : { limits }),
    ...(preview === undefined ? {} : { preview }),
    ...(undo === undefined ? {} : { undo: undo.tool }),
    ...(beneficiary === undefined ? {} : { beneficiary: beneficiary.map(beneficiaryText) }),
    discloses,
    access: tool.access.map(manifestAccess),
    secrets: tool.secrets ?? [],
    permittedBy: policies
      .filter(({ effect: kind, scope }) => kind === 'permit' && reaches(scope.actions, actions))
      .map(manifestPolicy),
  };
}

function manifestAccess(access: Access): ManifestTool['access'][number] {
  if (!isTableAccess(access)) {
    const { actions, resource, conditions = {}, sharedByTenants } = access;
    const where = Object.entries(conditions).map(([key, value]) => `${key} is ${value}`);
    const on = where.length === 0 ? resource : `${resource} where ${where.join(' and ')}`;
    return { actions, on, keys: sharedByTenants ? 'deployment' : 'items' };
  }
  const { table, index, operations, keys } = access;
  return {
    actions: operations.flatMap((operation) => TABLE_ACTIONS[operation]),
    on: index === undefined ? `table ${table}` : `index ${index} of table ${table}`,
    keys: keys === undefined ? 'tenant' : 'items',
  };
}

/** A policy that names no actions reaches all. */
function reaches(named: readonly string[] | undefined, actions: readonly string[]): boolean {
  return named?.some((action) => actions.includes(action)) ?? true;
}

export function manifestPolicy({ id, text, annotations }: BundledPolicy): ManifestPolicy {
  const { approvers, quorum } = annotations;
  return {
    id,
    text,
    ...(approvers === undefined ? {} : { approverRole: approvers, quorum: Number(quorum ?? '1') }),
  };
}
