import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { executorName, workflowMachineName } from '../../contracts/names.ts';
import type { CloseRunInput } from '../../contracts/run.ts';
import type { Warrant } from '../../domain/call/warrant.ts';
import { type Clock, secondsAfter, timestamp } from '../../domain/time.ts';
import { namespaceOf } from '../../domain/tool/definition.ts';
import { transact } from '../adapters/dynamodb.ts';
import { type RunRecord, readRun } from '../adapters/runs.ts';
import { finishRun } from '../adapters/unfinished-runs.ts';
import { unsettledWarrants } from '../adapters/warrants.ts';
import type { Place } from '../runtime/arn.ts';

export interface ReconcileDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly lambda: LambdaClient;
  readonly stepFunctions: SFNClient;
  readonly closeRunFunction: string;
  readonly prefix: string;
  readonly place: Place;
  readonly clock: Clock;
}

/** What was the matter with a run; `resolved` counts calls whose outcome is on record now. */
export type Reconciled =
  | { readonly run: 'running' | 'finished' }
  | { readonly run: 'unsettled'; readonly resolved: number; readonly left: number };

/** A run that was recorded but has no execution after this long was never started: its caller died in between. */
const NEVER_STARTED_SECONDS = 900;

/**
 * Closes a run whose execution is over, lets executors find the outcome of calls that broke off, and takes the run off
 * the list when nothing of it is open any more. Each part is safe to repeat.
 */
export async function reconcile(run: RunRef, dependencies: ReconcileDependencies): Promise<Reconciled> {
  const { client } = dependencies;
  const record = await readRun(client, run);
  if (record === undefined) {
    return { run: 'finished' };
  }
  if (record.status !== 'closed') {
    const ended = await endOfExecution(record, dependencies);
    if (ended === undefined) {
      return { run: 'running' };
    }
    const input: CloseRunInput = { run, error: { Error: 'ExecutionEnded', Cause: ended } };
    await invoke(dependencies.lambda, dependencies.closeRunFunction, input);
  }
  const unsettled = await unsettledWarrants(client, run);
  const resolutions = await Promise.all(unsettled.map((warrant) => resolve(warrant, dependencies)));
  const left = resolutions.filter((resolved) => !resolved).length;
  if (left === 0) {
    await finish(run, client);
  }
  return unsettled.length === 0
    ? { run: 'finished' }
    : { run: 'unsettled', resolved: unsettled.length - left, left };
}

async function finish(run: RunRef, client: DynamoDBDocumentClient): Promise<void> {
  const record = await readRun(client, run);
  if (record !== undefined) {
    await transact(client, finishRun(record));
  }
}

/** How the run's execution ended; undefined while it runs, or may yet be started. */
async function endOfExecution(
  { tenant: _, runId, workflow, requestedAt }: RunRecord,
  { stepFunctions, prefix, place, clock }: ReconcileDependencies,
): Promise<string | undefined> {
  const { partition, region, account } = place;
  const machine = workflowMachineName(prefix, workflow);
  const executionArn = `arn:${partition}:states:${region}:${account}:execution:${machine}:${runId}`;
  try {
    const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE'
      ? undefined
      : `the execution ended as ${status}`;
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) {
      throw error;
    }
    const isOverdue = timestamp(clock) > secondsAfter(requestedAt, NEVER_STARTED_SECONDS);
    return isOverdue ? 'the execution was never started' : undefined;
  }
}

/** The executor knows the tool, so it alone can find out. @returns false when it cannot yet */
async function resolve(warrant: Warrant, { lambda, prefix, clock }: ReconcileDependencies): Promise<boolean> {
  // a warrant that was never begun has no deadline, and can be begun until it expires
  if (timestamp(clock) < (warrant.deadline ?? warrant.expiresAt)) {
    return false;
  }
  const { tenant, runId, callId, digest, proposal } = warrant;
  return invoke(lambda, executorName(prefix, namespaceOf(proposal.tool)), { tenant, runId, callId, digest });
}

async function invoke(lambda: LambdaClient, name: string, payload: unknown): Promise<boolean> {
  const { FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) }),
  );
  return FunctionError === undefined;
}
