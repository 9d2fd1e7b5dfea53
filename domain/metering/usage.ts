import { dayOf } from '../budget/daily-caps.ts';
import {
  type Dimension,
  type FinerDimension,
  MEASURE_NAMES,
  type Measures,
  type UsageRow,
} from './columns.ts';
import { activityOf, costOf, type Rates } from './cost.ts';
import type { MeteredEvent } from './events.ts';
import { type Remark, remarksOf } from './remarks.ts';
import { type IsWrite, isSuccessful } from './success.ts';

/** What metering goes by besides events. */
export interface Metering {
  readonly rates: Rates;
  /** Of budgets; where a day begins at midnight. */
  readonly timeZone: string;
  readonly isWrite: IsWrite;
}

/** What one run, or one break-glass grant, did on one day. */
export type RunDay = Readonly<Record<FinerDimension, string>> &
  Measures & { readonly remarks: readonly Remark[] };

/**
 * What runs did and cost on each day that they did something, in order of tenant, day, workflow, agent and run.
 *
 * INVARIANT: neither the order of events nor an event that is given twice changes anything. An event is one by tenant, run, id and
 * time: the log may hold a batch twice, while an answer that was asked for again under one id was paid for again.
 */
export function runDays(events: readonly MeteredEvent[], metering: Metering): readonly RunDay[] {
  const dayAt = dayFinder(metering.timeZone);
  const runs = Map.groupBy(eachOnce(events), ({ tenant, runId }) => JSON.stringify([tenant, runId]));
  return [...runs.values()]
    .flatMap((run) => daysOf(run, dayAt, metering))
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
}

function sortKey({ tenant, day, workflow, agent, run }: RunDay): string {
  return JSON.stringify([tenant, day, workflow, agent, run]);
}

function eachOnce(events: readonly MeteredEvent[]): readonly MeteredEvent[] {
  const byKey = new Map(
    events.map((event) => [JSON.stringify([event.tenant, event.runId, event.id, event.at]), event]),
  );
  return [...byKey.values()];
}

function daysOf(
  run: readonly MeteredEvent[],
  dayAt: (at: string) => string,
  { rates, isWrite }: Metering,
): readonly RunDay[] {
  const user = run.find((event) => event.type === 'run.requested')?.user.id ?? '';
  const days = [...Map.groupBy(run, ({ at }) => dayAt(at))].sort(([one], [other]) => (one < other ? -1 : 1));
  let upToNow: readonly MeteredEvent[] = [];
  return days.flatMap(([day, events]) => {
    const before = priced(upToNow, rates);
    upToNow = [...upToNow, ...events];
    const isDone = events.some(({ type }) => type === 'run.closed') && isSuccessful(run, isWrite);
    // what a run costs is rounded up once, so what it costs on a day is what the day adds
    const measures = { ...counted(events, isDone), ...difference(priced(upToNow, rates), before) };
    return events.slice(0, 1).map(({ tenant, runId, workflow, agent }) => ({
      ...{ tenant, day, workflow, agent, user, run: runId },
      ...measures,
      remarks: events.flatMap(remarksOf),
    }));
  });
}

type Priced = ReturnType<typeof priced>;

function priced(events: readonly MeteredEvent[], rates: Rates) {
  const activity = activityOf(events);
  const cost = costOf(activity, rates);
  return {
    turns: activity.turns,
    verdicts: activity.verdicts,
    model_micro_dollars: cost.modelMicroDollars,
    tools_micro_dollars: cost.toolsMicroDollars,
    infrastructure_micro_dollars: cost.infrastructureMicroDollars,
    people_micro_dollars: cost.peopleMicroDollars,
    spent_micro_dollars: cost.modelMicroDollars + cost.toolsMicroDollars,
  };
}

function difference(after: Priced, before: Priced): Priced {
  const names = Object.keys(after) as readonly (keyof Priced)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as Priced;
}

