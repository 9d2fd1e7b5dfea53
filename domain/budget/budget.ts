import type { Reason } from '../../contracts/call.ts';
import type { Envelope } from '../envelope/envelope.ts';

/**
 * The money of one run, kept on the run's own item, so that a call touches no counter that others touch.
 * Amounts are whole micro-dollars.
 *
 * INVARIANT: used = held + spent, at every instant.
 * INVARIANT: used <= leased; what is leased counts against the day's caps, so no scope spends more than its cap.
 * INVARIANT: nothing is held while used is over the run's cap.
 *
 * `used` is stored although it follows from the others, because a DynamoDB condition can compare attributes but not add them.
 */
export interface Budget {
  /** As the envelope had it when the run was opened, or as a person has set it since. */
  readonly capMicroDollars: number;
  /** What the run may use of the day's caps; more is leased when it is needed. */
  readonly leasedMicroDollars: number;
  readonly usedMicroDollars: number;
  readonly heldMicroDollars: number;
  readonly spentMicroDollars: number;
  readonly callsAuthorized: number;
  /** How often a person has set the cap. */
  readonly capChanges: number;
}

export function openBudget(capMicroDollars: number, leasedMicroDollars = capMicroDollars): Budget {
  return {
    capMicroDollars,
    leasedMicroDollars,
    usedMicroDollars: 0,
    heldMicroDollars: 0,
    spentMicroDollars: 0,
    callsAuthorized: 0,
    capChanges: 0,
  };
}

/** What an open run may use and do, under the envelope that is deployed now. */
export interface RunCaps {
  readonly microDollars: number;
  readonly calls: number;
}

/**
 * A changed envelope counts for open runs too; what a person has set for a run counts while it is lower.
 *
 * @param envelope - that is deployed now; without one the run may do nothing
 */
export function capsOf(
  { capMicroDollars, capChanges }: Pick<Budget, 'capMicroDollars' | 'capChanges'>,
  envelope: Pick<Envelope, 'budgets'> | undefined,
): RunCaps {
  const { hard_cost_cap_usd = 0, max_tool_calls: calls = 0 } = envelope?.budgets ?? {};
  const ofEnvelope = microDollars(hard_cost_cap_usd);
  return { microDollars: capChanges > 0 ? Math.min(capMicroDollars, ofEnvelope) : ofEnvelope, calls };
}

/** Why a hold does not fit into the run's own cap; undefined when it does. */
export function capRefusal(
  { usedMicroDollars }: Pick<Budget, 'usedMicroDollars'>,
  hold: number,
  cap: number,
): Reason | undefined {
  if (usedMicroDollars + hold <= cap) {
    return undefined;
  }
  const left = Math.max(0, cap - usedMicroDollars);
  const message = `it may cost ${hold} micro-dollars, ${left} of the run's ${cap} are left`;
  return { code: 'budget_exhausted', message };
}

/** What a settled hold adds to each counter. */
export interface Settlement {
  readonly heldDelta: number;
  readonly spentDelta: number;
  readonly chargedMicroDollars: number;
  readonly releasedMicroDollars: number;
}

/**
 * Corrects a hold to what the call has really cost, rounded up to a whole micro-dollar. A tool that costs more than
 * its declared maximum is charged the maximum, so that the cap holds; `overrunMicroDollars` says by how much the
 * declaration is wrong.
 */
export function settle(
  holdMicroDollars: number,
  actualMicroDollars: number,
): Settlement & { readonly overrunMicroDollars: number } {
  const actual = Math.ceil(Math.max(0, actualMicroDollars));
  const charged = Math.min(actual, holdMicroDollars);
  return {
    heldDelta: -holdMicroDollars,
    spentDelta: charged,
    chargedMicroDollars: charged,
    releasedMicroDollars: holdMicroDollars - charged,
    overrunMicroDollars: actual - charged,
  };
}

const MICRO_DOLLARS_PER_DOLLAR = 1_000_000;

export function microDollars(dollars: number): number {
  return Math.round(dollars * MICRO_DOLLARS_PER_DOLLAR);
}
