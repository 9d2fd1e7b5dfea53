import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CallRequest, CallResult } from '../../contracts/call.ts';
import type { Plan, PlanInput } from '../../contracts/run.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { Clock } from '../../domain/time.ts';
import { readOpenedRun } from '../adapters/runs.ts';
import type { TranscriptStore, Turn } from '../adapters/transcripts.ts';
import { propose } from './propose.ts';
import type { Proposer } from './provider.ts';
import { endOf } from './stops.ts';

export interface PlanDependencies {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly bundle: PolicyBundle;
  readonly transcripts: TranscriptStore;
  readonly proposers: Readonly<Record<'recorded' | 'models', Proposer>>;
}

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
  const answered = { ...transcript, turns };
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
