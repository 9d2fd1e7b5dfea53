import type { Reason } from '../../contracts/call.ts';
import { secondsAfter } from '../time.ts';
import { type BreakerRule, MAXIMUM_COOL_DOWN_SECONDS } from '../tool/limits.ts';

/**
 * The circuit breaker of one tool in one tenant.
 *
 *                    failures in a row
 *          closed --------------------------> open <------------------+
 *            ^  ^                              |                      |
 *            |  +-- an answer: failures = 0    | retryAt, one call    | it fails: twice as long;
 *            |                                 v                      | handed back: at once
 *            +------------------------------ half open ---------------+
 *               that call is answered         |    ^
 *                                             +----+ trialEndsAt: it died, another one tries
 *
 * Only the call that tries moves a breaker that is not closed: what was under way when it opened is an old story.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly failedTrials: number; readonly retryAt: string }
  | {
      readonly state: 'half_open';
      readonly failedTrials: number;
      /** Name of the call that tries. */
      readonly trialCall: string;
      /** ISO 8601 UTC; whatever has become of it, the call has ended by then. */
      readonly trialEndsAt: string;
    };

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** What a call came to, as far as it says something about the system behind the tool. */
export type DependencySign = 'answered' | 'failed' | 'nothing';

/** Whether a call may go on. `trial`: only if it takes the trial before all others. */
export type Passage =
  | { readonly passage: 'free'; readonly failures: number }
  | { readonly passage: 'trial'; readonly failedTrials: number }
  | { readonly passage: 'closed_to_it'; readonly until: string };

/** @param now - ISO 8601 UTC */
export function passageThrough(breaker: Breaker, call: string, now: string): Passage {
  switch (breaker.state) {
    case 'closed':
      return { passage: 'free', failures: breaker.failures };
    case 'open':
      return now >= breaker.retryAt
        ? { passage: 'trial', failedTrials: breaker.failedTrials }
        : { passage: 'closed_to_it', until: breaker.retryAt };
    case 'half_open':
      return breaker.trialCall === call || now >= breaker.trialEndsAt
        ? { passage: 'trial', failedTrials: breaker.failedTrials }
        : { passage: 'closed_to_it', until: breaker.trialEndsAt };
  }
}

export type BreakerEvent =
  /** A call that passed freely. */
  | { readonly type: 'failed'; readonly isFirst: boolean; readonly retryAt: string }
  | { readonly type: 'answered' }
  | { readonly type: 'trial_taken'; readonly call: string; readonly now: string; readonly endsAt: string }
  | { readonly type: 'trial_failed'; readonly call: string; readonly retryAt: string }
  | { readonly type: 'trial_answered'; readonly call: string }
  | { readonly type: 'trial_handed_back'; readonly call: string; readonly now: string };

/** The state after an event; the same state where it has nothing to say any more. */
export function afterEvent(breaker: Breaker, event: BreakerEvent, rule: BreakerRule): Breaker {
  switch (event.type) {
    case 'failed': {
      if (breaker.state !== 'closed') {
        return breaker;
      }
      const failures = event.isFirst ? 1 : breaker.failures + 1;
      return failures >= rule.failures
        ? { state: 'open', failedTrials: 0, retryAt: event.retryAt }
        : { state: 'closed', failures };
    }
    case 'answered':
      return breaker.state === 'closed' ? CLOSED : breaker;
    case 'trial_taken': {
      const passage = passageThrough(breaker, event.call, event.now);
      return passage.passage === 'trial'
        ? {
            state: 'half_open',
            failedTrials: passage.failedTrials,
            trialCall: event.call,
            trialEndsAt: event.endsAt,
          }
        : breaker;
    }
    case 'trial_failed':
      return isTrialOf(breaker, event.call)
        ? { state: 'open', failedTrials: breaker.failedTrials + 1, retryAt: event.retryAt }
        : breaker;
    case 'trial_answered':
      return isTrialOf(breaker, event.call) ? CLOSED : breaker;
    case 'trial_handed_back':
      return isTrialOf(breaker, event.call)
        ? { state: 'open', failedTrials: breaker.failedTrials, retryAt: event.now }
        : breaker;
  }
}

function isTrialOf(breaker: Breaker, call: string): breaker is Extract<Breaker, { state: 'half_open' }> {
  return breaker.state === 'half_open' && breaker.trialCall === call;
}

/** Breakers that opened together must not all try at once: each waits up to this share longer. */
const JITTER = 0.25;

/**
 * When the next call may try.
 *
 * @param failedTrials - since the breaker opened
 * @param random - at least 0, less than 1
 */
export function retryAt(now: string, rule: BreakerRule, failedTrials: number, random: number): string {
  const seconds = Math.min(rule.coolDownSeconds * 2 ** failedTrials, MAXIMUM_COOL_DOWN_SECONDS);
  return secondsAfter(now, seconds * (1 + JITTER * random));
}

/** How long an answer speaks for the system behind a tool. */
const ANSWER_SPEAKS_MILLISECONDS = 10_000;

/**
 * Whether a failure begins a row of its own. Answers are not written down, so an executor remembers its own: one that
 * had an answer a moment ago has seen the row broken.
 *
 * @param answeredAtMilliseconds - the executor's last answer; undefined when a failure came after it
 */
export function isFirstOfRow(answeredAtMilliseconds: number | undefined, nowMilliseconds: number): boolean {
  return (
    answeredAtMilliseconds !== undefined &&
    nowMilliseconds - answeredAtMilliseconds < ANSWER_SPEAKS_MILLISECONDS
  );
}

export function breakerRefusal(tool: string, until: string): Reason {
  const message = `calls of ${tool} kept failing, none is made until ${until}, propose it again after that`;
  return { code: 'dependency_unavailable', message };
}
