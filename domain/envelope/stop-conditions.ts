import type { Reason } from '../../contracts/call.ts';
import { microDollars } from '../budget/budget.ts';
import type { StopCondition } from './envelope.ts';

/** Of the runs of a workflow that were closed on one day, in one tenant. */
export interface OutcomeCounts {
  readonly runs: number;
  readonly failed: number;
  readonly stopped: number;
  readonly costMicroDollars: number;
}

/** Why the workflow is to be paused, by the first condition that is breached; undefined when none is. */
export function breachedCondition(
  conditions: readonly StopCondition[],
  counts: OutcomeCounts,
): Reason | undefined {
  const breached = conditions.find((condition) => isBreached(condition, counts));
  return breached === undefined
    ? undefined
    : { code: 'stop_condition', message: messageOf(breached, counts) };
}

function isBreached(condition: StopCondition, counts: OutcomeCounts): boolean {
  if (counts.runs < condition.of_at_least) {
    return false;
  }
  return condition.metric === 'cost_per_run_usd'
    ? counts.costMicroDollars > microDollars(condition.above) * counts.runs
    : // a quotient of whole numbers is rounded as the share was when it was read; a product is not
      countOf(condition.metric, counts) / counts.runs >= condition.share;
}

function countOf(metric: 'failed_runs' | 'stopped_runs', { failed, stopped }: OutcomeCounts): number {
  return metric === 'failed_runs' ? failed : stopped;
}

const MICRO_DOLLARS_PER_DOLLAR = 1_000_000;

function messageOf(condition: StopCondition, counts: OutcomeCounts): string {
  const of = `of ${counts.runs} runs closed today, counted from ${condition.of_at_least} on`;
  if (condition.metric === 'cost_per_run_usd') {
    const average = Math.round(counts.costMicroDollars / counts.runs) / MICRO_DOLLARS_PER_DOLLAR;
    return `cost_per_run_usd is ${average}, the limit is ${condition.above}: ${of}`;
  }
  const count = countOf(condition.metric, counts);
  const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
  return `${condition.metric} are ${count} (${percent(count / counts.runs)}), the limit is ${percent(condition.share)}: ${of}`;
}
