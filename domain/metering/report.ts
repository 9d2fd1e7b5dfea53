import type { FinerDimension, Measures } from './columns.ts';
import type { MeteredEvent } from './events.ts';
import { type CountedRemark, tallied } from './remarks.ts';
import { grouped, type RunDay, total } from './usage.ts';

/** Micro-dollars in three parts, and their sum. */
export interface ThreeParts {
  readonly model: number;
  readonly toolsAndInfrastructure: number;
  readonly people: number;
  readonly total: number;
}

/** What runs cost altogether, and for each of what came of them; absent where there is none of it. Rounded to micro-dollars. */
export interface Costs {
  readonly all: ThreeParts;
  readonly perRun?: ThreeParts;
  readonly perCompleted?: ThreeParts;
  readonly perSuccessful?: ThreeParts;
}

export type GroupCosts = { readonly group: string } & { readonly usage: Measures; readonly costs: Costs };

/** How far runs used up their caps; only runs whose opening is among the days count. */
export interface CapUse {
  readonly runs: number;
  readonly capMicroDollars: number;
  readonly spentMicroDollars: number;
  readonly runsNearTheirCap: number;
  readonly highest?: { readonly tenant: string; readonly run: string; readonly share: number };
}

export interface CostReport {
  readonly usage: Measures;
  readonly costs: Costs;
  readonly groups: readonly GroupCosts[];
  readonly caps: CapUse;
  /** What was made cheaper, and why; the most frequent first. */
  readonly downgraded: readonly CountedRemark[];
  /** What budgets said no to. */
  readonly refused: readonly CountedRemark[];
}

/** @param by - what groups are made of */
export function costReport(days: readonly RunDay[], by: FinerDimension): CostReport {
  const remarks = tallied(days.flatMap((day) => day.remarks));
  const isRefusal = ({ kind }: CountedRemark) => kind === 'refused' || kind === 'stopped';
  const usage = total(days);
  return {
    usage,
    costs: costsOf(usage),
    groups: grouped(days, [by]).map(({ [by]: group, ...rest }) => {
      const measures = total([rest as unknown as Measures]);
      return { group, usage: measures, costs: costsOf(measures) };
    }),
    caps: capUse(days),
    downgraded: remarks.filter((remark) => !isRefusal(remark)),
    refused: remarks.filter(isRefusal),
  };
}

export function costsOf(usage: Measures): Costs {
  const all = withTotal({
    model: usage.model_micro_dollars,
    toolsAndInfrastructure: usage.tools_micro_dollars + usage.infrastructure_micro_dollars,
    people: usage.people_micro_dollars,
  });
  const { runs_opened, runs_completed, runs_successful } = usage;
  return {
    all,
    ...(runs_opened === 0 ? {} : { perRun: divided(all, runs_opened) }),
    ...(runs_completed === 0 ? {} : { perCompleted: divided(all, runs_completed) }),
    ...(runs_successful === 0 ? {} : { perSuccessful: divided(all, runs_successful) }),
  };
}

function withTotal(parts: Omit<ThreeParts, 'total'>): ThreeParts {
  return { ...parts, total: parts.model + parts.toolsAndInfrastructure + parts.people };
}

/** The total is the sum of the rounded parts, so that a reader can add them up. */
function divided({ model, toolsAndInfrastructure, people }: ThreeParts, among: number): ThreeParts {
  const each = (amount: number) => Math.round(amount / among);
  return withTotal({
    model: each(model),
    toolsAndInfrastructure: each(toolsAndInfrastructure),
    people: each(people),
  });
}

/** From this share of its cap on a run is near it. */
export const NEAR_CAP = 0.8;

function capUse(days: readonly RunDay[]): CapUse {
  const opened = grouped(days, ['tenant', 'run']).filter(
    ({ runs_opened, caps_micro_dollars }) => runs_opened > 0 && caps_micro_dollars > 0,
  );
  const shares = opened
    .map(({ tenant, run, spent_micro_dollars, caps_micro_dollars }) => ({
      ...{ tenant, run },
      share: spent_micro_dollars / caps_micro_dollars,
    }))
    .sort((left, right) => right.share - left.share);
  const { caps_micro_dollars, spent_micro_dollars } = total(opened);
  return {
    runs: opened.length,
    capMicroDollars: caps_micro_dollars,
    spentMicroDollars: spent_micro_dollars,
    runsNearTheirCap: shares.filter(({ share }) => share >= NEAR_CAP).length,
    ...(shares[0] === undefined ? {} : { highest: shares[0] }),
  };
}

/** What of some runs is not among the events that were read. */
export interface Missing {
  /** Opened before: what they did earlier is not in any number. */
  readonly begunBefore: number;
  /** Opened, and not closed: still open, or closed later than what was read. */
  readonly notClosed: number;
}

export function missingOf(events: readonly MeteredEvent[]): Missing {
  const runs = [
    ...Map.groupBy(events, ({ tenant, runId }) => JSON.stringify([tenant, runId])).values(),
  ].filter((run) => run.some(({ type }) => !type.startsWith('break_glass.')));
  const has = (run: readonly MeteredEvent[], type: MeteredEvent['type']) =>
    run.some((event) => event.type === type);
  return {
    // of a run that has only been requested nothing is missing
    begunBefore: runs.filter((run) => !has(run, 'run.opened') && !has(run, 'run.requested')).length,
    notClosed: runs.filter((run) => has(run, 'run.opened') && !has(run, 'run.closed')).length,
  };
}
