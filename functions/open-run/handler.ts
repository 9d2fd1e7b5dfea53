import type { RunRef } from '../../contracts/call.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { lambdaHandler, telemetry } from '../runtime/step.ts';
import { openRun } from './open-run.ts';
import { policyChangeRecorder } from './policy-change.ts';

const bundle = deployedPolicyBundle();
const dependencies = {
  client: dynamoDb(),
  bundle,
  clock: () => new Date(),
  recordPolicyChange: policyChangeRecorder(bundle),
};

export const handler = lambdaHandler(async ({ run }: { readonly run: RunRef }): Promise<RunRef> => {
  telemetry.annotate({ tenant: run.tenant, runId: run.runId });
  const { run: record, alerts } = await openRun(run, dependencies);
  const { workflow, agent } = record;
  telemetry.annotate({ workflow, agent });
  for (const { cap, share, used } of alerts) {
    telemetry.count({ budgetSteps: 1 }, { step: 'alert', scope: cap.scope });
    telemetry.warn('little is left of a daily budget', { ...cap, share, used });
  }
  telemetry.info('run opened');
  return run;
});
