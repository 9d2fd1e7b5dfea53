import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CallRequest, CallResult } from '../../contracts/call.ts';
import type { BudgetStep } from '../../contracts/events.ts';
import type { Plan, PlanInput } from '../../contracts/run.ts';
import { isQuestionId } from '../../domain/approval/question.ts';
import { isPreviewCall } from '../../domain/call/governed-call.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { readOpenedRun } from '../adapters/runs.ts';
import type { TranscriptStore, Turn } from '../adapters/transcripts.ts';
import { brake } from './brakes.ts';
import { answerOf } from './going-on.ts';
import { previewFor } from './preview.ts';
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

/** What comes next, and what it is about for logs and traces. */
export interface Planned {
  readonly next: Plan;
  readonly workflow: string;
  readonly agent: string;
  /** Steps of the run's budget that were taken now. */
  readonly steps: readonly BudgetStep[];
}

/**
 * Says what the machine does next: wait for people, end the run, or carry out the calls that the model proposes.
 * It only ever proposes; each call is decided on its own. Repeating it gives a plan under the same number.
 */
export async function plan(input: PlanInput, dependencies: PlanDependencies): Promise<Planned> {
  const { client, clock, bundle, transcripts } = dependencies;
  const now = timestamp(clock);
  const run = await readOpenedRun(client, input.run);
  const about = { workflow: run.workflow, agent: run.agent };
  const envelope = bundle.envelopes[run.workflow];
  const before = input.planned?.plan.turn ?? 0;
  const transcript = await transcripts.read(run, before);
  const turns = withResults(transcript.turns, resultsOf(input));
  const planned = { turn: before + 1, calls: [] };
  const keep = async (next: Omit<Plan, 'turn'>, steps: Planned['steps'] = []): Promise<Planned> => {
    await transcripts.write(run, planned.turn, { ...transcript, turns });
    return { next: { ...next, turn: planned.turn }, steps, ...about };
  };

  const end = endOf(run, envelope, { ...transcript, turns }, now);
  if (end !== undefined || envelope === undefined) {
    return keep({ next: 'close', calls: [], ...end });
  }
  const waiting = waitFor(turns.at(-1), { run, envelope, prices: bundle.prices });
  if (waiting !== undefined) {
    return keep(waiting);
  }
  const asked = askedBefore(input);
  const answer = asked === undefined ? undefined : await answerOf(client, run, asked, now);
  if (answer !== undefined) {
    return keep(
      'end' in answer ? { next: 'close', calls: [], ...answer.end } : { next: 'wait', ...answer.waiting },
    );
  }
  const answered = {
    ...transcript,
    turns: asked === undefined ? turns : continuedAfter(turns, asked),
  };
  const braked = await brake(client, run, envelope, answered, asked !== undefined, now);
  if (braked.end !== undefined) {
    return keep({ next: 'close', calls: [], ...braked.end }, braked.steps);
  }
  if (braked.waiting !== undefined) {
    return keep({ next: 'wait', ...braked.waiting }, braked.steps);
  }
  const next = await propose(run, envelope, answered, planned.turn, dependencies, braked.economies);
  return { next, steps: braked.steps, ...about };
}

/** The approval about the run itself that it has slept on; undefined when it has slept on none. */
function askedBefore({ planned }: PlanInput): string | undefined {
  const asked = planned?.plan.wait?.approvalId;
  return asked !== undefined && isQuestionId(asked) ? asked : undefined;
}

function continuedAfter(turns: readonly Turn[], approvalId: string): readonly Turn[] {
  return turns.map((turn, index) => (index === turns.length - 1 ? { ...turn, continued: approvalId } : turn));
}

/** Results of the calls that were just carried out. Of an execution that did not succeed nobody knows how far it came. */
function resultsOf({ planned, governed }: PlanInput): readonly CallResult[] {
  if (planned === undefined || governed === undefined) {
    return [];
  }
  if (governed.Status === 'SUCCEEDED' && governed.Output !== undefined) {
    const results = JSON.parse(governed.Output) as CallResult[];
    // INVARIANT: a preview is asked for once, so that a run cannot go round in circles over one that is not answered
    const unanswered = planned.plan.calls
      .filter(isPreviewCall)
      .filter(({ callId }) => !results.some((result) => result.callId === callId));
    return [...results, ...unanswered.map(({ callId }) => unresolved(callId, 'no result was given'))];
  }
  const error = `${governed.Status}: ${governed.Error ?? 'no error given'}`;
  return planned.plan.calls.map(({ callId }) => unresolved(callId, error));
}

function unresolved(callId: string, error: string): CallResult {
  return { decision: 'unresolved', callId, error };
}

function withResults(turns: readonly Turn[], results: readonly CallResult[]): readonly Turn[] {
  const last = turns.at(-1);
  if (last === undefined || results.length === 0) {
    return turns;
  }
  // INVARIANT: what people are shown is no result: no model is told of it, and it is no step of the run
  const previews = results.filter(isPreviewCall);
  const answers = results.filter((result) => !isPreviewCall(result));
  const next: Turn = {
    ...last,
    results: replaced(last.results, answers),
    ...(previews.length === 0 ? {} : { previews: replaced(last.previews ?? [], previews) }),
  };
  return [...turns.slice(0, -1), next];
}

function replaced(before: readonly CallResult[], results: readonly CallResult[]): CallResult[] {
  const kept = before.filter(({ callId }) => !results.some((result) => result.callId === callId));
  return [...kept, ...results];
}

/** People are asked about one call at a time, once it is known what they are shown; the others of the turn wait for their turn. */
function waitFor(
  turn: Turn | undefined,
  terms: Parameters<typeof previewFor>[2],
): Omit<Plan, 'turn'> | undefined {
  const waiting = turn?.results.find((result) => result.decision === 'needs_approval');
  const call = turn?.calls.find(({ callId }) => callId === waiting?.callId);
  if (turn === undefined || waiting?.decision !== 'needs_approval' || call === undefined) {
    return undefined;
  }
  const { approvalId, timeoutSeconds, heartbeatSeconds } = waiting.approval;
  const { toolUseId: _, ...request } = call;
  const preview = previewFor(turn, call, terms);
  if ('call' in preview) {
    return { next: 'call', calls: [preview.call] };
  }
  const again: CallRequest = { ...request, approvalId };
  const { shown } = preview;
  return {
    next: 'wait',
    calls: [again],
    wait: { approvalId, callId: call.callId, timeoutSeconds, heartbeatSeconds, preview: shown },
  };
}
