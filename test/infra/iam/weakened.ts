import { agentCases } from './agent-cases.ts';
import type { Case } from './cases.ts';
import { controlPlaneCases } from './control-plane-cases.ts';
import type { DeployedPolicies, DeployedRole, PolicyDocument, Statement } from './deployed-policies.ts';
import { documentInjectionCases } from './document-injection-cases.ts';
import { injectionCases } from './injection-cases.ts';
import { logCases } from './log-cases.ts';
import { toolCases } from './tool-cases.ts';

/** One thing made wrong, and a row that must notice. */
interface Weakness {
  readonly weaken: (policies: DeployedPolicies) => DeployedPolicies;
  /** What is made wrong in session policies, as text. */
  readonly session?: (policy: string) => string;
  readonly cases: (policies: DeployedPolicies) => Case[] | Promise<Case[]>;
  readonly noticedBy: string;
}

const asItIs = (policies: DeployedPolicies) => policies;

/** By what somebody might do to a policy. */
export const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  "an agent's role loses the limit to its tenant": {
    weaken: (policies) =>
      withRole(policies, 'retail-support-Agent', ({ identity }) => ({
        identity: without(identity, ['Condition']),
      })),
    cases: agentCases,
    noticedBy: 'the retail agent without a session policy: read the same order of another tenant',
  },
  "an agent's role no longer asks for a key": {
    weaken: (policies) =>
      withRole(policies, 'retail-support-Agent', ({ identity }) => ({
        identity: withoutOperator(identity, 'Null'),
      })),
    cases: agentCases,
    noticedBy: 'the retail agent without a session policy: read an order without saying which',
  },
  "a session policy loses the call's keys": {
    weaken: asItIs,
    session: (policy) => JSON.stringify(without(JSON.parse(policy), ['Condition'])),
    cases: toolCases,
    noticedBy: 'a call of retail.get_order_details: read another order',
  },
  'a session policy takes arguments for patterns': {
    weaken: asItIs,
    session: (policy) => policy.replaceAll('ForAllValues:StringEquals', 'ForAllValues:StringLike'),
    cases: injectionCases,
    noticedBy: 'retail.get_order_details with {"order_id":"*"}: reach "acme##W0000001" of orders',
  },
  'a session policy leaves policy variables in arguments': {
    weaken: asItIs,
    session: (policy) => policy.replaceAll(['$', '{$}'].join(''), '$'),
    cases: injectionCases,
    noticedBy: `retail.get_order_details with {"order_id":"${['$', '{aws:PrincipalTag/tenant}'].join('')}"}: reach "acme#acme" of orders`,
  },
  ...Object.fromEntries(
    [
      ['*', '*', 's3:GetObject "acme/prices.json"'],
      ['?', '?pening-hours.md', 's3:GetObject "acme/opening-hours.md"'],
      ['$', ['$', '{aws:PrincipalTag/tenant}'].join(''), 's3:GetObject "acme/acme"'],
    ].map(([character = '', name, what]): [string, Weakness] => [
      `a session policy does not escape the '${character}' of a document's name`,
      {
        weaken: asItIs,
        session: (policy) => policy.replaceAll(['$', `{${character}}`].join(''), character),
        cases: documentInjectionCases,
        noticedBy: `documents.get_document with ${JSON.stringify(name)}: ${what}`,
      },
    ]),
  ),
  "an agent's role loses the tenant of documents": {
    weaken: (policies) => withoutTenantOfDocuments(policies, 'Resource'),
    cases: agentCases,
    noticedBy:
      'the store agent without a session policy: read the same document of a tenant whose name begins alike',
  },
  "an agent's role loses the tenant of listings": {
    weaken: (policies) => withoutTenantOfDocuments(policies, 'Condition'),
    cases: agentCases,
    noticedBy:
      'the store agent without a session policy: list the versions of the same document of another tenant',
  },
  'a session policy loses the prefix of a listing': {
    weaken: asItIs,
    session: (policy) => JSON.stringify(without(JSON.parse(policy), ['Condition'])),
    cases: toolCases,
    noticedBy: 'a call of documents.get_document: list the versions of another document',
  },
  "an agent's boundary no longer denies to invoke the control plane": {
    weaken: (policies) =>
      withRole(policies, 'store-operations-Agent', ({ boundary }) => ({
        boundary: boundary && JSON.parse(JSON.stringify(boundary).replaceAll(':function:', ':nothing:')),
      })),
    cases: agentCases,
    noticedBy: 'an agent with every right and a boundary that only denies: invoke authorize',
  },
  "an agent's boundary loses its denial": {
    weaken: (policies) =>
      withRole(policies, 'retail-support-Agent', ({ boundary }) => ({
        boundary: boundary && keeping(boundary, ({ Effect }) => Effect === 'Allow'),
      })),
    cases: agentCases,
    noticedBy: 'the retail agent, had it every right: read a run',
  },
  'the boundary of an agent that invokes functions loses its denial': {
    weaken: (policies) =>
      withRole(policies, 'store-operations-Agent', ({ boundary }) => ({
        boundary: boundary && keeping(boundary, ({ Effect }) => Effect === 'Allow'),
      })),
    cases: agentCases,
    noticedBy: 'the store agent, had it every right: invoke authorize',
  },
  'the role of an agent may invoke every function': {
    weaken: (policies) =>
      withRole(policies, 'store-operations-Agent', ({ identity }) => ({
        identity: JSON.parse(
          JSON.stringify(identity).replaceAll('function:countersign-shop-loyalty', 'function:*'),
        ),
      })),
    cases: agentCases,
    noticedBy: 'the store agent without a session policy: invoke a function of somebody else',
  },
  'who tells people may write any attribute of an approval': {
    weaken: (policies) =>
      withRole(policies, 'TellPeopleRole', ({ identity }) => ({
        identity: without(identity, ['Condition']),
      })),
    cases: controlPlaneCases,
    noticedBy: 'TellPeopleRole: tell people and approve',
  },
  'an executor may write any attribute of a warrant': {
    weaken: (policies) =>
      withRole(policies, 'ExecuteretailRole', ({ identity }) => ({
        identity: without(identity, ['Condition']),
      })),
    cases: controlPlaneCases,
    noticedBy: "ExecuteretailRole: write a warrant's digest",
  },
  'an executor may write any limit': {
    weaken: (policies) =>
      withRole(policies, 'ExecuteretailRole', ({ identity }) => ({
        identity: withoutOperator(identity, 'ForAllValues:StringLike'),
      })),
    cases: controlPlaneCases,
    noticedBy: 'ExecuteretailRole: move the breaker of a helpdesk tool',
  },
  "an executor's right to limits no longer asks for a key": {
    weaken: (policies) =>
      withRole(policies, 'ExecuteretailRole', ({ identity }) => ({
        identity: withoutOperator(identity, 'Null'),
      })),
    cases: controlPlaneCases,
    noticedBy: 'ExecuteretailRole: update a limit without saying which',
  },
  'the api may write any attribute of a warrant': {
    weaken: (policies) =>
      withRole(policies, 'ApiRole', ({ identity }) => ({ identity: without(identity, ['Condition']) })),
    cases: controlPlaneCases,
    noticedBy: 'ApiRole: settle an unknown outcome and make its warrant usable',
  },
  'authorize may open break-glass itself': {
    weaken: (policies) =>
      withRole(policies, 'AuthorizeRole', ({ identity }) => ({
        identity: {
          ...identity,
          Statement: [...identity.Statement, { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: '*' }],
        },
      })),
    cases: controlPlaneCases,
    noticedBy: 'AuthorizeRole: open break-glass',
  },
  'authorize may invoke every function': {
    weaken: (policies) =>
      withRole(policies, 'AuthorizeRole', ({ identity }) => ({
        identity: {
          ...identity,
          Statement: [
            ...identity.Statement,
            { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' },
          ],
        },
      })),
    cases: controlPlaneCases,
    noticedBy: 'AuthorizeRole: invoke the executor of retail',
  },
  'seal may no longer write': {
    weaken: (policies) =>
      withRole(policies, 'SealRole', ({ identity }) => ({
        identity: keeping(identity, ({ Action }) => !Action.includes('s3:PutObject')),
      })),
    cases: controlPlaneCases,
    noticedBy: 'SealRole: seal a batch for the log',
  },
  ...Object.fromEntries(
    [
      ['NobodyChangesTheLog', 'delete a version of an object of the log'],
      ['NobodyWritesOver', 'write over an object of the log'],
      ['NobodyMovesTheCheckpointBlindly', 'move the checkpoint of the log from whatever it is'],
    ].map(([sid, what]) => [
      `the audit bucket loses ${sid}`,
      { weaken: withoutStatement(sid ?? ''), cases: logCases, noticedBy: `an administrator: ${what}` },
    ]),
  ),
};

