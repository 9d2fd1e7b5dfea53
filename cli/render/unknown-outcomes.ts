import type {
  SettledOutcomeView,
  SettlementRecord,
  UnknownOutcomeView,
} from '../../contracts/unknown-outcomes.ts';
import { age } from './duration.ts';
import { argumentText, facts, money, printable } from './text.ts';

/** A block for each call of which nobody knows whether it happened: all that is needed to look it up. */
export function unknownOutcomeLines(outcomes: readonly UnknownOutcomeView[], now: Date): readonly string[] {
  if (outcomes.length === 0) {
    return ['no outcome is unknown'];
  }
  return outcomes.flatMap((outcome, index) => [...(index === 0 ? [] : ['']), ...block(outcome, now)]);
}

function block(outcome: UnknownOutcomeView, now: Date): readonly string[] {
  const { tool, idempotency, error, effects, unknownSince, costMicroDollars, attempts } = outcome;
  return facts([
    ['call', `${outcome.callId} of run ${outcome.runId}`],
    ['tool', `${printable(tool)}${idempotency === undefined ? '' : `, ${idempotency}`}`],
    ['arguments', argumentText(outcome.arguments)],
    ['resource', printable(outcome.resource)],
    ['effects', effects.map(printable).join(', ') || 'none known'],
    ['error', error && printable(error.message)],
    ['key', `${outcome.idempotencyKey}, idempotency key in the other system`],
    ['attempts', String(attempts)],
    ['user', printable(outcome.user.id)],
    ['agent', `${outcome.agent} in ${outcome.workflow}`],
    ['cost', `${money(costMicroDollars)}, charged in full`],
    ['unknown', `since ${unknownSince}, ${age(unknownSince, now)}`],
    ['settled by', `a ${printable(outcome.reviewerRole)}`],
  ]);
}

export function settledLines(settled: SettledOutcomeView): readonly string[] {
  const { callId, runId, tool, status } = settled;
  return facts([
    ['call', `${callId} of run ${runId}`],
    ['tool', printable(tool)],
    ['outcome', status],
    ['settled', settlementText(settled.settled)],
  ]);
}

/** `settled by maria at 2026-01-31T09:00:00.000Z: it happened: found in the other system (C-7)` */
export function settlementText({ happened, by, at, note, evidence }: SettlementRecord): string {
  const shown = evidence === undefined ? '' : ` (${printable(evidence)})`;
  return `by ${printable(by)} at ${at}, it ${happened ? 'happened' : 'did not happen'}: ${printable(note)}${shown}`;
}
