import type { Budget } from './budget.ts';
import { type DailyCap, type Scope, type Spender, scopeId } from './daily-caps.ts';

/**
 * A run's slice of the day's caps: taken when it opens, enlarged when a hold needs more, and what is left given back when it
 * closes. Between these a call touches none of the counters that runs share.
 *
 * INVARIANT: of every scope, committed = what its runs have leased and not given back; committed <= its cap whenever it grows.
 * INVARIANT: everything that a lease has taken is given back or counted as spent, once: the run's item changes in the same
 *   transaction, conditional on what it was computed from.
 */
export interface Lease {
  /** Whose caps it counts against, and on which day. */
  readonly leaseDay: string;
  readonly leaseScopes: readonly Scope[];
  /** Spent, and on the counters of this day or an earlier one as spent already. */
  readonly countedMicroDollars: number;
}

export type LeasedRun = Spender &
  Lease &
  Pick<Budget, 'leasedMicroDollars' | 'usedMicroDollars' | 'heldMicroDollars' | 'spentMicroDollars'>;

/** What changes on the counter of one scope on one day. */
export interface ScopeChange {
  readonly scope: Scope;
  readonly id: string;
  readonly day: string;
  readonly committedDelta: number;
  readonly spentDelta: number;
  /** What committed may be at most after it; absent when nothing more is taken, or there is no cap any more. */
  readonly capMicroDollars?: number;
}

/** What changes on the run's item. */
export type LeaseChange = Lease & Pick<Budget, 'leasedMicroDollars'>;

export interface Leasing {
  readonly run: LeaseChange;
  readonly scopes: readonly ScopeChange[];
}

/** The first lease of a run. */
export function newLease(amount: number, caps: readonly DailyCap[], day: string): Leasing {
  return {
    run: {
      leaseDay: day,
      leaseScopes: caps.map(({ scope }) => scope),
      leasedMicroDollars: amount,
      countedMicroDollars: 0,
    },
    scopes: caps.map((cap) => ({ ...cap, committedDelta: amount, spentDelta: 0 })),
  };
}

/**
 * Lets the run use so much more than it has used. A lease of another day, or of other scopes than have caps now, is given back and taken anew, so that what is spent
 * on a day counts on that day; but not while something is held, which stays where it was taken from.
 *
 * @param room - micro-dollars that may be used after it, beyond what is used by then
 * @param caps - of `day`
 */
export function moreLease(run: LeasedRun, room: number, caps: readonly DailyCap[], day: string): Leasing {
  return isCurrent(run, caps, day) || run.heldMicroDollars > 0
    ? grownLease(run, room, caps)
    : renewedLease(run, room, caps, day);
}

/** Whether a lease counts against what has a cap now. */
function isCurrent(
  { leaseDay, leaseScopes }: Pick<Lease, 'leaseDay' | 'leaseScopes'>,
  caps: readonly DailyCap[],
  day: string,
): boolean {
  return leaseDay === day && leaseScopes.join() === caps.map(({ scope }) => scope).join();
}

/** A lease of another day is not added to, but what is held keeps it from being renewed. */
export function hasRoom(run: LeasedRun, hold: number, caps: readonly DailyCap[], day: string): boolean {
  const isUsable = isCurrent(run, caps, day) || run.heldMicroDollars > 0;
  return isUsable && run.usedMicroDollars + hold <= run.leasedMicroDollars;
}

function grownLease(run: LeasedRun, room: number, caps: readonly DailyCap[]): Leasing {
  const { leaseDay, leaseScopes, leasedMicroDollars: before, usedMicroDollars, countedMicroDollars } = run;
  const leasedMicroDollars = Math.max(before, usedMicroDollars + room);
  const amount = leasedMicroDollars - before;
  return {
    run: { leaseDay, leaseScopes, leasedMicroDollars, countedMicroDollars },
    scopes: leaseScopes.map((scope) => {
      const cap = caps.find((each) => each.scope === scope)?.capMicroDollars;
      return {
        ...{ scope, id: scopeId(run, scope), day: leaseDay, committedDelta: amount, spentDelta: 0 },
        ...(cap === undefined ? {} : { capMicroDollars: cap }),
      };
    }),
  };
}

function renewedLease(run: LeasedRun, room: number, caps: readonly DailyCap[], day: string): Leasing {
  const given = givenBack(run);
  const taken = newLease(room, caps, day);
  return {
    run: {
      ...taken.run,
      leasedMicroDollars: run.usedMicroDollars + room,
      countedMicroDollars: run.usedMicroDollars,
    },
    scopes: [
      ...given.scopes.filter((change) => !taken.scopes.some((other) => isSame(change, other))),
      ...taken.scopes.map((change) => {
        const back = given.scopes.find((other) => isSame(change, other));
        return back === undefined
          ? change
          : {
              ...change,
              committedDelta: change.committedDelta + back.committedDelta,
              spentDelta: back.spentDelta,
            };
      }),
    ],
  };
}

function isSame(one: ScopeChange, other: ScopeChange): boolean {
  return one.scope === other.scope && one.day === other.day;
}

/**
 * Gives back what the run has not used, and counts what it has as spent. What is still held counts as spent too, so that a
 * counter can only be too high; asked again after a late call turned out cheaper, the rest comes back.
 */
export function givenBack(run: LeasedRun): Leasing {
  const { leaseDay, leaseScopes, leasedMicroDollars, usedMicroDollars, countedMicroDollars } = run;
  return {
    run: {
      leaseDay,
      leaseScopes,
      leasedMicroDollars: usedMicroDollars,
      countedMicroDollars: usedMicroDollars,
    },
    scopes: leaseScopes.map((scope) => ({
      ...{ scope, id: scopeId(run, scope), day: leaseDay },
      committedDelta: usedMicroDollars - leasedMicroDollars,
      spentDelta: usedMicroDollars - countedMicroDollars,
    })),
  };
}
