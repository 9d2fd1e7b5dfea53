import type { CloseRunInput } from '../../contracts/run.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { lambdaHandler, telemetry } from '../runtime/step.ts';
import { closeRun } from './close-run.ts';

const dependencies = { client: dynamoDb(), clock: () => new Date() };

export const handler = lambdaHandler(async (input: CloseRunInput) => {
  const { tenant, runId } = input.run;
  telemetry.annotate({ tenant, runId });
  const closed = await closeRun(input, dependencies);
  telemetry.annotate({ workflow: closed.workflow, agent: closed.agent });
  telemetry.count({ runsClosed: 1 }, { workflow: closed.workflow, outcome: closed.outcome });
  telemetry.info('run closed', { outcome: closed.outcome });
  return { ...input.run, outcome: closed.outcome };
});
