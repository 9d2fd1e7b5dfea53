import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { agentRoleName, secretArnPattern } from '../../contracts/names.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import type { ToolDefinition, ToolNamespace } from '../../domain/tool/definition.ts';
import type { CallCredentials } from '../../domain/tool/handler.ts';
import {
  type DeployedNames,
  type SessionStatement,
  sessionPolicy,
} from '../../domain/tool/session-policy.ts';
import { placeOf } from '../runtime/arn.ts';

/** The shortest that STS gives. */
const SESSION_SECONDS = 900;

/** Limits of STS for names of sessions and source identities. */
const MAXIMUM_NAME_LENGTH = 64;

/**
 * Credentials of the agent's role for this call only: tagged with whom and what they are for, the run as their source
 * identity, and narrowed to the call's own resource.
 *
 * @throws when STS refuses
 */
export async function callCredentials(
  warrant: Warrant,
  definition: ToolDefinition,
  {
    sts,
    namespace,
    prefix,
    functionArn,
  }: {
    readonly sts: STSClient;
    readonly namespace: ToolNamespace;
    readonly prefix: string;
    readonly functionArn: string;
  },
): Promise<CallCredentials> {
  const place = placeOf(functionArn);
  const { partition, region, account } = place;
  const names: DeployedNames = {
    places: { ...place, prefix },
    tableArn: (table) =>
      `arn:${partition}:dynamodb:${region}:${account}:table/${namespace.tableName(prefix, table)}`,
    secretArn: (secret) => secretArnPattern(place, prefix, namespace.name, secret),
  };
  const { tenant, runId, workflow, agent, proposal, resource } = warrant;
  const scope = { tenant, arguments: proposal.arguments, resource };
  const sessionName = runId.slice(0, MAXIMUM_NAME_LENGTH);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:${partition}:iam::${account}:role/${agentRoleName(prefix, agent)}`,
      RoleSessionName: sessionName,
      SourceIdentity: sessionName,
      DurationSeconds: SESSION_SECONDS,
      Tags: Object.entries({ run: runId, workflow, agent, tool: definition.name, tenant }).map(
        ([Key, Value]) => ({
          Key,
          Value,
        }),
      ),
      Policy: policyDocument(sessionPolicy(definition, scope, names)),
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw new Error(`sts gave no credentials for ${agentRoleName(prefix, agent)}`);
  }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** STS takes no character above U+00FF in a policy; JSON has an escape for each, as for a name with other letters. */
function policyDocument(statements: readonly SessionStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }).replaceAll(
    /[^\u0020-\u00ff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
