import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Reason } from '../../contracts/call.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { dayOf } from '../../domain/budget/daily-caps.ts';
import { breachedCondition } from '../../domain/envelope/stop-conditions.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { pauseWorkflow, readOutcomes, readPause } from '../adapters/pauses.ts';
import type { RunRecord } from '../adapters/runs.ts';

export interface CloseRunDependencies {
  readonly client: DynamoDBDocumentClient;
  /** Names the stop conditions and the time zone, and nothing else of it is used. */
  readonly bundle: Pick<PolicyBundle, 'budgets' | 'envelopes'>;
  readonly clock: Clock;
}

/**
 * Pauses the workflow of a run that is closed when the runs of today breach one of its stop conditions. Of several that see it
 * at once, or again, one does it.
 *
 * @returns why, for the one that has paused it
 */
export async function pauseIfBreached(
  run: RunRecord,
  { client, bundle, clock }: CloseRunDependencies,
): Promise<Reason | undefined> {
  const { tenant, workflow, runId } = run;
  const { stop_conditions: conditions = [] } = bundle.envelopes[workflow] ?? {};
  if (conditions.length === 0) {
    return undefined;
  }
  const now = clock();
  const of = { tenant, workflow, day: dayOf(bundle.budgets, now) };
  const counts = await readOutcomes(client, of);
  const reason = breachedCondition(conditions, counts);
  if (reason === undefined || (await readPause(client, of)) !== undefined) {
    return undefined;
  }
  const at = timestamp(() => now);
  try {
    await transact(client, {
      ...pauseWorkflow(of, { workflow, reason, at, runId }, counts),
      event: appendEvent(ledgerEvent(run, 'workflow/paused', at, { type: 'workflow.paused', reason })),
    });
    return reason;
  } catch (error) {
    // another run has paused it, or a person has resumed it since the counters were read
    if (error instanceof ConditionsFailed) {
      return undefined;
    }
    throw error;
  }
}
