import { ArnFormat, Aws, Duration, Stack } from 'aws-cdk-lib';
import {
  ArnPrincipal,
  CompositePrincipal,
  Effect,
  ManagedPolicy,
  PolicyStatement,
  Role,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  agentRoleName,
  executorName,
  SLACK_SECRETS,
  secretArnPattern,
  slackSecretArnPattern,
} from '../../contracts/names.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import {
  type Access,
  type DeploymentPlaces,
  filledIn,
  isResourceAccess,
  isTableAccess,
  type ResourceAccess,
  TENANT_PLACE,
} from '../../domain/tool/access.ts';
import { namespaceOf, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { SECRET_ACTION, TABLE_ACTIONS } from '../../domain/tool/session-policy.ts';
import { explainWildcard } from '../checks/explain.ts';
import { type Ledger, ledgerTables } from './ledger-grants.ts';
import type { ServiceFunction } from './service-function.ts';

export interface AgentRoleProps {
  readonly prefix: string;
  readonly envelope: Envelope;
  readonly namespaces: readonly ToolNamespace[];
  /** Executors by namespace. */
  readonly executors: ReadonlyMap<string, ServiceFunction>;
  readonly ledger: Ledger;
}

type Conditions = Record<string, Record<string, string>>;

const FROM_A_RUN: Conditions = { StringLike: { 'sts:SourceIdentity': 'run-*' } };

/** Tags that every session of an agent carries; policies and CloudTrail read them. */
const SESSION_TAGS = ['run', 'workflow', 'agent', 'tool', 'tenant'] as const;

/**
 * The identity of one agent: the union of what its tools declare, for the session's own tenant only. Trusted to the
 * executors of those tools and to nobody else, and only with a run as source identity and with every tag.
 */
export function agentRole(scope: Construct, id: string, props: AgentRoleProps): Role {
  const { prefix, envelope } = props;
  const used = props.namespaces.filter(({ name }) =>
    envelope.permissions.allowed_tools.some((tool) => namespaceOf(tool) === name),
  );
  const trusted = used.map(({ name }) => executorOf(name, props.executors).role.roleArn);
  const principals = new CompositePrincipal(...trusted.map((arn) => new ArnPrincipal(arn)));
  const tagged = everyTag(envelope.agent);
  const role = new Role(scope, id, {
    roleName: agentRoleName(prefix, envelope.agent),
    description: `countersign agent ${envelope.agent}, owned by ${envelope.owner}`,
    assumedBy: principals.withConditions({ ...FROM_A_RUN, ...tagged }),
    permissionsBoundary: boundary(scope, `${id}Boundary`, props),
    maxSessionDuration: Duration.hours(1),
  });
  // assuming with tags and a source identity takes three rights; each is asked for what AWS documents as known to it
  const trust = (action: string, conditions: Conditions) =>
    new PolicyStatement({
      effect: Effect.ALLOW,
      principals: trusted.map((arn) => new ArnPrincipal(arn)),
      actions: [action],
      conditions,
    });
  role.assumeRolePolicy?.addStatements(
    trust('sts:SetSourceIdentity', FROM_A_RUN),
    trust('sts:TagSession', tagged),
  );
  for (const statement of used.flatMap((namespace) => toolStatements(scope, namespace, props))) {
    role.addToPolicy(statement);
    for (const resource of statement.resources.filter((each) => each.endsWith('*'))) {
      explainWildcard(
        role,
        resource,
        "arguments choose the item, and each call's session policy names the one",
      );
    }
  }
  return role;
}

function executorOf(namespace: string, executors: ReadonlyMap<string, ServiceFunction>): ServiceFunction {
  const executor = executors.get(namespace);
  if (executor === undefined) {
    throw new Error(
      `namespace '${namespace}' has no executor, expected one of ${[...executors.keys()].join(', ')}`,
    );
  }
  return executor;
}

function everyTag(agent: string): Conditions {
  return {
    StringEquals: { 'aws:RequestTag/agent': agent },
    Null: Object.fromEntries(SESSION_TAGS.map((tag) => [`aws:RequestTag/${tag}`, 'false'])),
  };
}

/** Whatever policies an agent role is given later: the ledger and the log stay out of its reach, and so does IAM. */
function boundary(scope: Construct, id: string, props: AgentRoleProps): ManagedPolicy {
  const { prefix, ledger, namespaces } = props;
  const { auditBucket, transcriptsBucket } = ledger;
  const tables = ledgerTables(ledger).map(({ tableArn }) => tableArn);
  const buckets = [auditBucket, transcriptsBucket].flatMap((bucket) => [
    bucket.bucketArn,
    bucket.arnForObjects('*'),
  ]);
  const anyTable = Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: '*' });
  const anySecret = Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${prefix}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const slackSecrets = SLACK_SECRETS.map((secret) => slackSecretArnPattern(Stack.of(scope), prefix, secret));
  const declared = declaredActions(namespaces);
  const stacks = ['control', 'approvals'].map((stack) => `${prefix}-${stack}-*`);
  const functions = [...stacks, executorName(prefix, '*')].map((resourceName) =>
    Stack.of(scope).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  const policy = new ManagedPolicy(scope, id, {
    description: 'the most that an agent of countersign can ever do',
    statements: [
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: Object.values(TABLE_ACTIONS).flat(),
        resources: [anyTable],
      }),
      new PolicyStatement({ effect: Effect.ALLOW, actions: [SECRET_ACTION], resources: [anySecret] }),
      ...(declared.length === 0
        ? []
        : [new PolicyStatement({ effect: Effect.ALLOW, actions: declared, resources: ['*'] })]),
      new PolicyStatement({
        sid: 'NeverTheControlPlane',
        effect: Effect.DENY,
        actions: ['*'],
        resources: [
          ...[...tables, ...tables.map((arn) => `${arn}/index/*`), ...buckets],
          ...[...functions, ...slackSecrets],
        ],
      }),
    ],
  });
  for (const any of declared.length === 0 ? [anyTable, anySecret] : [anyTable, anySecret, '*']) {
    explainWildcard(
      policy,
      any,
      'a boundary grants nothing; the role below it names its tables, indexes and secrets',
    );
  }
  return policy;
}

