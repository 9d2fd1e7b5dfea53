import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import {
  ADMINISTRATOR,
  type Case,
  EVERYTHING,
  FOREIGN_ADMINISTRATOR,
  OTHER_ACCOUNT,
  OWN_ROOT,
  roleCaller,
} from './cases.ts';
import { PLACE } from './concrete.ts';
import { type DeployedPolicies, sessionArn } from './deployed-policies.ts';
import type { Call, Caller } from './evaluate.ts';
import { sessionRequest, tagKeys } from './session.ts';

/** Condition keys that AWS documents for the three rights, of which an assumption needs each that it makes use of. */
export function callsOf(request: AssumeRoleCommandInput): Call[] {
  const resource = request.RoleArn ?? '';
  const tags = tagKeys(request, 'RequestTag');
  const source =
    request.SourceIdentity === undefined ? undefined : { 'sts:SourceIdentity': request.SourceIdentity };
  return [
    { action: 'sts:AssumeRole', resource, context: { ...tags, ...source } },
    ...(Object.keys(tags).length === 0 ? [] : [{ action: 'sts:TagSession', resource, context: tags }]),
    ...(source === undefined ? [] : [{ action: 'sts:SetSourceIdentity', resource, context: source }]),
  ];
}

/** An attempt to become somebody: allowed when each of its calls is. */
export interface Assumption {
  readonly who: string;
  readonly caller: Caller;
  readonly what: string;
  readonly request: AssumeRoleCommandInput;
  readonly may: boolean;
}

const TOOL_CALLS = {
  retail: {
    tool: 'retail.calculate',
    arguments: { expression: '1' },
    resource: { type: 'Shop', id: 'x', attributes: {} },
  },
  helpdesk: {
    tool: 'helpdesk.get_ticket',
    arguments: { ticket_id: 'T-1' },
    resource: { type: 'Ticket', id: 'T-1', attributes: {} },
  },
  loyalty: {
    tool: 'loyalty.get_points',
    arguments: { member_id: 'lena_hofer_4821' },
    resource: { type: 'Member', id: 'lena_hofer_4821', attributes: {} },
  },
};

export async function assumptions(policies: DeployedPolicies): Promise<Assumption[]> {
  const retail = await sessionRequest(TOOL_CALLS.retail);
  const helpdesk = await sessionRequest(TOOL_CALLS.helpdesk);
  const loyalty = await sessionRequest(TOOL_CALLS.loyalty);
  const executor = roleCaller(policies, 'ExecuteretailRole');
  const requests: Assumption[] = Object.entries(otherRequests(retail)).map(([what, request]) => ({
    ...{ who: 'the executor of retail', caller: executor, what, request, may: false },
  }));
  const callers: Assumption[] = Object.entries(everybody(policies)).flatMap(([who, caller]) => [
    {
      who,
      caller,
      what: 'become the retail agent',
      request: retail,
      may: who.startsWith('ExecuteretailRole'),
    },
    {
      who,
      caller,
      what: 'become the helpdesk agent',
      request: helpdesk,
      may: who.startsWith('ExecutehelpdeskRole'),
    },
    {
      who,
      caller,
      what: 'become the store agent',
      request: loyalty,
      may: /^Execute(documents|loyalty|stock)Role/.test(who),
    },
  ]);
  return [...callers, ...requests];
}

/** Requests that are nearly the executor's own. */
function otherRequests(own: AssumeRoleCommandInput): Record<string, AssumeRoleCommandInput> {
  const tagged = (Key: string, Value: string | undefined) => ({
    ...own,
    Tags: [
      ...(own.Tags ?? []).filter((tag) => tag.Key !== Key),
      ...(Value === undefined ? [] : [{ Key, Value }]),
    ],
  });
  const sources = [undefined, 'somebody', 'RUN-1', 'my-run-1', 'run'];
  return {
    ...Object.fromEntries(
      sources.map((SourceIdentity) => [
        `become its agent with the source identity ${SourceIdentity ?? 'missing'}`,
        { ...own, SourceIdentity },
      ]),
    ),
    ...Object.fromEntries(
      ['run', 'workflow', 'agent', 'tool', 'tenant'].map((tag) => [
        `become its agent without the tag ${tag}`,
        tagged(tag, undefined),
      ]),
    ),
    'become its agent without any tag': { ...own, Tags: [] },
    'become its agent with the tag of another agent': tagged('agent', 'helpdesk-triage'),
    'become its agent with the tag of the agent in capitals': tagged('agent', 'RETAIL-SUPPORT'),
    'become its agent with a pattern for the agent': tagged('agent', '*'),
  };
}

/** Everybody who might want to be an agent. */
function everybody(policies: DeployedPolicies): Record<string, Caller> {
  const roles = [...policies.roles.keys()].map((name) => [name, roleCaller(policies, name)] as const);
  const powerful = [...policies.roles.values()].map(
    ({ name, arn }) =>
      [`${name}, had it every right`, { principal: sessionArn(arn, 'x'), identity: EVERYTHING }] as const,
  );
  const session = `assumed-role/ExecuteretailRole/countersign-execute-retail`;
  return {
    ...Object.fromEntries([...roles, ...powerful]),
    'an administrator': ADMINISTRATOR,
    'the root of the account': OWN_ROOT,
    'an administrator of another account': FOREIGN_ADMINISTRATOR,
    'an executor of the same name in another account': {
      principal: `arn:${PLACE.partition}:sts::${OTHER_ACCOUNT}:${session}`,
      identity: EVERYTHING,
    },
    'the service Lambda': LAMBDA,
  };
}

const LAMBDA: Caller = { principal: 'lambda.amazonaws.com' };

/** Step Functions, about to run a machine of an account. */
function stepFunctions(account: string): Caller {
  const machine = `arn:${PLACE.partition}:states:${PLACE.region}:${account}:stateMachine:countersign-retail-support`;
  return {
    principal: 'states.amazonaws.com',
    context: { 'aws:SourceArn': machine, 'aws:SourceAccount': account },
  };
}

/** Who may be a function or a machine: its service, and nobody by name. */
export function serviceRoleCases(policies: DeployedPolicies): Case[] {
  const people = { 'an administrator': ADMINISTRATOR, 'the root of the account': OWN_ROOT };
  const roles = [...policies.roles.values()].filter(({ name }) => !name.endsWith('-Agent'));
  return roles.flatMap(({ name, arn }) => {
    const isMachine = /GovernedCall|Machine/.test(name);
    const row = (who: string, caller: Caller, may: boolean): Case => ({
      ...{ who, caller, what: `become ${name}`, call: { action: 'sts:AssumeRole', resource: arn }, may },
    });
    return [
      row('Lambda', LAMBDA, !isMachine),
      row('Step Functions', stepFunctions(PLACE.account), isMachine),
      row("Step Functions for another account's machine", stepFunctions(OTHER_ACCOUNT), false),
      ...Object.entries(people).map(([who, caller]) => row(who, caller, false)),
      row('the executor of retail', roleCaller(policies, 'ExecuteretailRole'), false),
    ];
  });
}
