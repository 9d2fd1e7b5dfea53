import type { ApproverMeasures, ReviewMeasures, Spread } from '../../domain/approval/measures.ts';
import { duration } from '../render/duration.ts';
import { type Column, printable, table } from '../render/text.ts';
import type { ReportOptions, TenantsQueue } from './report.ts';

type Group = ApproverMeasures | (ReviewMeasures & { readonly group: string });

export interface ShownReport extends ReviewMeasures {
  readonly since: string;
  readonly until: string;
  readonly by: ReportOptions['by'];
  readonly groups: readonly Group[];
  readonly queue?: TenantsQueue;
}

/** The report for people. */
export function reportLines(report: ShownReport): readonly string[] {
  const { since, until, asked, groups } = report;
  const head = `asked from ${since} to ${until}, days of UTC, with what came of it until now`;
  return [
    head,
    ...(asked === 0 ? ['people were asked nothing'] : askedLines(report)),
    ...queueLines(report.queue),
    ...(groups.length === 0 ? [] : ['', ...groupTable(report)]),
  ];
}

function askedLines(report: ShownReport): readonly string[] {
  const { asked, decided, approved, rejected, expired, unreachable, abandoned, waiting, withdrawn } = report;
  const { secondsToDecide, overrideRate, shown, changedOtherwise } = report;
  return [
    `${asked} asked: ${approved} approved, ${rejected} rejected, ${expired} expired, ${unreachable} unreachable, ` +
      `${abandoned} abandoned, ${waiting} waiting; ${withdrawn} approvals taken back`,
    `time to decide: ${spreadText(secondsToDecide)}`,
    `override rate: ${rateText(overrideRate)} (${rejected} of ${decided} decided by people were rejected)`,
    `changes: ${changedOtherwise} of ${shown} that were shown beforehand came out otherwise`,
  ];
}

function queueLines(queue: TenantsQueue | undefined): readonly string[] {
  if (queue === undefined) {
    return [];
  }
  const { tenant, waiting, secondsWaited } = queue;
  const ages = waiting === 0 ? '' : `, for ${spreadText(secondsWaited)}`;
  return [`waiting now in ${printable(tenant)}: ${waiting}${ages}`];
}

const SECOND = 1000;

/** `p50 4 min, p90 2 h 3 min, max 1 d 2 h` */
function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) {
    return 'nothing was decided';
  }
  const { p50, p90, max } = spread;
  return `p50 ${duration(p50 * SECOND)}, p90 ${duration(p90 * SECOND)}, max ${duration(max * SECOND)}`;
}

const PERCENT_DIGITS = 1;

function rateText(rate: number | undefined): string {
  return rate === undefined ? '-' : `${(rate * 100).toFixed(PERCENT_DIGITS)} %`;
}

const right = (title: string): Column => ({ title, align: 'right' });

function groupTable({ by, groups }: ShownReport): readonly string[] {
  const people = ['decided', 'approved', 'rejected', 'withdrawn', 'override', 'p50', 'p90', 'max'];
  const calls = ['asked', ...people, 'expired', 'unreachable', 'waiting', 'otherwise'];
  const columns = [{ title: by }, ...(by === 'approver' ? people : calls).map(right)];
  return table(columns, groups.map(cellsOf));
}

function cellsOf(group: Group): readonly string[] {
  const { decided, approved, rejected, withdrawn, overrideRate, secondsToDecide: seconds } = group;
  const cells = [
    ...[decided, approved, rejected, withdrawn].map(String),
    rateText(overrideRate),
    ...[seconds?.p50, seconds?.p90, seconds?.max].map((each) =>
      each === undefined ? '-' : duration(each * SECOND),
    ),
  ];
  if ('approver' in group) {
    return [printable(group.approver), ...cells];
  }
  const { expired, unreachable, waiting, shown, changedOtherwise } = group;
  const otherwise = shown === 0 ? '-' : `${changedOtherwise} of ${shown}`;
  return [
    printable(group.group),
    String(group.asked),
    ...cells,
    ...[expired, unreachable, waiting].map(String),
    otherwise,
  ];
}
