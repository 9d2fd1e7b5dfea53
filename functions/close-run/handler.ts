import type { CloseRunInput } from '../../contracts/run.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { lambdaHandler, telemetry } from '../runtime/step.ts';
import { closeRun } from './close-run.ts';

const dependencies = { client: dynamoDb(), bundle: deployedPolicyBundle(), clock: () => new Date() };

export const handler = lambdaHandler(async (input: CloseRunInput) => {
  const { tenant, runId } = input.run;
  telemetry.annotate({ tenant, runId });
  const closed = await closeRun(input, dependencies);
  telemetry.annotate({ workflow: closed.workflow, agent: closed.agent });
  telemetry.count({ runsClosed: 1 }, { workflow: closed.workflow, outcome: closed.outcome });
  if (closed.paused !== undefined) {
    telemetry.count({ workflowsPaused: 1 }, { workflow: closed.workflow });
    telemetry.warn('a stop condition has paused the workflow', { reason: closed.paused });
  }
  telemetry.info('run closed', { outcome: closed.outcome });
  return { ...input.run, outcome: closed.outcome };
});
