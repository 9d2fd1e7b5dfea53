import { DEFAULT_TENANT } from '../../contracts/api.ts';
import {
  approverMeasures,
  measuresBy,
  type QueueAge,
  queueAge,
  reviewMeasures,
} from '../../domain/approval/measures.ts';
import { apiClient } from '../client.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Output } from '../output.ts';
import type { GROUPINGS, MeasuresDependencies } from './command.ts';
import { reportLines } from './lines.ts';
import { type LogOptions, readApprovals } from './read.ts';

export interface ReportOptions extends LogOptions {
  readonly by: (typeof GROUPINGS)[number];
}

interface ReportSession extends Pick<MeasuresDependencies, 'connect'> {
  readonly output: Output;
}

/** Tells how people dealt with what they were asked in some days, and what waits now. */
export async function showReport(session: ReportSession, options: ReportOptions): Promise<ExitCode> {
  const { output } = session;
  const { by } = options;
  const { period, approvals } = await readApprovals(options, output.hint);
  const queue = options.dir === undefined ? await queueNow(session, options) : undefined;
  const report = {
    ...period,
    by,
    ...reviewMeasures(approvals),
    groups: by === 'approver' ? approverMeasures(approvals) : measuresBy(approvals, by),
    ...(queue === undefined ? {} : { queue }),
  };
  output.show(report, () => reportLines(report));
  return EXIT.ok;
}

export interface TenantsQueue extends QueueAge {
  readonly tenant: string;
}

/** How long what waits now has waited. */
export async function queueNow(
  { connect }: Pick<ReportSession, 'connect'>,
  { tenant = DEFAULT_TENANT, ...options }: ReportOptions,
): Promise<TenantsQueue> {
  const waiting = await apiClient(await connect(options)).listApprovals(tenant);
  return { tenant, ...queueAge(waiting, new Date().toISOString()) };
}
