import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from '@aws-sdk/client-sts';
import { agentRoleName, secretArnPattern } from '../../contracts/names.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import { type Clock, secondsAfter, timestamp } from '../../domain/time.ts';
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

/** What the executor assumes roles with. */
export interface SessionDependencies {
  readonly sts: STSClient;
  readonly namespace: ToolNamespace;
  readonly prefix: string;
  readonly functionArn: string;
  readonly clock: Clock;
  /** Sessions of reads by what was asked of STS for them; lives as long as the container. */
  readonly sessions: Map<string, Session>;
}

export interface Session {
  readonly credentials: CallCredentials;
  /** ISO 8601 UTC. */
  readonly reusableUntil: string;
}

/** Far below what STS gives: a right that is taken away is gone for all within minutes. */
const REUSE_SECONDS = 180;
const MAXIMUM_SESSIONS = 100;

/**
 * Credentials of the agent's role for this call only: tagged with whom and what they are for, the run as their source
 * identity, and narrowed to the call's own resource. A read that asks STS for the very same, tags and policy included,
 * is given the session that it has for the next few minutes.
 *
 * @throws when STS refuses
 */
export async function callCredentials(
  warrant: Warrant,
  definition: ToolDefinition,
  { sts, clock, sessions, ...deployment }: SessionDependencies,
): Promise<CallCredentials> {
  const request = sessionRequest(warrant, definition, deployment);
  if (definition.effect !== 'read') {
    return assumedRole(sts, request);
  }
  const scope = JSON.stringify(request);
  const now = timestamp(clock);
  const kept = sessions.get(scope);
  if (kept !== undefined && now < kept.reusableUntil) {
    return kept.credentials;
  }
  const credentials = await assumedRole(sts, request);
  const [oldest] = sessions.keys();
  if (oldest !== undefined && sessions.size >= MAXIMUM_SESSIONS) {
    sessions.delete(oldest);
  }
  sessions.set(scope, { credentials, reusableUntil: secondsAfter(now, REUSE_SECONDS) });
  return credentials;
}

function sessionRequest(
  { tenant, runId, workflow, agent, proposal, resource }: Warrant,
  definition: ToolDefinition,
  { namespace, prefix, functionArn }: Pick<SessionDependencies, 'namespace' | 'prefix' | 'functionArn'>,
): AssumeRoleCommandInput {
  const place = placeOf(functionArn);
  const { partition, region, account } = place;
  const names: DeployedNames = {
    places: { ...place, prefix },
    tableArn: (table) =>
      `arn:${partition}:dynamodb:${region}:${account}:table/${namespace.tableName(prefix, table)}`,
    secretArn: (secret) => secretArnPattern(place, prefix, namespace.name, secret),
  };
  const scope = { tenant, arguments: proposal.arguments, resource };
  const sessionName = runId.slice(0, MAXIMUM_NAME_LENGTH);
  return {
    RoleArn: `arn:${partition}:iam::${account}:role/${agentRoleName(prefix, agent)}`,
    RoleSessionName: sessionName,
    SourceIdentity: sessionName,
    DurationSeconds: SESSION_SECONDS,
    Tags: Object.entries({ run: runId, workflow, agent, tool: definition.name, tenant }).map(
      ([Key, Value]) => ({ Key, Value }),
    ),
    Policy: policyDocument(sessionPolicy(definition, scope, names)),
  };
}

async function assumedRole(sts: STSClient, request: AssumeRoleCommandInput): Promise<CallCredentials> {
  const { Credentials } = await sts.send(new AssumeRoleCommand(request));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw new Error(`sts gave no credentials for ${request.RoleArn}`);
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
