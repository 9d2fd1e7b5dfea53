import { Duration, Stack } from 'aws-cdk-lib';
import {
  ArnPrincipal,
  CompositePrincipal,
  Effect,
  ManagedPolicy,
  PolicyStatement,
  Role,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { agentRoleName } from '../../contracts/names.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { namespaceOf, type TableAccess, type ToolNamespace } from '../../domain/tool/definition.ts';
import { TABLE_ACTIONS } from '../../domain/tool/session-policy.ts';
import { explainWildcard } from '../checks/explain.ts';
import type { Ledger } from './ledger-grants.ts';
import type { ServiceFunction } from './service-function.ts';

export interface AgentRoleProps {
  readonly prefix: string;
  readonly envelope: Envelope;
  readonly namespaces: readonly ToolNamespace[];
  /** Executors by namespace. */
  readonly executors: ReadonlyMap<string, ServiceFunction>;
  readonly ledger: Ledger;
}

/** Tags that every session of an agent carries; policies and CloudTrail read them. */
const SESSION_TAGS = ['run', 'workflow', 'agent', 'tool', 'tenant'] as const;

/**
 * The identity of one agent: the union of what its tools declare, for the session's own tenant only. Trusted to the
 * executors of those tools and to nobody else, and only with a run as source identity and with every tag.
 */
export function agentRole(scope: Construct, id: string, props: AgentRoleProps): Role {
  const { prefix, envelope, ledger } = props;
  const used = props.namespaces.filter(({ name }) =>
    envelope.permissions.allowed_tools.some((tool) => namespaceOf(tool) === name),
  );
  const trusted = used.map(({ name }) => executorOf(name, props.executors).role.roleArn);
  const principals = new CompositePrincipal(...trusted.map((arn) => new ArnPrincipal(arn)));
  const conditions = sessionConditions(envelope.agent);
  const role = new Role(scope, id, {
    roleName: agentRoleName(prefix, envelope.agent),
    description: `countersign agent ${envelope.agent}, owned by ${envelope.owner}`,
    assumedBy: principals.withConditions(conditions),
    permissionsBoundary: boundary(scope, `${id}Boundary`, ledger),
    maxSessionDuration: Duration.hours(1),
  });
  role.assumeRolePolicy?.addStatements(
    new PolicyStatement({
      effect: Effect.ALLOW,
      principals: trusted.map((arn) => new ArnPrincipal(arn)),
      actions: ['sts:SetSourceIdentity', 'sts:TagSession'],
      conditions,
    }),
  );
  for (const statement of used.flatMap((namespace) => toolStatements(scope, namespace, props))) {
    role.addToPolicy(statement);
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

function sessionConditions(agent: string): Record<string, Record<string, string>> {
  return {
    StringLike: { 'sts:SourceIdentity': 'run-*' },
    StringEquals: { 'aws:RequestTag/agent': agent },
    Null: Object.fromEntries(SESSION_TAGS.map((tag) => [`aws:RequestTag/${tag}`, 'false'])),
  };
}

/** Whatever policies an agent role is given later: the ledger and the log stay out of its reach, and so does IAM. */
function boundary(scope: Construct, id: string, ledger: Ledger): ManagedPolicy {
  const { runs, warrants, events, approvals, auditBucket, transcriptsBucket } = ledger;
  const tables = [runs, warrants, events, approvals].map(({ tableArn }) => tableArn);
  const buckets = [auditBucket, transcriptsBucket].flatMap((bucket) => [
    bucket.bucketArn,
    bucket.arnForObjects('*'),
  ]);
  const anyTable = Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: '*' });
  const policy = new ManagedPolicy(scope, id, {
    description: 'the most that an agent of countersign can ever do',
    statements: [
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: Object.values(TABLE_ACTIONS).flat(),
        resources: [anyTable],
      }),
      new PolicyStatement({
        sid: 'NeverTheControlPlane',
        effect: Effect.DENY,
        actions: ['*'],
        resources: [...tables, ...tables.map((arn) => `${arn}/index/*`), ...buckets],
      }),
    ],
  });
  explainWildcard(
    policy,
    anyTable,
    'a boundary grants nothing; the role below it names its tables and indexes',
  );
  return policy;
}

function toolStatements(
  scope: Construct,
  namespace: ToolNamespace,
  { prefix, envelope }: AgentRoleProps,
): PolicyStatement[] {
  const allowed = namespace.tools.filter(({ name }) => envelope.permissions.allowed_tools.includes(name));
  const actionsByResource = new Map<string, Set<string>>();
  for (const access of allowed.flatMap((tool) => tool.access as readonly TableAccess[])) {
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
  return [...actionsByResource].map(
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
        },
      }),
  );
}
