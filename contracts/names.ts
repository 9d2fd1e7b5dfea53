/**
 * Names of deployed resources that are spelled in more than one stack, so that no stack has to import another's
 * construct to be allowed to use it.
 */

/** Prefix of a deployment that chose no other; `cdk.json` has the same. */
export const DEFAULT_PREFIX = 'countersign';

export function executorName(prefix: string, namespace: string): string {
  return `${prefix}-execute-${namespace}`;
}

export function agentRoleName(prefix: string, agent: string): string {
  return `${prefix}-agent-${agent}`;
}

export function workflowMachineName(prefix: string, workflow: string): string {
  return `${prefix}-${workflow}`;
}

export function governedCallMachineName(prefix: string): string {
  return `${prefix}-governed-call`;
}

export function shopTableName(prefix: string, table: ShopTable): string {
  return `${prefix}-shop-${table}`;
}

/** Function of the sample shop that keeps its customers' loyalty points, and its table: an existing system of its own. */
export function loyaltyFunctionName(prefix: string): string {
  return `${prefix}-shop-loyalty`;
}

/** Name of the sample's bucket of documents; names of buckets are global, so the account and the region are in it. */
export function documentsBucketName(
  prefix: string,
  { account, region }: Readonly<Record<'account' | 'region', string>>,
): string {
  return `${prefix}-documents-${account}-${region}`;
}

/** Name in Secrets Manager of a secret that a namespace's tools declare. */
export function secretName(prefix: string, namespace: string, secret: string): string {
  return `${prefix}/${namespace}/${secret}`;
}

/** Secrets of the Slack app; stored where a namespace of tools could not be called so. */
export const SLACK_SECRETS = ['bot-token', 'signing-secret'] as const;
export type SlackSecret = (typeof SLACK_SECRETS)[number];

/** Stands where a tool's secret has its namespace. */
const SLACK_APP = 'slack-app';

export function slackSecretName(prefix: string, secret: SlackSecret): string {
  return secretName(prefix, SLACK_APP, secret);
}

/** ARN of one such secret, for policies: Secrets Manager ends it with a hyphen and six characters of its own. */
export function secretArnPattern(
  { partition, region, account }: Readonly<Record<'partition' | 'region' | 'account', string>>,
  prefix: string,
  namespace: string,
  secret: string,
): string {
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${secretName(prefix, namespace, secret)}-??????`;
}

/** Of one of the Slack app's, likewise. */
export function slackSecretArnPattern(
  place: Readonly<Record<'partition' | 'region' | 'account', string>>,
  prefix: string,
  secret: SlackSecret,
): string {
  return secretArnPattern(place, prefix, SLACK_APP, secret);
}

/** Tables of the sample shop, the system of record behind the `retail` tools. */
export const SHOP_TABLES = ['customers', 'orders', 'products'] as const;
export type ShopTable = (typeof SHOP_TABLES)[number];

/** Tables of the worked examples, each by the namespace whose system of record it belongs to. */
export const EXAMPLE_TABLES = {
  desk: ['customers', 'tickets'],
  erp: ['invoices', 'journal', 'orders', 'vendors'],
  ops: ['services'],
} as const;
export type ExampleNamespace = keyof typeof EXAMPLE_TABLES;
export type ExampleTable<N extends ExampleNamespace> = (typeof EXAMPLE_TABLES)[N][number];

export function exampleTableName<N extends ExampleNamespace>(
  prefix: string,
  namespace: N,
  table: ExampleTable<N>,
): string {
  return `${prefix}-${namespace}-${table}`;
}

/** Outputs of the stacks that the command line and the local cloud read. */
export const OUTPUTS = {
  apiUrl: 'ApiUrl',
  auditBucket: 'AuditBucketName',
  auditKey: 'AuditKeyArn',
  /** First line of the log's checkpoints, and the name of the key that signs them. */
  auditOrigin: 'AuditOrigin',
  /** Absent where nobody is asked in Slack. */
  slackInteractionsUrl: 'SlackInteractionsUrl',
} as const;

/** File names inside a bundled function. */
export const POLICY_BUNDLE_FILE = 'policy-bundle.json';

const TRANSCRIPTS = 'transcripts/';

/** Transcripts are in a folder by the days that they are kept, which the bucket's lifecycle goes by. */
export function transcriptFolder(days: number | undefined): string {
  return days === undefined ? TRANSCRIPTS : `${TRANSCRIPTS}${days}-days/`;
}

/** Origin of the log in a bucket, which is also the name of the key that signs it: the address that its objects have over HTTP. */
export function logOrigin(bucket: string, region: string): string {
  return `${bucket}.s3.${region}.amazonaws.com`;
}