/** All that is told event by event. */
function counted(events: readonly MeteredEvent[], isDone: boolean): Omit<Measures, keyof Priced> {
  const of = <Type extends MeteredEvent['type']>(type: Type) =>
    events.filter((event): event is Extract<MeteredEvent, { type: Type }> => event.type === type);
  const [opened, closed, changed] = [of('run.opened'), of('run.closed'), of('budget.cap_changed')];
  const [decided, executed, models] = [of('call.decided'), of('call.executed'), of('model.called')];
  const [steps, routes] = [of('budget.step'), of('model.routed')];
  const paid = models.filter(({ cached }) => cached === undefined);
  const remarks = events.flatMap(remarksOf);
  const closedAs = (wanted: string) => closed.filter(({ outcome }) => outcome === wanted).length;
  const decidedAs = (wanted: string) => decided.filter(({ decision }) => decision === wanted).length;
  const stepsOf = (wanted: string) => steps.filter(({ step }) => step === wanted).length;
  const routedTo = (wanted: string) => routes.filter(({ route }) => route === wanted).length;
  const remarked = (wanted: Remark['kind']) => remarks.filter(({ kind }) => kind === wanted).length;
  return {
    runs_opened: opened.length,
    runs_completed: closedAs('completed'),
    runs_successful: isDone ? 1 : 0,
    runs_stopped: closedAs('stopped'),
    runs_failed: closedAs('failed'),
    calls_allowed: decidedAs('allow'),
    calls_denied: decidedAs('deny'),
    calls_asked: decidedAs('needs_approval'),
    calls_executed: executed.length,
    model_calls: paid.length,
    input_tokens: sum(paid.map(({ inputTokens }) => inputTokens)),
    output_tokens: sum(paid.map(({ outputTokens }) => outputTokens)),
    cached_answers: [...models, ...executed].filter(({ cached }) => cached).length,
    steps_alert: stepsOf('alert'),
    steps_smaller_model: stepsOf('smaller_model'),
    steps_less_context: stepsOf('less_context'),
    steps_ask: stepsOf('ask'),
    steps_stop: stepsOf('stop'),
    routed_none: routedTo('none'),
    routed_router: routedTo('router'),
    routed_reasoning: routedTo('reasoning'),
    models_replaced: remarked('replaced'),
    calls_refused_by_budgets: remarked('refused'),
    runs_stopped_by_budgets: remarked('stopped'),
    caps_micro_dollars: sum([
      ...opened.map(({ capMicroDollars }) => capMicroDollars),
      ...changed.map(({ beforeMicroDollars, capMicroDollars }) => capMicroDollars - beforeMicroDollars),
    ]),
  };
}

/** Rows added up by some of what they are told apart by, in order. */
export function grouped<Name extends FinerDimension>(
  rows: readonly (Readonly<Record<Name, string>> & Measures)[],
  names: readonly Name[],
): readonly (Readonly<Record<Name, string>> & Measures)[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(names.map((name) => row[name])));
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, those]) => {
      const values = JSON.parse(key) as readonly string[];
      const of = Object.fromEntries(names.map((name, index) => [name, values[index]]));
      return { ...(of as Record<Name, string>), ...total(those) };
    });
}

export function total(rows: readonly Measures[]): Measures {
  const sums = MEASURE_NAMES.map((name) => [name, sum(rows.map((row) => row[name]))]);
  return Object.fromEntries(sums) as Measures;
}

const ROW: readonly Dimension[] = ['tenant', 'day', 'workflow', 'agent'];

/** Rows of the export: one for each tenant, day, workflow and agent. */
export function usageRows(days: readonly RunDay[]): readonly UsageRow[] {
  return grouped(days, ROW);
}

const MINUTE_LENGTH = 'YYYY-MM-DDTHH:MM'.length;

/** Asks for each minute once: telling days in a time zone takes far longer than all else about an event. */
function dayFinder(timeZone: string): (at: string) => string {
  const known = new Map<string, string>();
  return (at) => {
    const minute = at.slice(0, MINUTE_LENGTH);
    const day = known.get(minute) ?? dayOf({ time_zone: timeZone }, new Date(at));
    known.set(minute, day);
    return day;
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