/** The trust of the retail agent, made wrong. */
export const MISPLACED_TRUST: Readonly<
  Record<string, (trust: PolicyDocument, roles: DeployedPolicies['roles']) => PolicyDocument>
> = {
  'AuthorizeRole may become the retail agent': (trust, roles) => ({
    ...trust,
    Statement: trust.Statement.map((each) => ({
      ...each,
      Principal: { AWS: roles.get('AuthorizeRole')?.arn },
    })),
  }),
  'the executor of retail may become its agent without any tag': (trust) =>
    withoutOperator(withoutOperator(trust, 'Null'), 'StringEquals'),
  'the executor of retail may become its agent with the source identity somebody': (trust) =>
    withoutOperator(trust, 'StringLike'),
};

export function withRole(
  policies: DeployedPolicies,
  name: string,
  change: (role: DeployedRole) => Partial<DeployedRole>,
): DeployedPolicies {
  const role = policies.roles.get(name);
  if (role === undefined) {
    throw new Error(`no role '${name}'`);
  }
  return { ...policies, roles: new Map(policies.roles).set(name, { ...role, ...change(role) }) };
}

function withoutTenantOfDocuments(
  policies: DeployedPolicies,
  member: 'Resource' | 'Condition',
): DeployedPolicies {
  const tenant = ['$', '{aws:PrincipalTag/tenant}'].join('');
  return withRole(policies, 'store-operations-Agent', ({ identity }) => ({
    identity: {
      ...identity,
      Statement: identity.Statement.map((statement) =>
        statement[member] === undefined
          ? statement
          : { ...statement, [member]: JSON.parse(JSON.stringify(statement[member]).replaceAll(tenant, '*')) },
      ),
    },
  }));
}

function withoutStatement(sid: string): Weakness['weaken'] {
  return (policies) => ({
    ...policies,
    resourcePolicies: new Map(
      [...policies.resourcePolicies].map(([arn, policy]) => [arn, keeping(policy, ({ Sid }) => Sid !== sid)]),
    ),
  });
}

function keeping(policy: PolicyDocument, keep: (statement: Statement) => boolean): PolicyDocument {
  return { ...policy, Statement: policy.Statement.filter(keep) };
}

function without(policy: PolicyDocument, members: readonly (keyof Statement)[]): PolicyDocument {
  return {
    ...policy,
    Statement: policy.Statement.map(
      (statement) =>
        Object.fromEntries(
          Object.entries(statement).filter(([member]) => !members.includes(member as keyof Statement)),
        ) as unknown as Statement,
    ),
  };
}

function withoutOperator(policy: PolicyDocument, operator: string): PolicyDocument {
  return {
    ...policy,
    Statement: policy.Statement.map(({ Condition = {}, ...statement }) => ({
      ...statement,
      Condition: Object.fromEntries(Object.entries(Condition).filter(([each]) => each !== operator)),
    })),
  };
}
