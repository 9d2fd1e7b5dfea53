import type { Receipt, RunView } from '../../contracts/api.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import type { ReceiptModel, ReceiptPermission, ReceiptPrices } from '../../contracts/receipt.ts';
import { digestOf } from '../call/canonical.ts';
import { activityOf, budgetMicroDollars, costOf, totalMicroDollars } from '../metering/cost.ts';
import { metered } from '../metering/events.ts';
import { ofType } from './of-type.ts';
import { callsIn, questionsIn } from './receipt-calls.ts';

/** A receipt but for the proof of the events that it is made from. */
export type Account = Omit<Receipt, 'proof'>;

/**
 * The account of a run: made from its events alone, and of infrastructure and people from prices, so that whoever has both can
 * make it again.
 *
 * @param run - as whoever keeps it tells it; `runOf` makes it from the events
 */
export function accountOf(run: RunView, events: readonly LedgerEvent[], prices: ReceiptPrices): Account {
  const opened = ofType(events, 'run.opened')[0];
  const cost = costOf(activityOf(metered(events)), prices);
  return {
    run,
    startedBy: ofType(events, 'run.requested')[0]?.requestedBy ?? '',
    owner: opened?.owner ?? '',
    policyDigest: opened?.policyDigest ?? '',
    envelopeDigest: opened?.envelopeDigest ?? '',
    permission: permissionIn(events),
    calls: callsIn(events),
    questions: questionsIn(events),
    models: modelsIn(events),
    cost: {
      ...cost,
      totalMicroDollars: totalMicroDollars(cost),
      budgetMicroDollars: budgetMicroDollars(cost),
    },
    prices: statedPrices(prices),
    events: { count: events.length, digest: digestOf(events) },
  };
}

function permissionIn(events: readonly LedgerEvent[]): ReceiptPermission {
  const opened = ofType(events, 'run.opened')[0];
  const digests = ofType(events, 'call.decided').map(({ policyDigest }) => policyDigest);
  return {
    ...(opened === undefined ? {} : { mode: opened.mode, capMicroDollars: opened.capMicroDollars }),
    capChanges: ofType(events, 'budget.cap_changed').map(
      ({ at, beforeMicroDollars, capMicroDollars, by, note }) => ({
        ...{ at, beforeMicroDollars, capMicroDollars, by, note },
      }),
    ),
    laterPolicyDigests: [...new Set(digests)].filter((digest) => digest !== opened?.policyDigest),
  };
}

function modelsIn(events: readonly LedgerEvent[]): ReceiptModel[] {
  const byModel = Map.groupBy(ofType(events, 'model.called'), ({ model }) => model);
  return [...byModel].map(([model, answers]) => ({
    model,
    answers: answers.length,
    inputTokens: sum(answers.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(answers.map(({ outputTokens }) => outputTokens)),
    costMicroDollars: sum(answers.map(({ costMicroDollars }) => costMicroDollars)),
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Without what a price table says of its sources. */
function statedPrices({ version, infrastructure, people }: ReceiptPrices): ReceiptPrices {
  const { usd_per_run, usd_per_turn, usd_per_call } = infrastructure;
  const { usd_per_hour, minutes_per_verdict } = people;
  return {
    version,
    infrastructure: { usd_per_run, usd_per_turn, usd_per_call },
    people: { usd_per_hour, minutes_per_verdict },
  };
}
