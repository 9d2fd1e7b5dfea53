import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EventsView, Receipt, RunView } from '../../contracts/api.ts';
import { receiptOf } from '../../domain/audit/receipt.ts';
import { eventsAfter } from '../adapters/events.ts';
import { type RunRecord, readRun, runView } from '../adapters/runs.ts';
import { ApiFailure } from './http.ts';

interface Dependencies {
  readonly client: DynamoDBDocumentClient;
}

/** @throws ApiFailure 404 when the tenant has no such run */
export async function getRun(tenant: string, runId: string, dependencies: Dependencies): Promise<RunView> {
  return runView(await existingRun(tenant, runId, dependencies));
}

/** @throws ApiFailure 404 when the tenant has no such run */
export async function getEvents(
  tenant: string,
  runId: string,
  after: string,
  dependencies: Dependencies,
): Promise<EventsView> {
  await existingRun(tenant, runId, dependencies);
  return eventsAfter(dependencies.client, { tenant, runId }, after);
}

/** @throws ApiFailure 404 when the tenant has no such run */
export async function getReceipt(
  tenant: string,
  runId: string,
  dependencies: Dependencies,
): Promise<Receipt> {
  const run = await existingRun(tenant, runId, dependencies);
  const { events } = await eventsAfter(dependencies.client, { tenant, runId });
  return receiptOf(runView(run), events);
}

async function existingRun(tenant: string, runId: string, { client }: Dependencies): Promise<RunRecord> {
  const run = await readRun(client, { tenant, runId });
  if (run === undefined) {
    throw new ApiFailure(404, 'unknown_run', `tenant '${tenant}' has no run '${runId}'`);
  }
  return run;
}
