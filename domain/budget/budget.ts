/**
 * The budget of one run, kept on the run's own item, so that a call touches no counter that others touch.
 * Amounts are whole micro-dollars.
 *
 * INVARIANT: cap = available + held + spent, at every instant.
 * INVARIANT: available >= 0, so spent + held <= cap.
 *
 * `available` is stored although it follows from the others, because a DynamoDB condition can compare attributes
 * but not add them.
 */
export interface Budget {
  readonly capMicroDollars: number;
  readonly availableMicroDollars: number;
  readonly heldMicroDollars: number;
  readonly spentMicroDollars: number;
  /** Tool calls that may still be authorized. */
  readonly callsLeft: number;
  readonly callsAuthorized: number;
}

export function openBudget(capMicroDollars: number, calls: number): Budget {
  return {
    capMicroDollars,
    availableMicroDollars: capMicroDollars,
    heldMicroDollars: 0,
    spentMicroDollars: 0,
    callsLeft: calls,
    callsAuthorized: 0,
  };
}

/** What a settled hold adds to each counter. */
export interface Settlement {
  readonly availableDelta: number;
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
    availableDelta: holdMicroDollars - charged,
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
