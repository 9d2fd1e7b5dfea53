import type { LedgerEvent } from '../../contracts/events.ts';
import { RecordedDecisionShape } from '../../domain/policy/recorded.ts';
import { apiClient } from '../client.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { auditBatches } from '../log/audit-log.ts';
import { type Batches, batchesIn, documentsIn, misread } from '../log/batches.ts';
import { partitionsOf, periodOf } from '../log/period.ts';
import { printable } from '../render/text.ts';
import { RecordedEventShape } from './event-shapes.ts';
import type { RecordOptions, ReplaySession } from './session.ts';

/**
 * All events of a run, from the API, the audit bucket or a copy of it.
 *
 * @throws CommandFailure with exit code 2 when there is no such run or an event cannot be read, 3 when nobody answers
 */
export async function readRun(
  session: ReplaySession,
  runId: string,
  options: RecordOptions,
): Promise<readonly LedgerEvent[]> {
  const { tenant, dir, bucket = false } = options;
  const fromLog = dir !== undefined || bucket;
  const events = fromLog
    ? await eventsIn(batchesOf(session, options), tenant, runId)
    : (await apiClient(await session.connect(options)).getEvents(tenant, runId)).events.map(checked);
  if (events.length === 0) {
    const where = dir ?? (bucket ? 'these days of the audit bucket' : 'the ledger');
    throw new CommandFailure(
      `${printable(where)} has no events of run '${printable(runId)}' of tenant '${printable(tenant)}', check --tenant${bucket ? ', --since and --until' : ''}`,
      { code: 'no_such_run', exitCode: EXIT.usage },
    );
  }
  return events;
}

function batchesOf({ services, output }: ReplaySession, options: RecordOptions): Batches {
  const { dir } = options;
  if (dir !== undefined) {
    return batchesIn([dir]);
  }
  const today = new Date().toISOString().slice(0, 10);
  return auditBatches(services(options), partitionsOf(periodOf(options, today)), output.hint);
}

async function eventsIn(batches: Batches, tenant: string, runId: string): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const { document, where } of documentsIn(batches)) {
    const { tenant: itsTenant, runId: itsRun } = document as Partial<LedgerEvent>;
    if (itsTenant === tenant && itsRun === runId) {
      events.push(checked(document, where));
    }
  }
  return events;
}

/** INVARIANT: what calls are made of has the shape that is read here; whoever has written it may have meant harm. */
function checked(document: unknown, where: string | number): LedgerEvent {
  const shape =
    (document as Partial<LedgerEvent>).type === 'call.decided' ? RecordedDecisionShape : RecordedEventShape;
  const parsed = shape.safeParse(document);
  if (!parsed.success) {
    throw misread(typeof where === 'string' ? where : `event ${where + 1} of the run`, parsed.error);
  }
  return document as LedgerEvent;
}
