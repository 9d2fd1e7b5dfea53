import type { Facts } from './facts.ts';

/** What a call's AWS permissions may depend on: the tenant, the arguments and the decided resource. */
export interface CallScope {
  readonly tenant: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly resource: Facts['resource'];
}

/**
 * AWS access of a tool. The union over an agent's tools becomes its role; with the call's own values filled in it
 * becomes the call's session policy.
 */
export type Access = TableAccess | ResourceAccess;

export type TableOperation = 'get' | 'query' | 'update';

/** Items of a DynamoDB table. */
export interface TableAccess {
  readonly table: string;
  /** Index to query; the table itself when absent. */
  readonly index?: string;
  readonly operations: readonly TableOperation[];
  /** Partition keys the call may touch, spelled out; absent: any key of the call's tenant. */
  readonly keys?: (scope: CallScope) => readonly string[];
}

/** Resources of any other AWS service, such as an object in S3 or a function. */
export interface ResourceAccess {
  /** In full, such as `s3:GetObject`. */
  readonly actions: readonly string[];
  /**
   * ARN with a place for what differs: `{partition}`, `{region}`, `{account}` and `{prefix}` are the deployment's,
   * `{tenant}` and `{<argument>}` the call's. In the role an argument is `*`, and the tenant the session's own.
   */
  readonly resource: string;
  /**
   * Condition keys that a request must have with exactly these values, which have places too. For actions on something
   * that holds what is everybody's: `s3:ListBucketVersions` is on a bucket, and only `s3:prefix` says of which object.
   * @default none
   */
  readonly conditions?: Readonly<Record<string, string>>;
  /** Says that there is no `{tenant}` in the ARN or the conditions because tenants share the resource. @default false */
  readonly sharedByTenants?: boolean;
}

export function isTableAccess(access: Access): access is TableAccess {
  return 'table' in access;
}

export function isResourceAccess(access: Access): access is ResourceAccess {
  return !isTableAccess(access);
}

/** Places of the deployment in an ARN; every other is the tenant or an argument. */
export const DEPLOYMENT_PLACES = ['partition', 'region', 'account', 'prefix'] as const;
export type DeploymentPlaces = Readonly<Record<(typeof DEPLOYMENT_PLACES)[number], string>>;

export const TENANT_PLACE = 'tenant';

const PLACE = /\{(\w+)\}/g;

/** Names of an ARN's places, in the order they come. */
export function placesOf(template: string): string[] {
  return [...template.matchAll(PLACE)].map(([, name = '']) => name);
}

/** The ARN with every place filled in. */
export function filledIn(template: string, valueFor: (place: string) => string): string {
  return template.replaceAll(PLACE, (_, place: string) => valueFor(place));
}
