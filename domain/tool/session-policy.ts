import type { CallScope, TableAccess, TableOperation, ToolDefinition } from './definition.ts';

export interface SessionStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** IAM actions behind each operation on a table. */
export const TABLE_ACTIONS: Readonly<Record<TableOperation, readonly string[]>> = {
  get: ['dynamodb:GetItem'],
  query: ['dynamodb:Query'],
  update: ['dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
};

export const SECRET_ACTION = 'secretsmanager:GetSecretValue';

const NOTHING: SessionStatement = { Effect: 'Deny', Action: ['*'], Resource: ['*'] };

/**
 * The session policy of one call: what the tool declares, with the call's own keys filled in. The session can do what
 * both the agent's role and this policy allow, so a call whose decision was bypassed still reaches nothing else.
 *
 * @param tableArn - ARN of a table that the tool's access names
 * @param secretArn - ARN of a secret that the tool declares
 */
export function sessionPolicy(
  definition: ToolDefinition,
  scope: CallScope,
  tableArn: (table: string) => string,
  secretArn: (secret: string) => string,
): readonly SessionStatement[] {
  const { access, secrets = [] } = definition;
  const statements = [
    ...access.map((each) => statementFor(each, scope, tableArn)),
    ...secrets.map((secret) => secretStatement(secretArn(secret))),
  ];
  return statements.length === 0 ? [NOTHING] : statements;
}

function statementFor(
  access: TableAccess,
  scope: CallScope,
  tableArn: (table: string) => string,
): SessionStatement {
  const { table, index, operations, keys } = access;
  return {
    Effect: 'Allow',
    Action: operations.flatMap((operation) => TABLE_ACTIONS[operation]),
    Resource: [index === undefined ? tableArn(table) : `${tableArn(table)}/index/${index}`],
    Condition:
      keys === undefined
        ? // tenants hold no wildcard characters: the API takes none
          { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [scope.tenant, `${scope.tenant}#*`] } }
        : // INVARIANT: arguments are compared as they are; a '*' from a model must not widen the policy
          { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys(scope).map(literal) } },
  };
}

function secretStatement(arn: string): SessionStatement {
  return { Effect: 'Allow', Action: [SECRET_ACTION], Resource: [arn] };
}

/** IAM puts values in place of `${...}` in conditions; `${$}` is its way to write a dollar sign. */
function literal(key: string): string {
  return key.replaceAll('$', `$\{$}`);
}
