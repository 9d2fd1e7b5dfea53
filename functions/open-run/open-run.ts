import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RunRef } from '../../contracts/call.ts';
import { ledgerEvent } from '../../domain/audit/event.ts';
import { microDollars, openBudget } from '../../domain/budget/budget.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type Clock, timestamp } from '../../domain/time.ts';
import { ConditionsFailed, transact } from '../adapters/dynamodb.ts';
import { appendEvent } from '../adapters/events.ts';
import { openRun as openRunRecord, type RunRecord, readRun } from '../adapters/runs.ts';

/**
 * Opens a requested run: pins its envelope and policy bundle, sets its mode and its budget. Repeating it changes
 * nothing.
 *
 * @throws Error when the run does not exist, is closed, or its workflow has no envelope
 */
export async function openRun(
  run: RunRef,
  {
    client,
    bundle,
    clock,
  }: { readonly client: DynamoDBDocumentClient; readonly bundle: PolicyBundle; readonly clock: Clock },
): Promise<Pick<RunRecord, 'workflow' | 'agent'>> {
  const record = await readRun(client, run);
  if (record === undefined) {
    throw new Error(`run ${run.runId} does not exist, start runs through the API`);
  }
  const { workflow, agent } = record;
  const envelope = bundle.envelopes[workflow];
  if (envelope === undefined) {
    throw new Error(
      `workflow '${workflow}' has no envelope, add policies/envelopes/${workflow}.yaml and deploy`,
    );
  }
  const openedAt = timestamp(clock);
  const capMicroDollars = microDollars(envelope.budgets.hard_cost_cap_usd);
  const pinned = { mode: envelope.mode, policyDigest: bundle.digest, envelopeDigest: digestOf(envelope) };
  const budget = openBudget(capMicroDollars, envelope.budgets.max_tool_calls);
  const body = { type: 'run.opened', owner: envelope.owner, capMicroDollars, ...pinned } as const;
  try {
    await transact(client, {
      run: openRunRecord(run, { ...budget, ...pinned, openedAt }),
      event: appendEvent(ledgerEvent(record, 'run/opened', openedAt, body)),
    });
  } catch (error) {
    const current = error instanceof ConditionsFailed ? await readRun(client, run) : undefined;
    if (current?.status !== 'open') {
      throw error;
    }
  }
  return { workflow, agent };
}
