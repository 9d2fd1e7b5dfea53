import type { Receipt, ReceiptCall, RunView } from '../../contracts/api.ts';
import type { EventType, LedgerEvent } from '../../contracts/events.ts';
import { digestOf } from '../call/canonical.ts';
import { activityOf, budgetMicroDollars, costOf, type Rates, totalMicroDollars } from '../metering/cost.ts';
import { metered } from '../metering/events.ts';

type EventOf<T extends EventType> = Extract<LedgerEvent, { type: T }>;

/**
 * The account of a run: made from its events alone, and of infrastructure and people from prices, so that whoever has both can
 * make it again.
 */
export function receiptOf(run: RunView, events: readonly LedgerEvent[], rates: Rates): Receipt {
  const opened = ofType(events, 'run.opened')[0];
  const cost = costOf(activityOf(metered(events)), rates);
  return {
    run,
    owner: opened?.owner ?? '',
    policyDigest: opened?.policyDigest ?? '',
    envelopeDigest: opened?.envelopeDigest ?? '',
    calls: callIds(events).map((callId) => callOf(callId, events)),
    cost: {
      ...cost,
      totalMicroDollars: totalMicroDollars(cost),
      budgetMicroDollars: budgetMicroDollars(cost),
    },
    events: { count: events.length, digest: digestOf(events) },
  };
}

function callIds(events: readonly LedgerEvent[]): string[] {
  return [...new Set(ofType(events, 'call.decided').map(({ callId }) => callId))];
}

/** INVARIANT: a call that had to wait was decided more than once; the last decision is the one that counted. */
function callOf(callId: string, events: readonly LedgerEvent[]): ReceiptCall {
  const decisions = ofType(events, 'call.decided').filter((event) => event.callId === callId);
  const asked = decisions.find(({ decision }) => decision === 'needs_approval');
  const executed = ofType(events, 'call.executed').find((event) => event.callId === callId);
  const settled = ofType(events, 'call.settled').find((event) => event.callId === callId);
  const decided = decisions.at(-1);
  if (decided === undefined) {
    throw new Error(`receipt: call ${callId} has no decision among ${events.length} events`);
  }
  return {
    callId,
    tool: decided.tool,
    arguments: decided.arguments,
    ...(decided.resource === undefined ? {} : { resource: decided.resource }),
    decision: decided.decision,
    policies: decided.policies,
    reasons: decided.reasons ?? [],
    ...(asked === undefined ? {} : { approval: approvalOf(asked, events) }),
    ...(decided.breakGlass === undefined ? {} : { breakGlass: decided.breakGlass }),
    ...(executed === undefined ? {} : { outcome: outcomeOf(executed, settled) }),
  };
}

function approvalOf(
  asked: EventOf<'call.decided'>,
  events: readonly LedgerEvent[],
): NonNullable<ReceiptCall['approval']> {
  const verdicts = ofType(events, 'approval.verdict').filter(
    ({ approvalId }) => approvalId === asked.approvalId,
  );
  return {
    approvalId: asked.approvalId ?? '',
    approverRole: asked.approverRole ?? '',
    quorum: asked.quorum ?? 0,
    verdicts: verdicts.map(({ by, verdict, at, note, via }) => ({
      by,
      verdict,
      at,
      via,
      ...(note === undefined ? {} : { note }),
    })),
  };
}

/** The error of the execution stays: it says why a person had to look. */
function outcomeOf(
  executed: EventOf<'call.executed'>,
  settled: EventOf<'call.settled'> | undefined,
): NonNullable<ReceiptCall['outcome']> {
  const { effects, changes, preview, undo, retrieved, error, redacted, costMicroDollars } = executed;
  const account = {
    effects,
    ...(changes === undefined ? {} : { changes }),
    ...(preview === undefined ? {} : { preview }),
    ...(undo === undefined ? {} : { undo }),
    ...(retrieved === undefined ? {} : { retrieved }),
    costMicroDollars,
    ...(redacted === undefined ? {} : { redacted }),
    ...(error === undefined ? {} : { error }),
  };
  if (settled === undefined) {
    return { status: executed.status, ...account };
  }
  const { happened, by, at, note, evidence } = settled;
  return {
    status: happened ? 'succeeded' : 'failed',
    ...account,
    settled: { happened, by, at, note, ...(evidence === undefined ? {} : { evidence }) },
  };
}

function ofType<T extends EventType>(events: readonly LedgerEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
