import {
  type Access,
  type CallScope,
  type DeploymentPlaces,
  filledIn,
  isTableAccess,
  type ResourceAccess,
  type TableAccess,
  type TableOperation,
  TENANT_PLACE,
} from './access.ts';
import type { ToolDefinition } from './definition.ts';

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

/** How things are named where the tools are deployed. */
export interface DeployedNames {
  readonly places: DeploymentPlaces;
  /** ARN of a table that the tool's access names. */
  readonly tableArn: (table: string) => string;
  /** ARN of a secret that the tool declares. */
  readonly secretArn: (secret: string) => string;
}

/**
 * The session policy of one call: what the tool declares, with the call's own values filled in. The session can do what
 * both the agent's role and this policy allow, so a call whose decision was bypassed still reaches nothing else.
 */
export function sessionPolicy(
  definition: ToolDefinition,
  scope: CallScope,
  names: DeployedNames,
): readonly SessionStatement[] {
  const { access, secrets = [] } = definition;
  const statements = [
    ...access.map((each) => accessStatement(each, scope, names)),
    ...secrets.map((secret) => secretStatement(names.secretArn(secret))),
  ];
  return statements.length === 0 ? [NOTHING] : statements;
}

function accessStatement(access: Access, scope: CallScope, names: DeployedNames): SessionStatement {
  return isTableAccess(access)
    ? tableStatement(access, scope, names)
    : resourceStatement(access, scope, names.places);
}

function tableStatement(
  { table, index, operations, keys }: TableAccess,
  scope: CallScope,
  { tableArn }: DeployedNames,
): SessionStatement {
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

function resourceStatement(
  { actions, resource, conditions }: ResourceAccess,
  scope: CallScope,
  places: DeploymentPlaces,
): SessionStatement {
  const values = { ...scope.arguments, ...places, [TENANT_PLACE]: scope.tenant };
  // INVARIANT: what a model has chosen names one resource; a '*' in it is a character
  const arn = filledIn(resource, (place) => literalResource(textOf(values, place)));
  const statement = { Effect: 'Allow', Action: actions, Resource: [arn] } as const;
  if (conditions === undefined) {
    return statement;
  }
  const equal = Object.entries(conditions).map(([key, template]) => [
    key,
    [filledIn(template, (place) => literal(textOf(values, place)))],
  ]);
  return { ...statement, Condition: { StringEquals: Object.fromEntries(equal) } };
}

/** @throws Error for a value that is no text: an ARN with 'undefined' in it would be somebody's resource too */
function textOf(values: Readonly<Record<string, unknown>>, place: string): string {
  const value = values[place];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`{${place}} is ${JSON.stringify(value)}, expected text to put into an arn`);
  }
  return value;
}

function secretStatement(arn: string): SessionStatement {
  return { Effect: 'Allow', Action: [SECRET_ACTION], Resource: [arn] };
}

/** In the resource of a statement `*` and `?` stand for others; IAM's way to write the characters is `${*}` and `${?}`. */
function literalResource(value: string): string {
  return value.replaceAll(/[$*?]/g, (character) => `$\{${character}}`);
}

/** IAM puts values in place of `${...}` in conditions; `${$}` is its way to write a dollar sign. */
function literal(key: string): string {
  return key.replaceAll('$', `$\{$}`);
}
