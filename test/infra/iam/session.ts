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
}

export const RUN_ID = 'run-0123456789abcdef0123456789abcdef';

const AGENTS: Readonly<Record<string, string>> = {
  retail: 'retail-support',
  helpdesk: 'helpdesk-triage',
  documents: 'store-operator',
};

/** What the executor asks of STS before it runs a tool: the very request that its code makes. */
export async function sessionRequest(call: ToolCall): Promise<AssumeRoleCommandInput> {
  const definition = findTool(call.tool);
  assert.ok(definition, `no tool '${call.tool}'`);
  const namespace = namespaceOfTool(call.tool);
  const agent = AGENTS[namespace.name] ?? '';
  const warrant = {
    ...{ tenant: call.tenant ?? 'acme', runId: RUN_ID, callId: '0001', workflow: agent, agent },
    proposal: { tool: call.tool, arguments: call.arguments },
    resource: call.resource,
  } as unknown as Warrant;
  const asked: AssumeRoleCommandInput[] = [];
  const sts = {
    send: async ({ input }: AssumeRoleCommand) => {
      asked.push(input);
      return { Credentials: { AccessKeyId: 'id', SecretAccessKey: 'secret', SessionToken: 'token' } };
    },
  } as unknown as STSClient;
  const functionArn = elsewhere('lambda', `function:countersign-execute-${namespace.name}`);
  await callCredentials(warrant, definition, { sts, namespace, prefix: 'countersign', functionArn });
  return asked[0] as AssumeRoleCommandInput;
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
