import type { RunRef } from '../../contracts/call.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { lambdaHandler, telemetry } from '../runtime/step.ts';
import { openRun } from './open-run.ts';

const dependencies = { client: dynamoDb(), bundle: deployedPolicyBundle(), clock: () => new Date() };

export const handler = lambdaHandler(async ({ run }: { readonly run: RunRef }): Promise<RunRef> => {
  telemetry.annotate({ tenant: run.tenant, runId: run.runId });
  const { workflow, agent } = await openRun(run, dependencies);
  telemetry.annotate({ workflow, agent });
  telemetry.info('run opened');
  return run;
});
