import {
  type ApprovalEvent,
  ApprovalEventShape,
  type RecordedApproval,
  recordedApprovals,
  tellsOfApprovals,
} from '../../domain/approval/recorded.ts';
import { awsServices, type ConnectionOptions } from '../connection.ts';
import { auditBatches } from '../log/audit-log.ts';
import { type Batches, batchesIn, documentsIn, misread } from '../log/batches.ts';
import { daysBetween } from '../log/days.ts';
import { type Period, periodOf } from '../log/period.ts';

export interface LogOptions extends ConnectionOptions {
  readonly since?: string;
  readonly until?: string;
  /** Absent: of all. */
  readonly tenant?: string;
  readonly dir?: string;
}

/** What the log says of approvals that were asked for in a period. */
export interface ReadApprovals {
  readonly period: Period;
  readonly approvals: readonly RecordedApproval[];
}

/** Who reads the local cloud's log when `--as` does not say. */
const READER = 'app';

/**
 * Approvals that were asked for on days of a period, with what came of them until now: people may take days to decide.
 *
 * @throws CommandFailure with exit code 2 or 3 when there is no such period, or the log cannot be read
 */
export async function readApprovals(
  options: LogOptions,
  hint: (text: string) => void,
): Promise<ReadApprovals> {
  const now = new Date();
  const period = periodOf(options, now.toISOString().slice(0, 10));
  const days = daysBetween(new Date(period.since), now);
  const batches =
    options.dir === undefined
      ? auditBatches(awsServices(options, READER), days, hint)
      : batchesIn([options.dir], days[0]);
  const events = await eventsOf(batches, options.tenant);
  const approvals = recordedApprovals(events).filter(({ askedAt }) => {
    const day = askedAt.slice(0, 10);
    return period.since <= day && day <= period.until;
  });
  return { period, approvals };
}

async function eventsOf(batches: Batches, tenant: string | undefined): Promise<readonly ApprovalEvent[]> {
  const events: ApprovalEvent[] = [];
  for await (const { document, where } of documentsIn(batches)) {
    if (!tellsOfApprovals(document.type)) {
      continue;
    }
    const parsed = ApprovalEventShape.safeParse(document);
    if (!parsed.success) {
      throw misread(where, parsed.error);
    }
    if (tenant === undefined || parsed.data.tenant === tenant) {
      events.push(parsed.data);
    }
  }
  return events;
}
