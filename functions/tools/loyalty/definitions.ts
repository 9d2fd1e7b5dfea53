import { z } from 'zod';
import type { ResourceAccess } from '../../../domain/tool/access.ts';
import { defineTool, type ResourceType, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { Balance, memberId } from './documents.ts';

/**
 * A member of the loyalty programme. Without attributes: the points are behind a function that the authorizer may not
 * invoke. Policies go by the user, the agent and the arguments.
 */
export const MemberResource = { name: 'Member', attributes: z.strictObject({}) } satisfies ResourceType;

/** The function serves every tenant of the deployment, and keeps them apart by the tenant in its envelope. */
const INVOKE: ResourceAccess = {
  actions: ['lambda:InvokeFunction'],
  resource: 'arn:{partition}:lambda:{region}:{account}:function:{prefix}-shop-loyalty',
  sharedByTenants: true,
};

/** Longer than the function's own time, so that it has ended when an attempt counts as over. */
const TIMEOUT_SECONDS = 20;

/** An invocation and, of a read, two more tries; a whole number of micro-dollars. */
const MAXIMUM_COST_MICRO_DOLLARS = 1;

export const getPoints = defineTool({
  name: 'loyalty.get_points',
  description: 'Get how many points a member of the loyalty programme has. Who has none yet has 0.',
  input: z.strictObject({ member_id: memberId }),
  output: Balance,
  effect: 'read',
  tier: 0,
  resource: MemberResource.name,
  access: [INVOKE],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['member_id'],
});

export const addPoints = defineTool({
  name: 'loyalty.add_points',
  description:
    'Add points to a member of the loyalty programme, and answer how many they have now. Use this once for ' +
    'each reason, and never again when you do not know whether it was done.',
  input: z.strictObject({
    member_id: memberId,
    points: z.int().min(1).max(5000).describe('How many to add'),
    reason: z.enum(['goodwill', 'missed_purchase', 'promotion']).describe('Why they are added'),
  }),
  output: Balance,
  effect: 'write',
  // the function takes no key and keeps no list: adding twice is adding twice, and nobody can look whether it was done
  idempotency: 'none',
  tier: 1,
  beneficiary: [{ argument: 'member_id' }],
  resource: MemberResource.name,
  access: [INVOKE],
  maximumCostMicroDollars: MAXIMUM_COST_MICRO_DOLLARS,
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['member_id', 'points', 'reason'],
  kinds: ['money'],
});

/** The shop's loyalty programme: an example of tools over a Lambda function that was there before. */
export const loyalty = {
  name: 'loyalty',
  tableName: (_prefix: string, table: string): string => {
    throw new Error(`table '${table}': the loyalty tools have no tables, their function has`);
  },
  resources: [MemberResource],
  tools: [getPoints, addPoints],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type LoyaltyTool = (typeof loyalty.tools)[number];
