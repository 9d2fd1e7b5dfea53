import { readable } from '../permissions.ts';
import type { Resource, Synthesized } from '../synthesized.ts';

/** Where the deployment is imagined to be. */
export const PLACE = { partition: 'aws', region: 'us-east-1', account: '123456789012' } as const;

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Partition': PLACE.partition,
  'AWS::Region': PLACE.region,
  'AWS::AccountId': PLACE.account,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The property that names a resource, if its template does. */
const NAME_PROPERTIES = ['RoleName', 'TableName', 'FunctionName', 'StateMachineName', 'BucketName', 'Name'];

/** ARN behind the service's name, region and account; other types are named by no policy. */
const ARN_ENDS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::GlobalTable': (name) => regional('dynamodb', `table/${name}`),
  'AWS::Lambda::Function': (name) => regional('lambda', `function:${name}`),
  'AWS::StepFunctions::StateMachine': (name) => regional('states', `stateMachine:${name}`),
  'AWS::KMS::Key': (name) => regional('kms', `key/${name}`),
  'AWS::SQS::Queue': (name) => regional('sqs', name),
  'AWS::Logs::LogGroup': (name) => regional('logs', `log-group:${name}:*`),
  'AWS::Events::Rule': (name) => regional('events', `rule/${name}`),
  'AWS::SecretsManager::Secret': (name) => regional('secretsmanager', `secret:${name}-Ab1Cd2`),
  'AWS::IAM::Role': (name) => global('iam', PLACE.account, `role/${name}`),
  'AWS::IAM::ManagedPolicy': (name) => global('iam', PLACE.account, `policy/${name}`),
  'AWS::S3::Bucket': (name) => global('s3', '', name.toLowerCase()),
};

/** What `Ref` gives is a name, except for these. */
const REFERENCED_BY_ARN = [
  'AWS::StepFunctions::StateMachine',
  'AWS::SecretsManager::Secret',
  'AWS::IAM::ManagedPolicy',
];

function regional(service: string, end: string): string {
  return `arn:${PLACE.partition}:${service}:${PLACE.region}:${PLACE.account}:${end}`;
}

function global(service: string, account: string, end: string): string {
  return `arn:${PLACE.partition}:${service}::${account}:${end}`;
}

/** A resource with its properties as CloudFormation would hand them to the service. */
export interface ConcreteResource extends Resource {
  /** As in the template, without the hash that CDK adds, and behind the workflow's name in a workflow's stack. */
  readonly name: string;
  readonly arn: string | undefined;
}

/** Every resource with every reference resolved. @throws Error for an intrinsic that is not known here */
export function concreteResources(deployment: Synthesized): ConcreteResource[] {
  const exported = new Map<string, () => unknown>();
  const all = [...deployment.stacks].flatMap(([stack, template]) => {
    const { Resources, Outputs = {} } = template.toJSON();
    const workflow = /-workflow-(.+)$/.exec(stack)?.[1];
    const scope: Scope = { stack, resources: Resources, workflow, exported };
    for (const { Export, Value } of Object.values<{ Export?: { Name: string }; Value: unknown }>(Outputs)) {
      if (Export !== undefined) {
        exported.set(Export.Name, () => resolved(Value, scope));
      }
    }
    return Object.entries<Resource>(Resources).map(([id, resource]) => ({ id, resource, scope }));
  });
  return all
    .filter(({ resource }) => resource.Type.startsWith('AWS::') && !resource.Type.startsWith('AWS::CDK'))
    .map(({ id, resource, scope }) => ({
      ...resource,
      Properties: resolved(resource.Properties, scope),
      name: nameOf(id, scope),
      arn: arnOf(id, scope),
    }));
}

interface Scope {
  readonly stack: string;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly workflow: string | undefined;
  readonly exported: ReadonlyMap<string, () => unknown>;
}

function nameOf(id: string, { workflow }: Scope): string {
  return workflow === undefined ? readable(id) : `${workflow}-${readable(id)}`;
}

function arnOf(id: string, scope: Scope): string | undefined {
  const { Type, Properties = {} } = scope.resources[id] as Resource;
  const given = NAME_PROPERTIES.map((property) => Properties[property]).find((each) => each !== undefined);
  return ARN_ENDS[Type]?.(
    given === undefined ? generatedName(id, Type, scope) : String(resolved(given, scope)),
  );
}

/** CloudFormation names what its template does not; of functions a policy reads the stack that it begins with. */
function generatedName(id: string, type: string, scope: Scope): string {
  const name = nameOf(id, scope);
  return type === 'AWS::Lambda::Function' ? `${scope.stack}-${name}-1A2B3C4D5E6F` : name;
}

function resolved(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => resolved(each, scope));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [[intrinsic, operand] = ['', undefined]] = entries;
  if (entries.length !== 1 || !(intrinsic === 'Ref' || intrinsic.startsWith('Fn::'))) {
    return Object.fromEntries(entries.map(([key, each]) => [key, resolved(each, scope)]));
  }
  switch (intrinsic) {
    case 'Ref':
      return PSEUDO_PARAMETERS[operand] ?? referenced(operand, scope);
    case 'Fn::GetAtt':
      return attribute(operand, scope);
    case 'Fn::Join':
      return operand[1].map((each: unknown) => resolved(each, scope)).join(operand[0]);
    case 'Fn::ImportValue':
      return scope.exported.get(operand)?.() ?? unknown(value);
    case 'Fn::Select':
    case 'Fn::Split':
    case 'Fn::Sub':
      // CDK has these for endpoints and code, which no policy names
      return JSON.stringify(value);
    default:
      return unknown(value);
  }
}

function referenced(id: string, scope: Scope): string | undefined {
  const { Type } = scope.resources[id] ?? {};
  return Type !== undefined && REFERENCED_BY_ARN.includes(Type) ? arnOf(id, scope) : nameOf(id, scope);
}

function attribute([id, name]: readonly [string, string], scope: Scope): string {
  const arn = arnOf(id, scope);
  switch (name) {
    case 'Arn':
      return arn ?? unknown({ 'Fn::GetAtt': [id, name] });
    case 'StreamArn':
      return `${arn}/stream/2026-01-01T00:00:00.000`;
    default:
      return `${nameOf(id, scope)}.${name}`;
  }
}

function unknown(value: unknown): never {
  throw new Error(`${JSON.stringify(value)} cannot be resolved, teach it to concrete.ts`);
}
