import type { LedgerEvent } from '../../../contracts/events.ts';
import { eventPosition } from '../../../contracts/tables.ts';
import { type EventOf, ofType } from '../../../domain/audit/of-type.ts';
import type { Problem } from './problem.ts';

/** Whether the events are of one run, from its beginning to its end, as far as they can tell by themselves. */
export function runProblems(
  run: { readonly tenant: string; readonly runId: string },
  events: readonly LedgerEvent[],
): readonly Problem[] {
  return [
    ...strangers(run, events),
    ...outOfOrder(events),
    ...endProblems(events),
    ...missingCalls(events),
    ...undecided(events),
    ...unapproved(events),
  ];
}

function strangers(
  { tenant, runId }: { readonly tenant: string; readonly runId: string },
  events: readonly LedgerEvent[],
): readonly Problem[] {
  const [first] = events;
  return events
    .filter(
      (event) =>
        event.tenant !== tenant ||
        event.runId !== runId ||
        event.workflow !== first?.workflow ||
        event.agent !== first.agent,
    )
    .map((event) => ({
      code: 'other_run',
      message: `event ${event.id} is of run ${event.runId} of tenant ${event.tenant}, workflow ${event.workflow}, agent ${event.agent}; expected run ${runId} of ${tenant}, ${first?.workflow}, ${first?.agent}`,
    }));
}

function outOfOrder(events: readonly LedgerEvent[]): readonly Problem[] {
  return events.flatMap((event, index) => {
    const before = events[index - 1];
    return before === undefined || eventPosition(before) < eventPosition(event)
      ? []
      : [
          {
            code: 'order' as const,
            message: `event ${event.id} of ${event.at} comes after ${before.id} of ${before.at}, expected the order of their times and ids`,
          },
        ];
  });
}

function endProblems(events: readonly LedgerEvent[]): readonly Problem[] {
  const closed = ofType(events, 'run.closed')[0];
  const begins = events[0]?.type === 'run.requested';
  const beginning: readonly Problem[] = begins
    ? []
    : [{ code: 'no_beginning', message: `the first event is ${events[0]?.type}, expected run.requested` }];
  if (closed === undefined) {
    const message =
      'no event is run.closed: the run was not over when this was made, or its end is left out; what came later is not shown';
    return [...beginning, { code: 'no_end', message }];
  }
  return [...beginning, ...countProblems(closed, events), ...spentProblems(closed, events)];
}

/** The run's own last word, against the events that are here. */
function countProblems(closed: EventOf<'run.closed'>, events: readonly LedgerEvent[]): readonly Problem[] {
  const allowed = ofType(events, 'call.decided').filter(({ decision }) => decision === 'allow').length;
  return allowed === closed.calls
    ? []
    : [
        {
          code: 'calls_differ',
          message: `${allowed} calls are allowed in the events, the end of the run says ${closed.calls}`,
        },
      ];
}

/** Says nothing where a call's outcome was open at the end, whose hold counted as spent. */
function spentProblems(closed: EventOf<'run.closed'>, events: readonly LedgerEvent[]): readonly Problem[] {
  const before = events.filter(({ at }) => at <= closed.at);
  const executed = ofType(before, 'call.executed');
  const known = new Set(executed.filter(({ status }) => status !== 'unknown').map(({ callId }) => callId));
  const isOpen = ofType(events, 'call.decided').some(
    ({ decision, callId }) => decision === 'allow' && !known.has(callId),
  );
  const costs = [...ofType(before, 'model.called'), ...executed].map(
    ({ costMicroDollars }) => costMicroDollars,
  );
  const spent = costs.reduce((sum, cost) => sum + cost, 0);
  return isOpen || spent === closed.spentMicroDollars
    ? []
    : [
        {
          code: 'spent_differs',
          message: `models and tools cost ${spent} micro-dollars in the events, the end of the run says ${closed.spentMicroDollars}`,
        },
      ];
}

const CALL_ID = /^(\d{4})-(\d{2})$/;

/** Turns count from 1, calls of a turn from 0. */
function missingCalls(events: readonly LedgerEvent[]): readonly Problem[] {
  const ids = ofType(events, 'call.decided').map(({ callId }) => CALL_ID.exec(callId));
  const turns = Map.groupBy(
    ids.filter((id) => id !== null),
    ([, turn]) => Number(turn),
  );
  const last = Math.max(0, ...turns.keys());
  return Array.from({ length: last }, (_, index) => index + 1).flatMap((turn) => {
    const calls = new Set((turns.get(turn) ?? []).map(([, , call]) => Number(call)));
    const most = Math.max(0, ...calls);
    return Array.from({ length: most + 1 }, (_, call) => call)
      .filter((call) => !calls.has(call))
      .map((call) => ({
        code: 'call_missing' as const,
        message: `call ${String(turn).padStart(4, '0')}-${String(call).padStart(2, '0')} has no decision here, and later ones have: it is left out, or nothing could be decided then; the whole log tells which`,
      }));
  });
}

function undecided(events: readonly LedgerEvent[]): readonly Problem[] {
  const allowed = new Set(
    ofType(events, 'call.decided')
      .filter(({ decision }) => decision === 'allow')
      .map(({ callId }) => callId),
  );
  return ofType(events, 'call.executed')
    .filter(({ callId }) => !allowed.has(callId))
    .map(({ callId }) => ({
      code: 'not_decided',
      message: `call ${callId} was executed, and no event here allows it`,
    }));
}

/** A call that was allowed with an approval was asked for, and somebody's verdict made it approved. */
function unapproved(events: readonly LedgerEvent[]): readonly Problem[] {
  const decided = ofType(events, 'call.decided');
  const approved = new Set(
    ofType(events, 'approval.verdict')
      .filter(({ state }) => state === 'approved')
      .map(({ approvalId }) => approvalId),
  );
  return decided
    .filter(({ decision, approvalId }) => decision === 'allow' && approvalId !== undefined)
    .filter(
      ({ callId, approvalId = '' }) =>
        !approved.has(approvalId) ||
        !decided.some((event) => event.callId === callId && event.decision === 'needs_approval'),
    )
    .map(({ callId, approvalId }) => ({
      code: 'not_approved',
      message: `call ${callId} was allowed with approval ${approvalId}, and the question or the verdict that decided it is not here`,
    }));
}
