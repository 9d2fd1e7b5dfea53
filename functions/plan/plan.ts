import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CallRequest, CallResult, Reason, RunRef } from '../../contracts/call.ts';
import type { Plan, PlanInput, RunOutcome } from '../../contracts/run.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { Clock } from '../../domain/time.ts';
import { type OpenRunRecord, readOpenedRun } from '../adapters/runs.ts';
import type { Transcript, TranscriptStore, Turn } from '../adapters/transcripts.ts';
import { findTool } from '../tools/registry.ts';
import { type ModelProvider, NoProposals, tokensOf } from './provider.ts';

export interface PlanDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly bundle: PolicyBundle;
  readonly transcripts: TranscriptStore;
  readonly providers: Readonly<Record<'recorded' | 'bedrock', ModelProvider>>;
}

/** A model that is refused again and again may propose this many calls for each that its envelope grants. */
const PROPOSALS_PER_GRANTED_CALL = 2;

/**
 * Says what the machine does next: wait for people, end the run, or carry out the calls that the model proposes.
 * It only ever proposes; each call is decided on its own. Repeating it gives a plan under the same number.
 */
export async function plan(
  input: PlanInput,
  dependencies: PlanDependencies,
): Promise<{ next: Plan; workflow: string; agent: string }> {
  const { client, bundle, transcripts } = dependencies;
  const run = await readOpenedRun(client, input.run);
  const about = { workflow: run.workflow, agent: run.agent };
  const envelope = bundle.envelopes[run.workflow];
  const before = input.planned?.plan.turn ?? 0;
  const transcript = await transcripts.read(run, before);
  const turns = withResults(transcript.turns, resultsOf(input));
  const answered = { input: transcript.input, turns };
  const planned = { turn: before + 1, calls: [] };

  const end = endOf(run, envelope, turns);
  if (end !== undefined || envelope === undefined) {
    await transcripts.write(run, planned.turn, answered);
    return { next: { ...planned, next: 'close', ...end }, ...about };
  }
  const waiting = waitFor(turns.at(-1));
  if (waiting !== undefined) {
    await transcripts.write(run, planned.turn, answered);
    return { next: { ...planned, next: 'wait', ...waiting }, ...about };
  }
  return { next: await propose(run, envelope, answered, planned.turn, dependencies), ...about };
}

async function propose(
  run: OpenRunRecord,
  envelope: Envelope,
  { input, turns }: Transcript,
  turn: number,
  { providers, transcripts }: PlanDependencies,
): Promise<Plan> {
  const tools = envelope.permissions.allowed_tools.map(findTool).filter((tool) => tool !== undefined);
  const provider = input.proposals === undefined ? providers.bedrock : providers.recorded;
  try {
    const { proposals, message, tokens } = await provider({ run, envelope, tools, input, turns });
    const ref: RunRef = { tenant: run.tenant, runId: run.runId };
    const calls = proposals.map(({ proposal, toolUseId }, index) => ({
      ...ref,
      callId: callIdOf(turns.length + 1, index),
      proposal,
      ...(toolUseId === undefined ? {} : { toolUseId }),
    }));
    const said: Turn = { calls, results: [], message, ...(tokens === undefined ? {} : { tokens }) };
    await transcripts.write(run, turn, { input, turns: [...turns, said] });
    return calls.length === 0
      ? { next: 'close', turn, calls, outcome: 'completed' }
      : { next: 'call', turn, calls: calls.map(({ toolUseId: _, ...call }) => call) };
  } catch (error) {
    if (error instanceof NoProposals) {
      return { next: 'close', turn, calls: [], ...stopped(error.code, error.message) };
    }
    throw error;
  }
}

/** `0002-00`: the first call of the second turn. */
function callIdOf(turn: number, index: number): string {
  return `${String(turn).padStart(4, '0')}-${String(index).padStart(2, '0')}`;
}

