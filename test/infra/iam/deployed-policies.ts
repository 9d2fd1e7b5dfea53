import type { Synthesized } from '../synthesized.ts';
import { type ConcreteResource, concreteResources, PLACE } from './concrete.ts';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface DeployedRole {
  readonly name: string;
  readonly arn: string;
  readonly identity: PolicyDocument;
  readonly boundary: PolicyDocument | undefined;
  readonly trust: PolicyDocument;
}

/** Everything that IAM reads when it judges a call. */
export interface DeployedPolicies {
  /** By name in the template: `AuthorizeRole`, `retail-support-Agent`. */
  readonly roles: ReadonlyMap<string, DeployedRole>;
  /** Policies that people's roles are given, by name in the template. */
  readonly given: ReadonlyMap<string, PolicyDocument>;
  /** Policies of buckets, queues, keys and functions by the ARN of what they are on. */
  readonly resourcePolicies: ReadonlyMap<string, PolicyDocument>;
  /** ARNs of everything by type and name. */
  readonly arns: ReadonlyMap<string, string>;
}

export function deployedPolicies(deployment: Synthesized): DeployedPolicies {
  const resources = concreteResources(deployment);
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const inline = ofType('AWS::IAM::Policy');
  const managed = ofType('AWS::IAM::ManagedPolicy');
  const roles = ofType('AWS::IAM::Role').map((role): [string, DeployedRole] => {
    const { PermissionsBoundary, AssumeRolePolicyDocument } = role.Properties;
    const boundary = managed.find(({ arn }) => arn === PermissionsBoundary);
    if (PermissionsBoundary !== undefined && boundary === undefined) {
      throw new Error(`${role.name}: boundary ${PermissionsBoundary} is in no template`);
    }
    return [
      role.name,
      {
        name: role.name,
        arn: role.arn as string,
        identity: documentOf(
          inline.filter(({ Properties }) => Properties.Roles.includes(role.name)).flatMap(statementsOf),
        ),
        boundary: boundary?.Properties.PolicyDocument,
        trust: AssumeRolePolicyDocument,
      },
    ];
  });
  const boundaries = [...roles.values()].map(([, { boundary }]) => boundary);
  const given = managed
    .map(({ name, Properties }) => [name, Properties.PolicyDocument] as const)
    .filter(([, document]) => !boundaries.includes(document));
  return {
    roles: new Map(roles),
    given: new Map(given),
    resourcePolicies: resourcePolicies(resources),
    arns: arnsOf(resources),
  };
}

function documentOf(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

function statementsOf({ Properties }: ConcreteResource): readonly Statement[] {
  return Properties.PolicyDocument.Statement;
}

function resourcePolicies(resources: readonly ConcreteResource[]): Map<string, PolicyDocument> {
  const arns = arnsOf(resources);
  const policies = new Map<string, PolicyDocument>();
  const add = (arn: string | undefined, statements: readonly Statement[]) => {
    if (arn === undefined) {
      throw new Error(`a policy is on something without an ARN: ${JSON.stringify(statements)}`);
    }
    policies.set(arn, documentOf([...(policies.get(arn)?.Statement ?? []), ...statements]));
  };
  for (const resource of resources) {
    const { Type, Properties, arn } = resource;
    if (Type === 'AWS::S3::BucketPolicy') {
      add(arns.get(`AWS::S3::Bucket ${Properties.Bucket}`), statementsOf(resource));
    } else if (Type === 'AWS::SQS::QueuePolicy') {
      for (const queue of Properties.Queues) {
        add(arns.get(`AWS::SQS::Queue ${queue}`), statementsOf(resource));
      }
    } else if (Type === 'AWS::KMS::Key') {
      add(arn, Properties.KeyPolicy.Statement);
    } else if (Type === 'AWS::Lambda::Permission') {
      add(Properties.FunctionName, [invokeStatement(resource)]);
    }
  }
  return policies;
}

/** The statement that Lambda makes of a permission. */
function invokeStatement({ Properties }: ConcreteResource): Statement {
  const { Action, FunctionName, Principal, SourceArn } = Properties;
  return {
    Effect: 'Allow',
    Principal: { Service: Principal },
    Action,
    Resource: FunctionName,
    Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
  };
}

function arnsOf(resources: readonly ConcreteResource[]): Map<string, string> {
  const named = resources.flatMap(({ Type, name, arn }) =>
    arn === undefined ? [] : [[`${Type} ${name}`, arn] as const],
  );
  const arns = new Map(named);
  if (arns.size !== named.length || new Set(arns.values()).size !== named.length) {
    throw new Error('two resources of one type have one name, a case could not tell them apart');
  }
  return arns;
}

/** ARN of a role's session, as CloudTrail and resource policies see it. */
export function sessionArn(roleArn: string, session: string): string {
  return `arn:${PLACE.partition}:sts::${PLACE.account}:assumed-role/${roleArn.split('/').at(-1)}/${session}`;
}
