import type { Reason, RunRef } from '../../contracts/call.ts';
import type { User } from '../../contracts/run.ts';
import { QUESTION_PREFIX } from '../../contracts/tables.ts';
import { loggedReason } from '../audit/event.ts';
import { digestOf } from '../call/canonical.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { type Approval, isUnreachable } from './approval.ts';
import { waitOf } from './asks.ts';

/** Stands where the approval of a call has its tool; no namespace is called so. */
export const CONTINUE_RUN = 'countersign.continue_run';

const QUESTION_ID_LENGTH = 20;

/** Asking twice before the same turn asks once. */
export function questionIdOf({ tenant, runId }: RunRef, turn: number): string {
  const digest = digestOf({ question: CONTINUE_RUN, tenant, runId, turn });
  return `${QUESTION_PREFIX}${digest.slice(0, QUESTION_ID_LENGTH)}`;
}

export function isQuestionId(approvalId: string): boolean {
  return approvalId.startsWith(QUESTION_PREFIX);
}

/** `0006-go`: whether turn 6 may be. */
function questionCallIdOf(turn: number): string {
  return `${String(turn).padStart(4, '0')}-go`;
}

/** Why people are asked, and who. */
export interface Asking {
  /** The turn that may or may not be. */
  readonly turn: number;
  readonly reason: Reason;
  /** For people: ids of calls, or what is used of a cap. */
  readonly evidence: readonly string[];
  readonly approverRole: string;
  /** How long people are asked. */
  readonly rules: Envelope['permissions'];
  /** ISO 8601 UTC. */
  readonly at: string;
}

interface AskedRun extends RunRef {
  readonly workflow: string;
  readonly agent: string;
  readonly user: User;
  readonly startedBy?: string;
  readonly spentMicroDollars: number;
  readonly capMicroDollars: number;
}

/** The question whether a run may go on, as people are asked about a call. */
export function questionAbout(run: AskedRun, asking: Asking): Approval {
  const { tenant, runId, workflow, agent, user } = run;
  const { turn, approverRole, rules, at } = asking;
  const callId = questionCallIdOf(turn);
  const shown = {
    reason: loggedReason(asking.reason).message,
    evidence: asking.evidence,
    spent: dollars(run.spentMicroDollars),
    cap: dollars(run.capMicroDollars),
  };
  const about = { tenant, runId, callId, workflow, agent };
  return {
    ...about,
    approvalId: questionIdOf(run, turn),
    user,
    proposal: { tool: CONTINUE_RUN, arguments: shown },
    resource: `run/${runId}`,
    facts: {},
    // INVARIANT: made of other members than the digest of a call, so that neither can stand for the other
    digest: digestOf({ question: CONTINUE_RUN, ...about, userId: user.id, shown }),
    policies: [],
    reasons: [shown.reason],
    tier: 0,
    kinds: [],
    holdMicroDollars: 0,
    requesters: [user.id, ...(run.startedBy === undefined ? [] : [run.startedBy])],
    beneficiaries: [],
    ...waitOf(rules, [{ approverRole, people: 1 }], at),
    state: 'requested',
    verdicts: [],
    revision: 0,
    messages: [],
  };
}

function dollars(microDollars: number): string {
  return `${microDollars / 1_000_000} dollars`;
}

/** What came of the question. */
export type QuestionAnswer =
  | { readonly may: 'go on'; readonly isUsed: boolean }
  | { readonly may: 'wait' }
  | {
      readonly may: 'not';
      readonly message: string;
      /** What the question has come to, when nobody has recorded it yet. */
      readonly over?: 'expired' | 'unreachable';
    };

/**
 * INVARIANT: a run goes on only when a person has said so; silence ends it.
 *
 * @param now - ISO 8601 UTC
 */
export function answerTo(
  question: Approval | undefined,
  run: RunRef,
  approvalId: string,
  now: string,
): QuestionAnswer {
  if (
    question === undefined ||
    question.runId !== run.runId ||
    question.tenant !== run.tenant ||
    question.proposal.tool !== CONTINUE_RUN
  ) {
    return not(`approval ${approvalId} is not about whether this run may go on`);
  }
  const { state, expiresAt } = question;
  switch (state) {
    case 'approved':
    case 'used':
      return { may: 'go on', isUsed: state === 'used' };
    case 'rejected': {
      const { by, note } = question.verdicts.at(-1) ?? {};
      return not(
        `${by ?? 'somebody'} said that the run may not go on${note === undefined ? '' : `: ${note}`}`,
      );
    }
    case 'expired':
      return not(nobodySaid(expiresAt));
    case 'unreachable':
      return not(NOBODY_REACHED);
    default:
      if (isUnreachable(question, now)) {
        return { ...not(NOBODY_REACHED), over: 'unreachable' };
      }
      return now >= expiresAt ? { ...not(nobodySaid(expiresAt)), over: 'expired' } : { may: 'wait' };
  }
}

function not(message: string): Extract<QuestionAnswer, { may: 'not' }> {
  return { may: 'not', message };
}

/** What a run is closed with whose question reached nobody. */
export const NOBODY_REACHED = 'nobody could be reached who may say that the run goes on';

function nobodySaid(expiresAt: string): string {
  return `nobody said before ${expiresAt} that the run may go on`;
}
