import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CallResult, Reason } from '../../contracts/call.ts';
import type { BudgetStep } from '../../contracts/events.ts';
import { type Asking, questionAbout } from '../../domain/approval/question.ts';
import { ledgerEvent, loggedReason } from '../../domain/audit/event.ts';
import { capsOf } from '../../domain/budget/budget.ts';
import { minutesTaken, type ReachedStep, stepsReached } from '../../domain/budget/steps.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import { findLoop, type Loop, type ObservedCall, type ObservedTurn } from '../../domain/loop/loops.ts';
import { requestApproval } from '../adapters/approvals.ts';
import { type TransactItem, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { takeSteps } from '../adapters/run-steps.ts';
import { type OpenRunRecord, runIsOpen } from '../adapters/runs.ts';
import type { Transcript, Turn } from '../adapters/transcripts.ts';
import { findTool } from '../tools/registry.ts';
import { questionBefore, type Waiting, waitingFor } from './going-on.ts';
import { type Economies, tokensOf } from './provider.ts';
import { type End, isRecorded, stopped } from './stops.ts';

/** What came of looking at a run before its model is asked again. */
export interface Braked {
  /** How it ends; absent when it does not. */
  readonly end?: End;
  /** What it waits for; absent when it does not. */
  readonly waiting?: Waiting;
  readonly economies: Economies;
  /** Steps of its budget that are taken now. */
  readonly steps: readonly BudgetStep[];
}

/**
 * Looks how much of its budget a run has used, and whether it gets anywhere, and does what its envelope says about it. What is
 * done is recorded before it is; a plan that is repeated finds it recorded and does the same.
 *
 * @param isAnswered - a person has just let the run go on: it is not asked about again before this turn
 * @param now - ISO 8601 UTC
 * @throws ConditionsFailed when the run is closed, or something else plans it at the same time; the machine tries again
 */
export async function brake(
  client: DynamoDBDocumentClient,
  run: OpenRunRecord,
  envelope: Envelope,
  transcript: Transcript,
  isAnswered: boolean,
  now: string,
): Promise<Braked> {
  const taken: ReadonlySet<string> = run.stepsTaken ?? new Set();
  const turn = transcript.turns.length + 1;
  const loop = isRecorded(transcript.input) ? undefined : loopOf(transcript.turns, envelope.loops);
  const isStopped = loop !== undefined && envelope.loops.action === 'stop';
  // an earlier try of this plan may have asked already
  const mayBeAsked = !isAnswered && ((loop !== undefined && !isStopped) || taken.has('ask'));
  const question = mayBeAsked ? await questionBefore(client, run, turn) : undefined;
  const mayAsk = !isAnswered && question === undefined;

  const reached = reachedSteps(run, envelope, transcript, now);
  const fresh = reached.filter(({ step }) => !taken.has(step) && (mayAsk || step !== 'ask'));
  const inForce = new Set([...taken, ...reached.map(({ step }) => step)]);
  const economies = { smallerModel: inForce.has('smaller_model'), lessContext: inForce.has('less_context') };
  const braked = { economies, steps: fresh.map(({ step }) => step) };
  const recorder: Recorder = { client, run, envelope, turn, taken, now };

  const stop = reached.find(({ step }) => step === 'stop');
  if (stop !== undefined) {
    await record(recorder, fresh);
    return { ...braked, end: stopped('budget_step', `the run ends ${shareText(stop)}`) };
  }
  if (isStopped) {
    await record(recorder, fresh, loop);
    return { ...braked, end: stopped(loop.kind, `${loop.message} (${loop.callIds.join(', ')})`) };
  }
  const ask = fresh.find(({ step }) => step === 'ask');
  if (mayAsk && (loop !== undefined || ask !== undefined)) {
    return { ...braked, waiting: await record(recorder, fresh, loop, askingFor(recorder, loop, ask)) };
  }
  await record(recorder, fresh);
  return question === undefined || question.state === 'used'
    ? braked
    : { ...braked, waiting: waitingFor(question, now) };
}

function reachedSteps(
  run: OpenRunRecord,
  { budgets }: Envelope,
  { input, turns }: Transcript,
  now: string,
): ReachedStep[] {
  const { heldMicroDollars, spentMicroDollars, callsAuthorized } = run;
  return stepsReached(budgets, {
    capMicroDollars: capsOf(run, { budgets }).microDollars,
    ...{ heldMicroDollars, spentMicroDollars, calls: callsAuthorized },
    tokens: tokensOf(turns),
    turns: isRecorded(input) ? undefined : turns.length,
    minutes: minutesTaken(run.openedAt, run.waitedSeconds ?? 0, now),
  });
}

function shareText({ share, cap, used, of }: ReachedStep): string {
  return `from ${Math.round(share * 100)} % of its ${cap} on: ${used} of ${of} used`;
}

function loopOf(turns: readonly Turn[], limits: Envelope['loops']): Loop | undefined {
  const since = turns.findLastIndex(({ continued }) => continued !== undefined) + 1;
  return findLoop(turns.map(observed), limits, since);
}

function observed({ calls, results }: Turn): ObservedTurn {
  const byCall = new Map(results.map((result) => [result.callId, result]));
  return calls.map(({ callId, proposal }): ObservedCall => {
    const named = (proposal ?? {}) as { readonly tool?: unknown };
    const tool = typeof named.tool === 'string' ? findTool(named.tool) : undefined;
    const result = byCall.get(callId);
    const succeeded = result?.decision === 'allow' && result.status === 'succeeded';
    return {
      callId,
      tool: tool?.name ?? 'a tool that is not registered',
      call: digestOf(proposal ?? null),
      result: digestOf(saidBy(result)),
      effect: !succeeded ? 'nothing' : tool?.effect === 'write' ? 'written' : 'read',
    };
  });
}

/** Without what says when, such as the message of a limit: the same refusal is the same answer. */
function saidBy(result: CallResult | undefined): unknown {
  switch (result?.decision) {
    case 'allow':
      return [result.status, result.status === 'succeeded' ? (result.output ?? null) : result.error?.code];
    case 'deny':
      return [result.decision, result.policies, result.reasons.map(({ code }) => code)];
    default:
      return [result?.decision ?? 'none'];
  }
}

interface Recorder {
  readonly client: DynamoDBDocumentClient;
  readonly run: OpenRunRecord;
  readonly envelope: Envelope;
  /** The turn that comes next. */
  readonly turn: number;
  readonly taken: ReadonlySet<string>;
  readonly now: string;
}

function askingFor(
  { envelope: { permissions, reviewer_role }, turn, now }: Recorder,
  loop: Loop | undefined,
  ask: ReachedStep | undefined,
): Asking {
  const reasons: Reason[] = [
    ...(loop === undefined ? [] : [{ code: loop.kind, message: loop.message }]),
    ...(ask === undefined ? [] : [{ code: 'budget_step', message: `asked ${shareText(ask)}` }]),
  ];
  return {
    turn,
    reason: { code: reasons[0]?.code ?? '', message: reasons.map(({ message }) => message).join('; ') },
    evidence: [
      ...(loop?.callIds ?? []),
      ...(ask === undefined ? [] : [`${ask.used} of ${ask.of} ${ask.cap}`]),
    ],
    approverRole: permissions.approval_roles[0] ?? reviewer_role,
    rules: permissions,
    at: now,
  };
}

/** In one transaction: what is taken now and what says so. Nothing when all of it was taken before. */
async function record(
  { client, run, envelope, turn, taken, now }: Recorder,
  steps: readonly ReachedStep[],
  loop?: Loop,
  asking?: Asking,
): Promise<Waiting | undefined> {
  const event = (id: string, body: Parameters<typeof ledgerEvent>[3]): TransactItem =>
    appendEvent(ledgerEvent(run, id, now, body));
  const { microDollars: cap } = capsOf(run, envelope);
  const loopName = `loop/${String(turn).padStart(4, '0')}`;
  const foundNow = loop !== undefined && !taken.has(loopName);
  const names = [...steps.map(({ step }) => step), ...(foundNow ? [loopName] : [])];
  const question = asking && questionAbout({ ...run, capMicroDollars: cap }, asking);
  if (names.length > 0 || question !== undefined) {
    await transact(client, {
      run: names.length > 0 ? takeSteps(run, names) : runIsOpen(run),
      ...Object.fromEntries(
        steps.map((step) => [step.step, event(`budget/${step.step}`, { type: 'budget.step', ...step })]),
      ),
      loop: foundNow ? event(loopName, loopEvent(loop, envelope.loops.action)) : undefined,
      approval: question && requestApproval(question),
      question: question && event(`${question.callId}/questioned`, questionEvent(question, asking.reason)),
    });
  }
  return question && waitingFor(question, now);
}

function loopEvent({ kind, message, callIds }: Loop, action: Envelope['loops']['action']) {
  const reason = loggedReason({ code: kind, message });
  return { type: 'loop.found', loop: kind, action, reason, callIds } as const;
}

function questionEvent({ approvalId, approverRole }: ReturnType<typeof questionAbout>, reason: Reason) {
  return { type: 'run.questioned', approvalId, approverRole, reason: loggedReason(reason) } as const;
}
