import { ofType, type Resource, type Synthesized } from './synthesized.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** One right of one role. */
export interface Permission {
  readonly role: string;
  readonly effect: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys in alphabetical order. */
  readonly conditions: string;
}

/** Every right of every role in the deployment, from inline and attached policies; boundaries grant nothing. */
export function permissions(deployment: Synthesized): Permission[] {
  const inline = ofType(deployment, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
    (Properties.Roles as unknown[]).flatMap((role) =>
      statements(Properties.PolicyDocument).flatMap((each) =>
        rights(`${workflowOf(id)}${readable(role)}`, each),
      ),
    ),
  );
  // those that people's roles are given are no boundary of any role here
  const boundaries = ofType(deployment, 'AWS::IAM::Role').map(([, { Properties }]) =>
    readable(Properties.PermissionsBoundary),
  );
  const given = ofType(deployment, 'AWS::IAM::ManagedPolicy')
    .filter(([id]) => !boundaries.includes(readable(id.slice(id.indexOf('/') + 1))))
    .flatMap(([id, { Properties }]) =>
      statements(Properties.PolicyDocument).flatMap((each) => rights(readable(id), each)),
    );
  return [...inline, ...given].sort((left, right) => (rowOf(left) < rowOf(right) ? -1 : 1));
}

/** `retail-support/` of an id in that workflow's stack, nothing for other stacks. */
function workflowOf(id: string): string {
  return id.slice(0, id.indexOf('/') + 1);
}

export function rowOf({ role, effect, action, resource, conditions }: Permission): string {
  return [role, effect, action, resource, conditions].join(' | ').replace(/ \| $/, '');
}

function rights(role: string, { Effect, Action, Resource: on, Condition }: Statement): Permission[] {
  const resources = Array.isArray(on) ? on : [on];
  const conditions = Object.values((Condition ?? {}) as Record<string, object>).flatMap((keys) =>
    Object.keys(keys),
  );
  return [Action].flat().flatMap((action) =>
    resources.map((resource) => ({
      role,
      effect: Effect,
      action,
      resource: readable(resource),
      conditions: [...new Set(conditions)].sort().join(', '),
    })),
  );
}

export function statements(document: { readonly Statement: readonly Statement[] }): readonly Statement[] {
  return document.Statement;
}

/** CloudFormation's references without the hashes that CDK adds to names. */
export function readable(value: unknown): string {
  if (typeof value === 'string') {
    return value
      .replace(/^countersign-\w+:ExportsOutput(FnGetAtt|Ref)/, '')
      .replaceAll(/([A-Za-z]+?)[0-9A-F]{8}(Arn[0-9A-F]{8}|[0-9A-F]{8})?/g, '$1');
  }
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  const [[intrinsic, operand] = []] = Object.entries(value);
  switch (intrinsic) {
    case 'Ref':
      return String(operand).startsWith('AWS::')
        ? `<${String(operand).slice('AWS::'.length)}>`
        : readable(operand);
    case 'Fn::GetAtt':
      return readable((operand as string[])[0]);
    case 'Fn::ImportValue':
      return readable(operand);
    case 'Fn::Join':
      return (operand as [string, unknown[]])[1].map(readable).join('');
    default:
      return JSON.stringify(value);
  }
}

export function trustOf(
  deployment: Synthesized,
  role: string,
): readonly (Statement & { readonly Principal: unknown })[] {
  const found = ofType(deployment, 'AWS::IAM::Role').find(([id]) => readable(id) === role) as [
    string,
    Resource,
  ];
  return found[1].Properties.AssumeRolePolicyDocument.Statement;
}
