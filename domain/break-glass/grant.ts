import type {
  BreakGlassState,
  BreakGlassUse,
  BreakGlassVerdict,
  BreakGlassView,
} from '../../contracts/break-glass.ts';
import type { Reason } from '../../contracts/call.ts';
import type { Person } from '../approval/directory.ts';
import { secondsAfter } from '../time.ts';

/**
 * Privileged access for a named incident, to named tools of one workflow of one tenant. It permits nothing by itself: it
 * lifts one guardrail, and the envelope and the permits still say what the workflow may do.
 *
 *     requested --another person confirms--> active --minutes--> expired
 *         |  |--anybody of the role--> rejected  |--anybody of the role--> ended
 *         |--15 minutes--> unconfirmed
 *
 * Time moves it without anybody writing, so `expired` and `unconfirmed` are never stored: `stateAt` says them.
 */
export type Grant = Omit<BreakGlassView, 'state'> & {
  readonly state: Exclude<BreakGlassState, 'expired' | 'unconfirmed'>;
};

/** The longest that anybody gets; requirement ID6. */
export const MAXIMUM_MINUTES = 60;

/** Who has not answered a page by then is not going to; the next request starts afresh. */
export const CONFIRM_WITHIN_SECONDS = 15 * 60;

const SECONDS_PER_MINUTE = 60;

/** INVARIANT: counted on the server, from the confirmation, and never longer than `MAXIMUM_MINUTES`. */
export function expiryOf({ minutes }: Pick<Grant, 'minutes'>, confirmedAt: string): string {
  return secondsAfter(confirmedAt, Math.min(minutes, MAXIMUM_MINUTES) * SECONDS_PER_MINUTE);
}

export function stateAt({ state, confirmBefore, expiresAt }: Grant, now: string): BreakGlassState {
  if (state === 'requested') {
    return now < confirmBefore ? state : 'unconfirmed';
  }
  return state === 'active' && (expiresAt === undefined || now >= expiresAt) ? 'expired' : state;
}

/** Why this person may have nothing to do with break-glass; undefined when they may. */
export function roleRefusal(person: Person, breakGlassRoles: readonly string[]): Reason | undefined {
  if (breakGlassRoles.some((role) => person.roles.includes(role))) {
    return undefined;
  }
  const wanted = breakGlassRoles.join(', ') || 'nobody: directory.yaml names no break_glass_roles';
  const message = `${person.id} has none of the roles for break-glass (${wanted}), ask somebody who has one`;
  return { code: 'missing_role', message };
}

/** Why this person may not give this verdict now; undefined when they may. */
export function verdictRefusal(
  grant: Grant,
  person: Person,
  verdict: BreakGlassVerdict,
  breakGlassRoles: readonly string[],
  now: string,
): Reason | undefined {
  const missing = roleRefusal(person, breakGlassRoles);
  if (missing !== undefined) {
    return missing;
  }
  const state = stateAt(grant, now);
  const needed = verdict === 'end' ? 'active' : 'requested';
  if (state !== needed) {
    return {
      code: `is_${state}`,
      message: `${verdict} needs a grant that is ${needed}, ${stateText(grant, state)}`,
    };
  }
  // INVARIANT: two people; who opened cannot be the one who confirms
  if (verdict === 'confirm' && person.id === grant.openedBy) {
    const message = `${person.id} has opened ${grant.grantId}, somebody else has to confirm it`;
    return { code: 'own_request', message };
  }
  return undefined;
}

function stateText({ grantId, confirmBefore, expiresAt, closedBy }: Grant, state: BreakGlassState): string {
  switch (state) {
    case 'requested':
      return `${grantId} is not confirmed yet: confirm or reject it`;
    case 'active':
      return `${grantId} is active until ${expiresAt}: end it instead`;
    case 'unconfirmed':
      return `nobody confirmed ${grantId} before ${confirmBefore}: open another one`;
    case 'expired':
      return `${grantId} was over at ${expiresAt}: open another one if the incident goes on`;
    case 'rejected':
    case 'ended':
      return `${grantId} was ${state} by ${closedBy}: open another one if the incident goes on`;
  }
}

/** The grant after a verdict that was not refused. */
export function withVerdict(grant: Grant, by: string, verdict: BreakGlassVerdict, at: string): Grant {
  return verdict === 'confirm'
    ? { ...grant, state: 'active', confirmedBy: by, confirmedAt: at, expiresAt: expiryOf(grant, at) }
    : { ...grant, state: verdict === 'reject' ? 'rejected' : 'ended', closedBy: by, closedAt: at };
}

/** Whether this person gave this verdict before, so that saying it again changes nothing. */
export function hasGiven(grant: Grant, by: string, verdict: BreakGlassVerdict): boolean {
  return verdict === 'confirm'
    ? grant.confirmedBy === by
    : grant.closedBy === by && grant.state === (verdict === 'reject' ? 'rejected' : 'ended');
}

/** One call, as far as it matters to a grant. */
export interface PrivilegedCall {
  readonly workflow: string;
  readonly tool: string;
  /** For whom the run acts. */
  readonly userId: string;
}

/** Whether a grant stands behind a call at an instant. */
export function covers(grant: Grant, call: PrivilegedCall, now: string): boolean {
  return (
    stateAt(grant, now) === 'active' &&
    grant.workflow === call.workflow &&
    grant.tools.includes(call.tool) &&
    // INVARIANT: nobody confirms access that is then used for themselves
    grant.confirmedBy !== call.userId
  );
}

/** The grant that a call is decided under: of several the one that lasts longest. */
export function coveringGrant(
  grants: readonly Grant[],
  call: PrivilegedCall,
  now: string,
): Grant | undefined {
  return grants
    .filter((grant) => covers(grant, call, now))
    .sort((left, right) => ((left.expiresAt ?? '') > (right.expiresAt ?? '') ? -1 : 1))[0];
}

/** What a call's records say of it. */
export function useOf({ grantId, incident }: Grant): BreakGlassUse {
  return { grantId, incident };
}
