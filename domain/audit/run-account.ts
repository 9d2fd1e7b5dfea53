import type { RunView } from '../../contracts/api.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import type { RunStatus } from '../../contracts/run.ts';
import { ofType } from './of-type.ts';

/**
 * A run as its events tell it: without its budget, which the ledger counts beside them, and without what it waits for.
 *
 * @throws Error when they do not say that a run was requested
 */
export function runOf(events: readonly LedgerEvent[]): RunView {
  const requested = ofType(events, 'run.requested')[0];
  if (requested === undefined) {
    throw new Error(`no run.requested among ${events.length} events, expected all events of one run`);
  }
  const opened = ofType(events, 'run.opened')[0];
  const closed = ofType(events, 'run.closed')[0];
  const { tenant, runId, workflow, agent, user } = requested;
  return {
    ...{ runId, tenant, workflow, agent, user },
    status: statusOf(opened !== undefined, closed !== undefined),
    requestedAt: requested.at,
    ...(opened === undefined ? {} : { mode: opened.mode, openedAt: opened.at }),
    ...(closed === undefined ? {} : { closedAt: closed.at, outcome: closed.outcome }),
    ...(closed?.reason === undefined ? {} : { reason: closed.reason }),
  };
}

function statusOf(isOpened: boolean, isClosed: boolean): RunStatus {
  if (isClosed) {
    return 'closed';
  }
  return isOpened ? 'open' : 'requested';
}