/** Of every tool of the deployment, so that the boundary is the same for all agents and changes seldom. */
function declaredActions(namespaces: readonly ToolNamespace[]): string[] {
  const actions = namespaces
    .flatMap(({ tools }) => tools)
    .flatMap(accessOf)
    .filter(isResourceAccess)
    .flatMap((access) => access.actions);
  return [...new Set(actions)].sort();
}

function toolStatements(
  scope: Construct,
  namespace: ToolNamespace,
  { prefix, envelope }: AgentRoleProps,
): PolicyStatement[] {
  const allowed = namespace.tools.filter(({ name }) => envelope.permissions.allowed_tools.includes(name));
  const actionsByResource = new Map<string, Set<string>>();
  for (const access of allowed.flatMap(accessOf).filter(isTableAccess)) {
    const table = Stack.of(scope).formatArn({
      service: 'dynamodb',
      resource: 'table',
      resourceName: namespace.tableName(prefix, access.table),
    });
    const resource = access.index === undefined ? table : `${table}/index/${access.index}`;
    const actions = actionsByResource.get(resource) ?? new Set();
    for (const action of access.operations.flatMap((operation) => TABLE_ACTIONS[operation])) {
      actions.add(action);
    }
    actionsByResource.set(resource, actions);
  }
  const tables = [...actionsByResource].map(
    ([resource, actions]) =>
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...actions].sort(),
        resources: [resource],
        conditions: {
          'ForAllValues:StringLike': {
            // INVARIANT: a session reaches the items of its own tenant and no others
            'dynamodb:LeadingKeys': [`$\{aws:PrincipalTag/tenant}`, `$\{aws:PrincipalTag/tenant}#*`],
          },
          // "for all values" also holds when there are none, as in a scan
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
  );
  const resources = allowed
    .flatMap(accessOf)
    .filter(isResourceAccess)
    .map((access) => resourceStatement(access, prefix));
  return [...tables, ...resources, ...secretStatements(namespace.name, allowed, prefix)];
}

function accessOf({ access }: ToolDefinition): readonly Access[] {
  return access;
}

function resourceStatement(
  { actions, resource, conditions }: ResourceAccess,
  prefix: string,
): PolicyStatement {
  const places: DeploymentPlaces = {
    partition: Aws.PARTITION,
    region: Aws.REGION,
    account: Aws.ACCOUNT_ID,
    prefix,
  };
  // INVARIANT: a session reaches what is its own tenant's and no other's
  const values: Readonly<Record<string, string>> = {
    ...places,
    [TENANT_PLACE]: `$\{aws:PrincipalTag/tenant}`,
  };
  const wide = (template: string) => filledIn(template, (place) => values[place] ?? '*');
  const like = Object.entries(conditions ?? {}).map(([key, template]) => [key, wide(template)]);
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [wide(resource)],
    ...(conditions === undefined ? {} : { conditions: { StringLike: Object.fromEntries(like) } }),
  });
}

/** A secret belongs to the deployment, not to a tenant: it is named in full instead. */
function secretStatements(
  namespace: string,
  tools: readonly ToolDefinition[],
  prefix: string,
): PolicyStatement[] {
  const place = { partition: Aws.PARTITION, region: Aws.REGION, account: Aws.ACCOUNT_ID };
  const secrets = new Set(tools.flatMap((tool) => tool.secrets ?? []));
  return [...secrets].map(
    (secret) =>
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [SECRET_ACTION],
        resources: [secretArnPattern(place, prefix, namespace, secret)],
      }),
  );
}
