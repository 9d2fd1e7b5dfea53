import type { Reason } from '../../contracts/call.ts';
import type { SettlementRecord } from '../../contracts/unknown-outcomes.ts';
import type { Person } from '../approval/directory.ts';
import type { RecordedOutcome, Warrant } from './warrant.ts';

/** Why this person may not say what became of this call; undefined when they may. */
export function settlementRefusal(
  { callId, state, settled, user }: Pick<Warrant, 'callId' | 'state' | 'settled' | 'user'>,
  person: Person,
  reviewerRole: string,
): Reason | undefined {
  if (!person.roles.includes(reviewerRole)) {
    const message = `${person.id} lacks the role '${reviewerRole}', ask somebody who has it`;
    return { code: 'missing_role', message };
  }
  // INVARIANT: nobody settles what was done for themselves
  if (person.id === user.id) {
    const message = `${person.id} is the one the run acts for, ask somebody else`;
    return { code: 'own_request', message };
  }
  if (settled !== undefined) {
    const { by, at, happened } = settled;
    const message = `${by} settled call ${callId} at ${at}: it ${happenedText(happened)}; nothing is left to settle`;
    return { code: 'already_settled', message };
  }
  if (state !== 'unknown') {
    const message = `call ${callId} is ${state}, people settle only what is unknown`;
    return { code: 'not_unknown', message };
  }
  return undefined;
}

/** `happened`, or `did not happen`. */
export function happenedText(happened: boolean): string {
  return happened ? 'happened' : 'did not happen';
}

/**
 * What is known of a call now: what its executor recorded, or what a person has found out since.
 *
 * INVARIANT: its cost stays the full hold. That nothing came of it does not say that nothing was spent on it, and the
 * account may be too high, never too low.
 */
export function knownOutcome({
  outcome,
  settled,
}: Pick<Warrant, 'outcome' | 'settled'>): RecordedOutcome | undefined {
  return outcome === undefined || settled === undefined ? outcome : settledOutcome(outcome, settled);
}

function settledOutcome(
  { error: _, ...outcome }: RecordedOutcome,
  { happened, by }: SettlementRecord,
): RecordedOutcome {
  return happened
    ? { ...outcome, status: 'succeeded' }
    : {
        ...outcome,
        status: 'failed',
        error: { code: 'settled_as_not_done', message: `${by} found out that it did not happen` },
      };
}
