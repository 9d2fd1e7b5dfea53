import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dayOf } from '../../domain/budget/daily-caps.ts';
import type { Prices } from '../../domain/budget/prices.ts';
import { csvOf, ndjsonOf } from '../../domain/metering/export.ts';
import { costReport, missingOf } from '../../domain/metering/report.ts';
import { runDays, usageRows } from '../../domain/metering/usage.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { budgetsFile, pricesFile } from '../../infra/policy/documents.ts';
import { awsServices, type ConnectionOptions } from '../connection.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import { auditBatches } from '../log/audit-log.ts';
import { batchesIn } from '../log/batches.ts';
import { partitionsOf, periodOf } from '../log/period.ts';
import type { Output } from '../output.ts';
import type { GROUPINGS } from './command.ts';
import { reportLines } from './lines.ts';
import { eventsOf } from './read.ts';

export interface CostsOptions extends ConnectionOptions {
  readonly since?: string;
  readonly until?: string;
  /** Absent: of all. */
  readonly tenant?: string;
  readonly workflow?: string;
  readonly by: (typeof GROUPINGS)[number];
  readonly csv?: string;
  readonly ndjson?: string;
  readonly dir?: string;
  readonly root?: string;
}

interface CostsSession {
  readonly output: Output;
  readonly projectRoot: string;
}

/** Who reads the local cloud's log when `--as` does not say. */
const READER = 'app';

/** Tells what runs of some days have cost, and writes it where it is asked for. */
export async function showCosts(
  { output, projectRoot }: CostsSession,
  options: CostsOptions,
): Promise<ExitCode> {
  const root = options.root === undefined ? join(projectRoot, 'policies') : resolve(options.root);
  const { prices, timeZone } = pricesIn(root);
  const period = periodOf(options, dayOf({ time_zone: timeZone }, new Date()));
  const { since, until } = period;
  const days = partitionsOf(period);
  const batches =
    options.dir === undefined
      ? auditBatches(awsServices(options, READER), days, output.hint)
      : batchesIn([options.dir], days[0]);
  const events = await eventsOf(batches, options, output.hint);
  const all = runDays(events, {
    rates: prices,
    timeZone,
    isWrite: (tool) => findTool(tool)?.effect !== 'read',
  });
  const within = all.filter(({ day }) => since <= day && day <= until);
  const rows = usageRows(within);
  write(options.csv, () => csvOf(rows));
  write(options.ndjson, () => ndjsonOf(rows));
  const about = { since, until, timeZone, prices: prices.version, by: options.by };
  const log = { events: events.length, ...missingOf(events) };
  const report = costReport(within, options.by);
  output.show({ ...about, log, ...report }, () => reportLines({ ...about, log, ...report }));
  return EXIT.ok;
}

/** @throws CommandFailure with exit code 2 and every problem, when they cannot be read */
function pricesIn(root: string): { readonly prices: Prices; readonly timeZone: string } {
  try {
    const [{ value: prices, problems }, budgets] = [pricesFile(root), budgetsFile(root)];
    if (prices === undefined || budgets.value === undefined) {
      throw usageFailure(`${root}: ${[...problems, ...budgets.problems].join('; ')}`);
    }
    return { prices, timeZone: budgets.value.time_zone };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) {
      throw error;
    }
    throw usageFailure(`${root} has no prices: ${(error as Error).message}; expected a folder of policies`);
  }
}

/** @throws CommandFailure with exit code 2 when it cannot be written */
function write(file: string | undefined, text: () => string): void {
  if (file === undefined) {
    return;
  }
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, text());
  } catch (error) {
    throw usageFailure(`${file} cannot be written: ${(error as Error).message}`);
  }
}
