import type { ReceiptPrices } from '../../contracts/receipt.ts';
import { exactMicroDollars } from '../budget/prices.ts';
import type { MeteredEvent } from './events.ts';

/** What of a run costs something. */
export interface Activity {
  readonly opened: number;
  readonly turns: number;
  readonly decisions: number;
  readonly verdicts: number;
  readonly modelMicroDollars: number;
  readonly toolsMicroDollars: number;
}

/** What runs cost, in three parts: model; tools and infrastructure; people. Whole micro-dollars. */
export interface Cost {
  readonly modelMicroDollars: number;
  readonly toolsMicroDollars: number;
  readonly infrastructureMicroDollars: number;
  readonly peopleMicroDollars: number;
}

/** Prices of what is not in the events themselves. */
export type Rates = Pick<ReceiptPrices, 'infrastructure' | 'people'>;

/** What the events of one run say, each of them given once, in whatever order. */
export function activityOf(events: readonly MeteredEvent[]): Activity {
  let modelMicroDollars = 0;
  let toolsMicroDollars = 0;
  const count = { opened: 0, waits: 0, decisions: 0, verdicts: 0 };
  const turns = new Set<string>();
  for (const event of events) {
    switch (event.type) {
      case 'run.opened':
        count.opened += 1;
        break;
      case 'model.called':
        modelMicroDollars += event.costMicroDollars;
        break;
      case 'call.decided':
        count.decisions += 1;
        turns.add(turnOf(event));
        break;
      case 'call.executed':
        toolsMicroDollars += event.costMicroDollars;
        break;
      case 'approval.waiting':
        count.waits += 1;
        break;
      case 'approval.verdict':
      case 'call.settled':
      case 'break_glass.confirmed':
      case 'break_glass.rejected':
        count.verdicts += 1;
        break;
    }
  }
  const { opened, waits, decisions, verdicts } = count;
  return { opened, turns: turns.size + waits, decisions, verdicts, modelMicroDollars, toolsMicroDollars };
}

/** `0002` of call `0002-00`. */
function turnOf({ callId }: { readonly callId: string }): string {
  return callId.slice(0, callId.indexOf('-'));
}

const MINUTES_PER_HOUR = 60;

/** Infrastructure and people at these prices, each rounded up to a whole micro-dollar. */
export function costOf(activity: Activity, { infrastructure, people }: Rates): Cost {
  const { opened, turns, decisions, verdicts, modelMicroDollars, toolsMicroDollars } = activity;
  const { usd_per_run, usd_per_turn, usd_per_call } = infrastructure;
  const hours = (verdicts * people.minutes_per_verdict) / MINUTES_PER_HOUR;
  return {
    modelMicroDollars,
    toolsMicroDollars,
    infrastructureMicroDollars: Math.ceil(
      exactMicroDollars(opened * usd_per_run + turns * usd_per_turn + decisions * usd_per_call),
    ),
    peopleMicroDollars: Math.ceil(exactMicroDollars(hours * people.usd_per_hour)),
  };
}

/** What the budget of a run is charged: what others are paid by the call. */
export function budgetMicroDollars({ modelMicroDollars, toolsMicroDollars }: Cost): number {
  return modelMicroDollars + toolsMicroDollars;
}

export function totalMicroDollars(cost: Cost): number {
  return budgetMicroDollars(cost) + cost.infrastructureMicroDollars + cost.peopleMicroDollars;
}