/** Results of the calls that were just carried out. Of an execution that did not succeed nobody knows how far it came. */
function resultsOf({ planned, governed }: PlanInput): readonly CallResult[] {
  if (planned === undefined || governed === undefined) {
    return [];
  }
  if (governed.Status === 'SUCCEEDED' && governed.Output !== undefined) {
    return JSON.parse(governed.Output) as CallResult[];
  }
  const error = `${governed.Status}: ${governed.Error ?? 'no error given'}`;
  return planned.plan.calls.map(({ callId }) => ({ decision: 'unresolved', callId, error }));
}

function withResults(turns: readonly Turn[], results: readonly CallResult[]): readonly Turn[] {
  const last = turns.at(-1);
  if (last === undefined || results.length === 0) {
    return turns;
  }
  const kept = last.results.filter(({ callId }) => !results.some((result) => result.callId === callId));
  return [...turns.slice(0, -1), { ...last, results: [...kept, ...results] }];
}

type End = { readonly outcome: RunOutcome; readonly reason: Reason };

function endOf(run: OpenRunRecord, envelope: Envelope | undefined, turns: readonly Turn[]): End | undefined {
  const results = turns.at(-1)?.results ?? [];
  const undecided = results.find((result) => result.decision === 'undecided');
  if (undecided?.decision === 'undecided') {
    return {
      outcome: 'failed',
      reason: { code: 'undecided', message: `${undecided.callId}: ${undecided.error}` },
    };
  }
  const unresolved = results.find((result) => result.decision === 'unresolved');
  if (unresolved?.decision === 'unresolved') {
    const message = `call ${unresolved.callId} gave no answer (${unresolved.error}), its outcome will be found later`;
    return { outcome: 'failed', reason: { code: 'outcome_unresolved', message } };
  }
  const unknown = results.find((result) => result.decision === 'allow' && result.status === 'unknown');
  if (unknown !== undefined) {
    const message = `nobody knows whether call ${unknown.callId} had its effect, look before you repeat it`;
    return { outcome: 'failed', reason: { code: 'outcome_unknown', message } };
  }
  if (envelope === undefined) {
    return stopped('no_envelope', `workflow '${run.workflow}' has no envelope in the deployed policy bundle`);
  }
  if (run.status !== 'open' || run.mode === 'stopped') {
    return stopped('run_stopped', `the run is ${run.status} in mode ${run.mode}`);
  }
  const proposed = turns.reduce((count, { calls }) => count + calls.length, 0);
  const most = envelope.budgets.max_tool_calls * PROPOSALS_PER_GRANTED_CALL;
  if (proposed >= most) {
    return stopped(
      'too_many_proposals',
      `the model has proposed ${proposed} calls, at most ${most} are taken`,
    );
  }
  const { max_tokens_per_task: mostTokens = Number.POSITIVE_INFINITY } = envelope.budgets;
  const tokens = tokensOf(turns);
  if (tokens >= mostTokens) {
    const message = `the run has taken ${tokens} tokens, its envelope grants ${mostTokens}`;
    return stopped('tokens_exhausted', message);
  }
  return undefined;
}

function stopped(code: string, message: string): End {
  return { outcome: 'stopped', reason: { code, message } };
}

/** People are asked about one call at a time; the others of the turn wait for their turn. */
function waitFor(turn: Turn | undefined): Pick<Plan, 'calls' | 'wait'> | undefined {
  const waiting = turn?.results.find((result) => result.decision === 'needs_approval');
  const call = turn?.calls.find(({ callId }) => callId === waiting?.callId);
  if (waiting?.decision !== 'needs_approval' || call === undefined) {
    return undefined;
  }
  const { approvalId, timeoutSeconds } = waiting.approval;
  const { toolUseId: _, ...request } = call;
  const again: CallRequest = { ...request, approvalId };
  return { calls: [again], wait: { approvalId, callId: call.callId, timeoutSeconds } };
}
