import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { S3Client } from '@aws-sdk/client-s3';
import { ENV } from '../../contracts/environment.ts';
import type { Plan, PlanInput } from '../../contracts/run.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { transcriptStore } from '../adapters/transcripts.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { bedrockProvider } from './bedrock.ts';
import { modelProposer } from './models.ts';
import { plan } from './plan.ts';
import { recordedProposer } from './recorded.ts';

const client = dynamoDb();
const clock = () => new Date();
const dependencies = {
  client,
  clock,
  bundle: deployedPolicyBundle(),
  transcripts: transcriptStore(traced(new S3Client({})), environment(ENV.transcriptsBucket)),
  proposers: {
    recorded: recordedProposer,
    models: modelProposer({
      client,
      clock,
      // another provider is one more line here
      providers: { bedrock: bedrockProvider(traced(new BedrockRuntimeClient({}))) },
    }),
  },
};

export const handler = lambdaHandler(async (input: PlanInput): Promise<Plan> => {
  telemetry.annotate({ tenant: input.run.tenant, runId: input.run.runId });
  const { next, workflow, agent, steps } = await plan(input, dependencies);
  telemetry.annotate({ workflow, agent });
  for (const step of steps) {
    telemetry.count({ budgetSteps: 1 }, { workflow, step });
  }
  telemetry.info('planned', { turn: next.turn, next: next.next, calls: next.calls.length });
  return next;
});
