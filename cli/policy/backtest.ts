import { type Redecided, redecide } from '../../domain/policy/backtest.ts';
import { changeName, countsByChange, worstFirst } from '../../domain/policy/changes.ts';
import type { RecordedDecision } from '../../domain/policy/recorded.ts';
import { awsServices, type ConnectionOptions } from '../connection.ts';
import { type ExitCode, usageFailure } from '../failure.ts';
import { auditBatches } from '../log/audit-log.ts';
import { batchesIn } from '../log/batches.ts';
import { daysBetween } from '../log/days.ts';
import { changeLines, countLines, exitCodeOf, type FailOn, tally } from './changes.ts';
import { openPolicies } from './project.ts';
import { decisionsIn } from './records.ts';
import { type PolicySession, rootOf } from './session.ts';

interface BacktestOptions extends ConnectionOptions {
  readonly since: string;
  readonly root?: string;
  readonly from?: readonly string[];
  readonly examples: string;
  readonly failOn: FailOn;
}

/** Who reads the local cloud's log when `--as` does not say. */
const READER = 'app';

/** Decides what the log holds again, under the policies of a folder. */
export async function backtestPolicies(session: PolicySession, options: BacktestOptions): Promise<ExitCode> {
  const { output, progress } = session;
  const now = new Date();
  const since = sinceOf(options.since, now);
  const examples = wholeNumber('--examples', options.examples);
  const judge = openPolicies(rootOf(session, options));
  const days = daysBetween(since, now);
  const batches =
    options.from === undefined
      ? auditBatches(awsServices(options, READER), days, progress)
      : batchesIn(options.from, days[0]);
  const redecided: Redecision[] = [];
  for await (const event of decisionsIn(batches, since.toISOString())) {
    redecided.push({ ...idsOf(event), result: redecide(event, judge) });
  }
  const summary = summarised(redecided);
  const document = {
    since: since.toISOString(),
    policyDigest: judge.bundle.digest,
    decisions: redecided.length,
    ...documentOf(summary),
  };
  output.show(document, () => [
    `${redecided.length} recorded decisions since ${since.toISOString()}, decided again`,
    ...summaryLines(summary),
    ...changeLines(summary.changed.map(asExample), output, examples),
  ]);
  return exitCodeOf(
    summary.changed.map(({ change }) => change),
    options.failOn,
  );
}

export interface CallIds {
  readonly tenant: string;
  readonly runId: string;
  readonly callId: string;
  readonly at: string;
  readonly agent: string;
  readonly tool: string;
}

/** A recorded decision, decided again. */
export interface Redecision extends CallIds {
  readonly result: Redecided;
}

export function idsOf({ tenant, runId, callId, at, agent, tool }: RecordedDecision): CallIds {
  return { tenant, runId, callId, at, agent, tool };
}

/** Decisions by what became of them. */
export function summarised(redecided: readonly Redecision[]) {
  const those = <Status extends Redecided['status']>(status: Status) =>
    redecided.flatMap(({ result, ...ids }) =>
      result.status === status ? [{ ...ids, ...(result as Extract<Redecided, { status: Status }>) }] : [],
    );
  return {
    same: those('same').length,
    changed: worstFirst(those('changed')),
    cannotTell: those('cannot_tell'),
    outsidePolicy: those('outside_policy'),
  };
}

type Summary = ReturnType<typeof summarised>;

export function summaryLines({ same, changed, cannotTell, outsidePolicy }: Summary): readonly string[] {
  return countLines([
    ['same', same],
    ['changed', changed.length, tally(changed.map(({ change }) => changeName(change)))],
    ['cannot tell', cannotTell.length, tally(cannotTell.flatMap(({ needs }) => needs))],
    ['not by policy', outsidePolicy.length, tally(outsidePolicy.map(({ code }) => code))],
  ]);
}

export function documentOf({ same, changed, cannotTell, outsidePolicy }: Summary) {
  return {
    same,
    changes: countsByChange(changed),
    changed: changed.map(({ status: _, change, ...ids }) => ({
      change: changeName(change),
      ...change,
      ...ids,
    })),
    cannotTell: cannotTell.map(({ status: _, ...rest }) => rest),
    outsidePolicy: outsidePolicy.map(({ status: _, ...rest }) => rest),
  };
}

export function asExample<Example extends CallIds>(example: Example): Example & { readonly about: string } {
  const { runId, callId, tool, agent } = example;
  return { ...example, about: `${runId}/${callId}  ${tool} by ${agent}` };
}

const SPANS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** @throws CommandFailure with exit code 2 for what is no time */
export function sinceOf(text: string, now: Date): Date {
  const [, number, unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  if (number !== undefined) {
    return new Date(now.getTime() - Number(number) * (SPANS[unit] ?? 0));
  }
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw usageFailure(
      `--since is ${text}, expected a span such as 30d, 12h or 2w, or a date such as 2026-10-01`,
    );
  }
  return date;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) {
    throw usageFailure(`${option} is ${text}, expected a whole number`);
  }
  return Number(text);
}
