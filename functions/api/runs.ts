import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EventsView, RunView } from '../../contracts/api.ts';
import { ERASURE_PREFIX } from '../../contracts/tables.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { POLICY_PREFIX } from '../../domain/policy/policy-change.ts';
import { eventsAfter } from '../adapters/events.ts';
import { type RunRecord, readRun, runView } from '../adapters/runs.ts';
import { GRANT_PREFIX } from './break-glass.ts';
import { ApiFailure } from './http.ts';

interface Dependencies {
  readonly client: DynamoDBDocumentClient;
  readonly bundle: Pick<PolicyBundle, 'envelopes'>;
}

/** @throws ApiFailure 404 when the tenant has no such run */
export async function getRun(tenant: string, runId: string, dependencies: Dependencies): Promise<RunView> {
  const run = await existingRun(tenant, runId, dependencies);
  return runView(run, dependencies.bundle.envelopes[run.workflow]);
}

/** Of a run, of a break-glass grant, of a change of policies, or of an erasure. @throws ApiFailure 404 when the tenant has none of this id */
export async function getEvents(
  tenant: string,
  runId: string,
  after: string,
  dependencies: Dependencies,
): Promise<EventsView> {
  const isGrant = runId.startsWith(GRANT_PREFIX);
  const isOfNoRun = isGrant || [POLICY_PREFIX, ERASURE_PREFIX].some((prefix) => runId.startsWith(prefix));
  if (!isOfNoRun) {
    await existingRun(tenant, runId, dependencies);
  }
  const view = await eventsAfter(dependencies.client, { tenant, runId }, after);
  // a grant's item is purged long before its events, and policies have none
  if (isOfNoRun && after === '' && view.events.length === 0) {
    throw isGrant
      ? new ApiFailure(404, 'unknown_grant', `tenant '${tenant}' has no break-glass grant '${runId}'`)
      : new ApiFailure(404, 'unknown_policies', `no run of tenant '${tenant}' was opened under '${runId}'`);
  }
  return view;
}

/** @throws ApiFailure 404 when the tenant has no such run */
export async function existingRun(
  tenant: string,
  runId: string,
  { client }: Pick<Dependencies, 'client'>,
): Promise<RunRecord> {
  const run = await readRun(client, { tenant, runId });
  if (run === undefined) {
    throw new ApiFailure(404, 'unknown_run', `tenant '${tenant}' has no run '${runId}'`);
  }
  return run;
}
