import type { Measures } from '../../domain/metering/columns.ts';
import type { CountedRemark } from '../../domain/metering/remarks.ts';
import {
  type CapUse,
  type CostReport,
  type Missing,
  NEAR_CAP,
  type ThreeParts,
} from '../../domain/metering/report.ts';
import { type Column, money, printable, table } from '../render/text.ts';

export interface ShownReport extends CostReport {
  readonly since: string;
  readonly until: string;
  readonly timeZone: string;
  /** Version of the price table. */
  readonly prices: string;
  readonly by: string;
  readonly log: Missing & { readonly events: number };
}

/** The report for people. */
export function reportLines(report: ShownReport): readonly string[] {
  const { since, until, timeZone, prices, log, usage } = report;
  const head = [
    `${since} to ${until}, days of ${timeZone}; infrastructure and people by prices ${prices}`,
    ...missingLines(log),
  ];
  if (report.groups.length === 0) {
    return [...head, 'nothing was done in these days'];
  }
  return [
    ...head,
    runsLine(usage),
    '',
    ...eachTable(report),
    '',
    ...groupTable(report),
    '',
    ...capLines(report.caps),
    ...remarkLines('made cheaper', report.downgraded),
    ...remarkLines('refused by budgets', report.refused),
  ];
}

function missingLines({ events, begunBefore, notClosed }: ShownReport['log']): readonly string[] {
  return [
    ...(events === 0 ? ['what was read of the log has no such events'] : []),
    ...(begunBefore === 0
      ? []
      : [`of ${runs(begunBefore)} the beginning is not in what was read, and in no number here`]),
    ...(notClosed === 0 ? [] : [`of ${runs(notClosed)} the end is not in what was read`]),
  ];
}

function runsLine(usage: Measures): string {
  const { runs_opened, runs_completed, runs_successful, runs_stopped, runs_failed } = usage;
  return `${runs(runs_opened)} opened; ${runs_completed} completed, ${runs_successful} of them successful, ${runs_stopped} stopped, ${runs_failed} failed`;
}

function runs(count: number): string {
  return `${count} ${count === 1 ? 'run' : 'runs'}`;
}

const PARTS: readonly Column[] = [
  { title: 'model', align: 'right' },
  { title: 'tools and infrastructure', align: 'right' },
  { title: 'people', align: 'right' },
  { title: 'total', align: 'right' },
];

function partCells(parts: ThreeParts | undefined): readonly string[] {
  return parts === undefined
    ? ['-', '-', '-', '-']
    : [parts.model, parts.toolsAndInfrastructure, parts.people, parts.total].map(money);
}

function eachTable({ usage, costs }: ShownReport): readonly string[] {
  const columns: readonly Column[] = [{ title: 'cost' }, { title: 'of', align: 'right' }, ...PARTS];
  return table(columns, [
    ['in all', '', ...partCells(costs.all)],
    ['per run', `${usage.runs_opened}`, ...partCells(costs.perRun)],
    ['per completed task', `${usage.runs_completed}`, ...partCells(costs.perCompleted)],
    ['per successful outcome', `${usage.runs_successful}`, ...partCells(costs.perSuccessful)],
  ]);
}

function groupTable({ by, groups }: ShownReport): readonly string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  const columns: readonly Column[] = [
    { title: by },
    ...['runs', 'completed', 'successful'].map(right),
    ...PARTS,
    ...['per run', 'per completed', 'per successful', 'caps', 'of caps'].map(right),
  ];
  const rows = groups.map(({ group, usage, costs }) => [
    group === '' ? '(not in what was read)' : printable(group),
    ...[usage.runs_opened, usage.runs_completed, usage.runs_successful].map(String),
    ...partCells(costs.all),
    ...[costs.perRun, costs.perCompleted, costs.perSuccessful].map((each) =>
      each === undefined ? '-' : money(each.total),
    ),
    money(usage.caps_micro_dollars),
    shareText(usage.spent_micro_dollars, usage.caps_micro_dollars),
  ]);
  return table(columns, rows);
}

function shareText(spent: number, cap: number): string {
  return cap === 0 ? '-' : percent(spent / cap);
}

const PERCENT_DIGITS = 1;

function percent(share: number): string {
  return `${(share * 100).toFixed(PERCENT_DIGITS)} %`;
}

function capLines({ runs: count, capMicroDollars, spentMicroDollars, runsNearTheirCap, highest }: CapUse) {
  if (highest === undefined) {
    return ['caps: no run was opened'];
  }
  const near = `${runsNearTheirCap} of ${runs(count)} used ${NEAR_CAP * 100} % or more of their cap`;
  return [
    `caps: ${money(spentMicroDollars)} of ${money(capMicroDollars)} (${shareText(spentMicroDollars, capMicroDollars)}); ${near}, the highest ${percent(highest.share)} (${highest.run} of ${printable(highest.tenant)})`,
  ];
}

/** Shown of each kind; `--json` has all. */
const MOST_REMARKS = 12;

const WORDS: Readonly<Record<CountedRemark['kind'], string>> = {
  step: 'step',
  routed: 'work for model',
  replaced: 'model',
  refused: 'call of',
  stopped: 'run',
};

function remarkLines(title: string, remarks: readonly CountedRemark[]): readonly string[] {
  if (remarks.length === 0) {
    return [`${title}: nothing`];
  }
  const shown = remarks.slice(0, MOST_REMARKS);
  const left = remarks.length - shown.length;
  return [
    `${title}:`,
    ...shown.map(
      ({ kind, what, why, count }) => `  ${count} x  ${WORDS[kind]} ${printable(what)}: ${printable(why)}`,
    ),
    ...(left === 0 ? [] : [`  and ${left} others, see --json`]),
  ];
}
