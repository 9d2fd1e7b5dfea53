import type { Reason } from '../../contracts/call.ts';
import type { RunOutcome } from '../../contracts/run.ts';
import { capsOf } from '../../domain/budget/budget.ts';
import { minutesTaken } from '../../domain/budget/steps.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { OpenRunRecord } from '../adapters/runs.ts';
import type { Transcript } from '../adapters/transcripts.ts';
import { tokensOf } from './provider.ts';

/** A model that is refused again and again may propose this many calls for each that its envelope grants. */
const PROPOSALS_PER_GRANTED_CALL = 2;

/** How a run ends, and why. */
export type End = { readonly outcome: RunOutcome; readonly reason: Reason };

/**
 * Why a run ends before its model is asked again; undefined when it goes on.
 *
 * @param now - ISO 8601 UTC
 */
export function endOf(
  run: OpenRunRecord,
  envelope: Envelope | undefined,
  { input, turns }: Transcript,
  now: string,
): End | undefined {
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
    const why = run.mode === 'stopped' ? ', as its envelope says or because its workflow was paused' : '';
    return stopped('run_stopped', `the run is ${run.status} in mode ${run.mode}${why}`);
  }
  const { microDollars: cap } = capsOf(run, envelope);
  if (run.usedMicroDollars >= cap) {
    const message = `the run has used ${run.usedMicroDollars} micro-dollars, it may use ${cap}`;
    return stopped('budget_exhausted', message);
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
  const { max_turns: mostTurns, max_minutes: mostMinutes = Number.POSITIVE_INFINITY } = envelope.budgets;
  if (!isRecorded(input) && turns.length >= mostTurns) {
    const message = `the model was asked ${turns.length} times, its envelope grants ${mostTurns}`;
    return stopped('too_many_turns', message);
  }
  const minutes = minutesTaken(run.openedAt, run.waitedSeconds ?? 0, now);
  if (minutes >= mostMinutes) {
    const message = `the run has taken ${minutes} minutes beside those in which it waited for people, its envelope grants ${mostMinutes}`;
    return stopped('time_exhausted', message);
  }
  return undefined;
}

/** Whether what is proposed was written down before: no model is asked, and none can be stuck. */
export function isRecorded({ proposals }: Transcript['input']): boolean {
  return proposals !== undefined;
}

export function stopped(code: string, message: string): End {
  return { outcome: 'stopped', reason: { code, message } };
}
