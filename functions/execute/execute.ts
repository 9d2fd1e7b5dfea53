import type { STSClient } from '@aws-sdk/client-sts';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ExecuteResult, WarrantRef } from '../../contracts/call.ts';
import { callDigest } from '../../domain/call/governed-call.ts';
import { SETTLE_MARGIN_SECONDS, type Warrant } from '../../domain/call/warrant.ts';
import { type Clock, secondsAfter, timestamp } from '../../domain/time.ts';
import type { ToolDefinition, ToolNamespace } from '../../domain/tool/definition.ts';
import { consumeWarrant, type Refusal, readWarrant } from '../adapters/warrants.ts';
import { callCredentials } from './credentials.ts';
import type { ToolHandlers } from './executor.ts';
import { type Attempt, runTool } from './run-tool.ts';
import { settleCall } from './settle.ts';

export interface ExecuteDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly sts: STSClient;
  readonly namespace: ToolNamespace;
  readonly handlers: ToolHandlers;
  readonly prefix: string;
  readonly clock: Clock;
  /** ARN under which this function was invoked; says in which partition, region and account it works. */
  readonly functionArn: string;
}

/** The warrant does not stand for this call. Nothing was done, and doing it again will not help. */
export class WarrantRefused extends Error {
  override readonly name = 'WarrantRefused';
}

/**
 * Executes one authorized call, at most once: consume, assume the agent's role, run, settle. A repeated invocation
 * gets the recorded outcome; one that finds an attempt broken off records the outcome as unknown.
 *
 * @throws WarrantRefused when there is no such warrant, it is for another call, or it has expired unused
 */
export async function execute(
  reference: WarrantRef,
  dependencies: ExecuteDependencies,
): Promise<{ result: ExecuteResult; workflow: string; agent: string; tool: string }> {
  const { client, clock, namespace } = dependencies;
  const warrant = checked(await readWarrant(client, reference), reference);
  const { workflow, agent, proposal } = warrant;
  const about = { workflow, agent, tool: proposal.tool };
  if (warrant.outcome !== undefined) {
    return { result: warrant.outcome, ...about };
  }
  const definition = namespace.tools.find(({ name }) => name === proposal.tool);
  if (definition === undefined) {
    throw new WarrantRefused(`tool '${proposal.tool}' is not in namespace '${namespace.name}'`);
  }
  const now = timestamp(clock);
  const deadline = secondsAfter(now, definition.timeoutSeconds + SETTLE_MARGIN_SECONDS);
  if (!(await consumeWarrant(client, warrant, now, deadline))) {
    return { result: await outcomeOfOther(warrant, definition, dependencies), ...about };
  }
  const attempt = await attemptCall(warrant, definition, dependencies);
  return { result: await settleCall(client, warrant, definition, attempt, timestamp(clock)), ...about };
}

/** INVARIANT: the arguments that run are those that were decided on; both are under the digest. */
function checked(warrant: Warrant | Refusal | undefined, reference: WarrantRef): Warrant {
  const { callId, digest } = reference;
  if (warrant === undefined || warrant.state === 'refused' || warrant.digest === undefined) {
    throw new WarrantRefused(`no warrant for call ${callId}`);
  }
  const { tenant, runId, workflow, agent, user, proposal, resource } = warrant;
  const resourceName = `${resource.type}/${resource.id}`;
  const parts = { tenant, runId, callId, workflow, agent, userId: user.id, proposal, resource: resourceName };
  if (warrant.digest !== digest || callDigest(parts) !== digest) {
    throw new WarrantRefused(`the warrant for call ${callId} is for another call than ${digest}`);
  }
  return warrant;
}

/** Somebody consumed the warrant before, or nobody may any more. */
async function outcomeOfOther(
  reference: WarrantRef,
  definition: ToolDefinition,
  { client, clock }: ExecuteDependencies,
): Promise<ExecuteResult> {
  const warrant = checked(await readWarrant(client, reference), reference);
  if (warrant.outcome !== undefined) {
    return warrant.outcome;
  }
  if (warrant.state === 'authorized') {
    throw new WarrantRefused(`the warrant for call ${warrant.callId} expired at ${warrant.expiresAt}`);
  }
  // the state machine invokes again only when the invocation before has ended, so that attempt was broken off
  const error = {
    code: 'outcome_unknown',
    message: 'an attempt was broken off, the effect may or may not have happened',
  };
  const attempt: Attempt = {
    status: 'unknown',
    error,
    effects: [],
    costMicroDollars: warrant.holdMicroDollars,
  };
  return settleCall(client, warrant, definition, attempt, timestamp(clock));
}

async function attemptCall(
  warrant: Warrant,
  definition: ToolDefinition,
  dependencies: ExecuteDependencies,
): Promise<Attempt> {
  try {
    const credentials = await callCredentials(warrant, definition, dependencies);
    return await runTool(warrant, definition, credentials, dependencies.handlers);
  } catch (error) {
    // nothing has reached the tool yet: without the agent's credentials there is no call
    const message = error instanceof Error ? error.message : String(error);
    return { status: 'failed', error: { code: 'no_credentials', message }, effects: [], costMicroDollars: 0 };
  }
}
