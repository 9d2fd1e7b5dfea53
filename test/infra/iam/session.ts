import assert from 'node:assert/strict';
import type { AssumeRoleCommand, AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import type { Warrant } from '../../../domain/call/warrant.ts';
import type { Facts } from '../../../domain/tool/facts.ts';
import { callCredentials } from '../../../functions/execute/credentials.ts';
import { findTool, namespaceOfTool } from '../../../functions/tools/registry.ts';
import { elsewhere } from './calls.ts';
import { roleCaller } from './cases.ts';
import { type DeployedPolicies, sessionArn } from './deployed-policies.ts';
import type { Caller } from './evaluate.ts';

/** A call as its warrant has it. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly resource: Facts['resource'];
  /** @default acme */
  readonly tenant?: string;
  /** @default RUN_ID */
  readonly runId?: string;
}

export const RUN_ID = 'run-0123456789abcdef0123456789abcdef';

const AGENTS: Readonly<Record<string, string>> = {
  retail: 'retail-support',
  helpdesk: 'helpdesk-triage',
  loyalty: 'store-operator',
  stock: 'store-operator',
  documents: 'store-operator',
  desk: 'refund-desk',
  erp: 'invoice-reconciliation',
  ops: 'operations',
};

/** What the executor asks of STS before it runs a tool: the very request that its code makes. */
export async function sessionRequest(call: ToolCall): Promise<AssumeRoleCommandInput> {
  const [request] = await sessionRequests([call]);
  return request ?? assert.fail(`${call.tool} asks for no session`);
}

/** The requests of one container for calls that follow each other. @param secondsApart - between two of them */
export async function sessionRequests(
  calls: readonly ToolCall[],
  secondsApart = 0,
): Promise<readonly AssumeRoleCommandInput[]> {
  const asked: AssumeRoleCommandInput[] = [];
  const sts = {
    send: async ({ input }: AssumeRoleCommand) => {
      asked.push(input);
      return { Credentials: { AccessKeyId: 'id', SecretAccessKey: 'secret', SessionToken: 'token' } };
    },
  } as unknown as STSClient;
  const sessions = new Map();
  for (const [index, call] of calls.entries()) {
    const definition = findTool(call.tool) ?? assert.fail(`no tool '${call.tool}'`);
    const namespace = namespaceOfTool(call.tool);
    const functionArn = elsewhere('lambda', `function:countersign-execute-${namespace.name}`);
    const clock = () => new Date(Date.UTC(2026, 0, 31) + index * secondsApart * 1000);
    const deployment = { sts, namespace, prefix: 'countersign', functionArn, clock, sessions };
    await callCredentials(warrantOf(call, namespace.name), definition, deployment);
  }
  return asked;
}

function warrantOf(
  { tool, tenant = 'acme', runId = RUN_ID, arguments: parameters, resource }: ToolCall,
  namespace: string,
) {
  const agent = AGENTS[namespace] ?? '';
  return {
    ...{ tenant, runId, callId: '0001', workflow: agent, agent, resource },
    proposal: { tool, arguments: parameters },
  } as unknown as Warrant;
}

/** Tags as policies read them in the request for a session, or in the session's own requests. */
export function tagKeys(
  { Tags = [] }: AssumeRoleCommandInput,
  kind: 'RequestTag' | 'PrincipalTag',
): Record<string, string> {
  return Object.fromEntries(Tags.map(({ Key, Value }) => [`aws:${kind}/${Key}`, Value ?? '']));
}

/** The session of an agent that the executor has for one call. */
export async function callSession(policies: DeployedPolicies, call: ToolCall): Promise<Caller> {
  const request = await sessionRequest(call);
  const role = [...policies.roles.values()].find(({ arn }) => arn === request.RoleArn);
  assert.ok(role, `no role ${request.RoleArn}`);
  return {
    ...roleCaller(policies, role.name),
    principal: sessionArn(role.arn, request.RoleSessionName ?? ''),
    session: JSON.parse(request.Policy ?? ''),
    context: tagKeys(request, 'PrincipalTag'),
  };
}
