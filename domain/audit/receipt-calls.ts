import type { ReceiptCall } from '../../contracts/api.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import type { ReceiptDecision, ReceiptQuestion, ReceiptVerdict } from '../../contracts/receipt.ts';
import { type EventOf, ofType } from './of-type.ts';

/** Calls in the order in which they were first decided. */
export function callsIn(events: readonly LedgerEvent[]): ReceiptCall[] {
  const decided = Map.groupBy(ofType(events, 'call.decided'), ({ callId }) => callId);
  const executed = firstByCall(ofType(events, 'call.executed'));
  const settled = firstByCall(ofType(events, 'call.settled'));
  return [...decided].map(([callId, decisions]) =>
    callOf(decisions, events, executed.get(callId), settled.get(callId)),
  );
}

/** What people were asked about the run itself. */
export function questionsIn(events: readonly LedgerEvent[]): ReceiptQuestion[] {
  return ofType(events, 'run.questioned').map(({ approvalId, at, approverRole, reason }) => ({
    ...{ approvalId, at, approverRole, reason },
    verdicts: verdictsOn(approvalId, events),
    continued: ofType(events, 'run.continued').some((event) => event.approvalId === approvalId),
  }));
}

function firstByCall<E extends { readonly callId: string }>(events: readonly E[]): ReadonlyMap<string, E> {
  return new Map(events.toReversed().map((event) => [event.callId, event]));
}

/** INVARIANT: a call that had to wait was decided more than once; the last decision is the one that counted. */
function callOf(
  decisions: readonly EventOf<'call.decided'>[],
  events: readonly LedgerEvent[],
  executed: EventOf<'call.executed'> | undefined,
  settled: EventOf<'call.settled'> | undefined,
): ReceiptCall {
  const asked = decisions.find(({ decision }) => decision === 'needs_approval');
  const decided = decisions.at(-1);
  if (decided === undefined) {
    throw new Error('receipt: a call without a decision, expected one or more');
  }
  return {
    callId: decided.callId,
    tool: decided.tool,
    arguments: decided.arguments,
    ...(decided.resource === undefined ? {} : { resource: decided.resource }),
    decision: decided.decision,
    policies: decided.policies,
    reasons: decided.reasons ?? [],
    decisions: decisions.map(decisionOf),
    ...(asked === undefined ? {} : { approval: approvalOf(asked, events) }),
    ...(decided.breakGlass === undefined ? {} : { breakGlass: decided.breakGlass }),
    ...(executed === undefined ? {} : { outcome: outcomeOf(executed, settled) }),
  };
}

function decisionOf(event: EventOf<'call.decided'>): ReceiptDecision {
  const { at, decision, policies, reasons = [], holdMicroDollars, context } = event;
  return {
    ...{ at, decision, policies, reasons },
    ...(holdMicroDollars === undefined ? {} : { holdMicroDollars }),
    ...(context === undefined ? {} : { context }),
  };
}

function approvalOf(
  asked: EventOf<'call.decided'>,
  events: readonly LedgerEvent[],
): NonNullable<ReceiptCall['approval']> {
  const { approvalId = '', approverRole = '', quorum = 0, at } = asked;
  const waiting = ofType(events, 'approval.waiting').find((event) => event.approvalId === approvalId);
  const previewDigest = waiting?.previewDigest;
  return {
    ...{ approvalId, approverRole, quorum, askedAt: at },
    ...(previewDigest === undefined ? {} : { previewDigest }),
    verdicts: verdictsOn(approvalId, events),
  };
}

function verdictsOn(approvalId: string, events: readonly LedgerEvent[]): ReceiptVerdict[] {
  return ofType(events, 'approval.verdict')
    .filter((event) => event.approvalId === approvalId)
    .map(({ by, verdict, at, note, via }) => ({
      ...{ by, verdict, at, via },
      ...(note === undefined ? {} : { note }),
    }));
}

/** The error of the execution stays: it says why a person had to look. */
function outcomeOf(
  executed: EventOf<'call.executed'>,
  settled: EventOf<'call.settled'> | undefined,
): NonNullable<ReceiptCall['outcome']> {
  const {
    at,
    effects,
    changes,
    preview,
    undo,
    retrieved,
    error,
    redacted,
    cached,
    outputDigest,
    costMicroDollars,
  } = executed;
  const account = {
    at,
    effects,
    ...(changes === undefined ? {} : { changes }),
    ...(preview === undefined ? {} : { preview }),
    ...(undo === undefined ? {} : { undo }),
    ...(retrieved === undefined ? {} : { retrieved }),
    ...(cached === undefined ? {} : { cached }),
    ...(outputDigest === undefined ? {} : { outputDigest }),
    costMicroDollars,
    ...(redacted === undefined ? {} : { redacted }),
    ...(error === undefined ? {} : { error }),
  };
  if (settled === undefined) {
    return { status: executed.status, ...account };
  }
  const { happened, by, at: settledAt, note, evidence } = settled;
  return {
    status: happened ? 'succeeded' : 'failed',
    ...account,
    settled: { happened, by, at: settledAt, note, ...(evidence === undefined ? {} : { evidence }) },
  };
}
