import type { BudgetStep } from '../../contracts/events.ts';
import type { Envelope } from '../envelope/envelope.ts';

/** What a run has used of what its envelope grants. */
export interface RunUse {
  readonly capMicroDollars: number;
  readonly heldMicroDollars: number;
  readonly spentMicroDollars: number;
  /** Tool calls that were allowed. */
  readonly calls: number;
  /** In and out, of all models. */
  readonly tokens: number;
  /** How often a model was asked what to do next; undefined where none is. */
  readonly turns?: number | undefined;
  /** Without the time in which it waited for people. */
  readonly minutes: number;
}

/** How much of one cap is used, in the cap's own unit. */
export interface CapUse {
  /** For people, with the unit: `run dollars`. */
  readonly cap: string;
  readonly used: number;
  readonly of: number;
}

const MICRO_DOLLARS_PER_DOLLAR = 1_000_000;

/** Of every cap that the run has. What is held may yet be spent, and counts. */
export function capUses(budgets: Envelope['budgets'], use: RunUse): CapUse[] {
  const dollars = (use.heldMicroDollars + use.spentMicroDollars) / MICRO_DOLLARS_PER_DOLLAR;
  const caps: readonly (readonly [cap: string, used: number | undefined, of: number | undefined])[] = [
    ['run dollars', dollars, use.capMicroDollars / MICRO_DOLLARS_PER_DOLLAR],
    ['run tokens', use.tokens, budgets.max_tokens_per_task],
    ['run calls', use.calls, budgets.max_tool_calls],
    ['run turns', use.turns, budgets.max_turns],
    ['run minutes', use.minutes, budgets.max_minutes],
  ];
  return caps.flatMap(([cap, used, of]) =>
    used === undefined || of === undefined ? [] : [{ cap, used, of }],
  );
}

/** A declared step whose share is reached, and the cap of which the most is used. */
export interface ReachedStep extends CapUse {
  readonly step: BudgetStep;
  /** From which on it is taken, 0 to 1. */
  readonly share: number;
}

/** In the order in which the envelope declares them. */
export function stepsReached(budgets: Envelope['budgets'], use: RunUse): ReachedStep[] {
  const [most] = capUses(budgets, use).sort((left, right) => shareOf(right) - shareOf(left));
  return (budgets.steps ?? [])
    .filter(({ at }) => most !== undefined && shareOf(most) >= at)
    .map(({ at, step }) => ({ step, share: at, ...(most as CapUse) }));
}

function shareOf({ used, of }: CapUse): number {
  return of > 0 ? used / of : Number.POSITIVE_INFINITY;
}

const MILLISECONDS_PER_MINUTE = 60_000;
const SECONDS_PER_MINUTE = 60;

/**
 * How long a run has taken, without the time in which it waited for people; to a hundredth, for people to read.
 *
 * @param now - ISO 8601 UTC, as is `openedAt`
 */
export function minutesTaken(openedAt: string, waitedSeconds: number, now: string): number {
  const minutes =
    (Date.parse(now) - Date.parse(openedAt)) / MILLISECONDS_PER_MINUTE - waitedSeconds / SECONDS_PER_MINUTE;
  return Math.max(0, Math.floor(minutes * 100) / 100);
}

/** What is wrong with the steps of an envelope, each with the place in their list. */
export function stepProblems({
  budgets: { steps = [] },
  models: { router, fallback },
}: Pick<Envelope, 'budgets' | 'models'>): { readonly index: number; readonly message: string }[] {
  return steps.flatMap(({ at, step }, index) => {
    const before = steps[index - 1]?.at ?? 0;
    const problems = [
      at < before ? `at ${at} comes after ${before}, put the steps in ascending order` : undefined,
      steps.findIndex((each) => each.step === step) < index
        ? `step '${step}' is there already, each is taken once`
        : undefined,
      step === 'smaller_model' && router === undefined && fallback === undefined
        ? "step 'smaller_model' needs one, name it under models.router or models.fallback"
        : undefined,
    ];
    return problems.flatMap((message) => (message === undefined ? [] : [{ index, message }]));
  });
}
