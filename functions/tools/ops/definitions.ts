import { z } from 'zod';
import { type ExampleTable, exampleTableName } from '../../../contracts/names.ts';
import { documentKey } from '../../../contracts/shop.ts';
import type { TableAccess, TableOperation } from '../../../domain/tool/access.ts';
import { defineTool, type ResourceType, type ToolNamespace } from '../../../domain/tool/definition.ts';
import { previewOf } from '../../../domain/tool/preview.ts';
import { maximumCost } from '../../adapters/records/costs.ts';
import { databaseName, replicas, ServiceView, serviceName, version } from './documents.ts';

/** Only `exists` is known of a service that is not there. */
export const ServiceResource = {
  name: 'Service',
  attributes: z.strictObject({
    exists: z.boolean(),
    /** `prod` or `staging`. */
    environment: z.string().optional(),
    version: z.string().optional(),
    healthyReplicas: z.int().nonnegative().optional(),
    desiredReplicas: z.int().nonnegative().optional(),
    /** A freeze is on at the time of the decision. */
    frozen: z.boolean().optional(),
  }),
} satisfies ResourceType;

/** Facts of a deployment. */
export const DeploymentFacts = z.strictObject({
  /** The very version ran on the service on which versions are tried first. */
  stagedBefore: z.boolean(),
});

const TIMEOUT_SECONDS = 10;

function service(...operations: readonly TableOperation[]): TableAccess {
  return {
    table: 'services' satisfies ExampleTable<'ops'>,
    operations,
    keys: (scope) => [documentKey(scope.tenant, String(scope.arguments.service))],
  };
}

/** What every write to a service has in common. */
const CHANGE = {
  output: ServiceView,
  effect: 'write',
  // what a call does is entered with its key in the row that it changes
  idempotency: 'by_key',
  resource: ServiceResource.name,
  access: [service('get', 'update')],
  maximumCostMicroDollars: maximumCost({ reads: 1, writes: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
} as const;

export const getService = defineTool({
  name: 'ops.get_service',
  description:
    'Get a service: environment, version, replicas, databases and freezes. Use this before you change it.',
  input: z.strictObject({ service: serviceName }),
  output: ServiceView,
  effect: 'read',
  tier: 0,
  resource: ServiceResource.name,
  access: [service('get')],
  maximumCostMicroDollars: maximumCost({ reads: 1 }),
  timeoutSeconds: TIMEOUT_SECONDS,
  loggedArguments: ['service'],
});

export const restartService = defineTool({
  ...CHANGE,
  name: 'ops.restart_service',
  description: 'Restart the replicas of a service one after the other.',
  input: z.strictObject({ service: serviceName }),
  kinds: ['update'],
  tier: 2,
  loggedArguments: ['service'],
  loggedFields: ['restarts'],
});

export const scaleService = defineTool({
  ...CHANGE,
  name: 'ops.scale_service',
  description: 'Set how many replicas a service is to have.',
  input: z.strictObject({ service: serviceName, replicas }),
  kinds: ['update'],
  tier: 2,
  loggedArguments: ['service', 'replicas'],
  loggedFields: ['desired_replicas'],
});

export const deployService = defineTool({
  ...CHANGE,
  name: 'ops.deploy_service',
  description: 'Deploy a version of a service. In production only a version that ran on staging before.',
  input: z.strictObject({ service: serviceName, version }),
  kinds: ['deploy'],
  tier: 3,
  facts: DeploymentFacts,
  loggedArguments: ['service', 'version'],
  loggedFields: ['version'],
  preview: 'ops.preview_deploy_service',
});

export const previewDeployService = previewOf(deployService, maximumCost({ reads: 1 }));

export const deleteDatabase = defineTool({
  ...CHANGE,
  name: 'ops.delete_database',
  description: 'Delete a database of a service for good. Only in an incident, when nothing else helps.',
  input: z.strictObject({ service: serviceName, database: databaseName }),
  kinds: ['delete'],
  tier: 4,
  loggedArguments: ['service', 'database'],
  loggedFields: ['databases[]'],
});

/** A team's services: a worked example over its inventory, a DynamoDB table. A team puts its platform's API there. */
export const ops = {
  name: 'ops',
  tableName: (prefix: string, table: string) => exampleTableName(prefix, 'ops', table as ExampleTable<'ops'>),
  resources: [ServiceResource],
  tools: [getService, restartService, scaleService, deployService, previewDeployService, deleteDatabase],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type OpsTool = (typeof ops.tools)[number];
