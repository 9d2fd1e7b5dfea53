import { KMSClient } from '@aws-sdk/client-kms';
import type { CountersignInput } from '../../contracts/run.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { tokenSealer } from '../adapters/task-tokens.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { countersign } from './countersign.ts';

const dependencies = {
  client: dynamoDb(),
  clock: () => new Date(),
  sealToken: tokenSealer(traced(new KMSClient({}))),
};

export const handler = lambdaHandler(async (input: CountersignInput): Promise<void> => {
  telemetry.annotate({ tenant: input.run.tenant, runId: input.run.runId });
  const { workflow, agent, proposal } = await countersign(input, dependencies);
  telemetry.annotate({ workflow, agent, tool: proposal.tool });
  telemetry.count({ approvalsRequested: 1 }, { workflow });
  telemetry.info('waiting for people', { approvalId: input.approvalId });
});
