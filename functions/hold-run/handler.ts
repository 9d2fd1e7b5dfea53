import { S3Client } from '@aws-sdk/client-s3';
import type { HoldRunAnswer, HoldRunInput } from '../../contracts/retention.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { runsWithHoldWork } from '../adapters/holds.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { carryOut, holdRun } from './hold-run.ts';

const dependencies = { client: dynamoDb(), s3: traced(new S3Client({})), clock: () => new Date() };

/** What the API asks, or what a schedule asks without saying more: go on with whatever is to be held or released. */
export const handler = lambdaHandler(
  async (input: HoldRunInput | { readonly source: string }): Promise<HoldRunAnswer | undefined> => {
    if ('runId' in input) {
      const { tenant, runId, by, hold } = input;
      telemetry.annotate({ tenant, runId });
      const answer = await holdRun(input, dependencies);
      if ('held' in answer) {
        telemetry.warn(hold ? "a run's data is held" : "a run's data is released", { by });
      }
      return answer;
    }
    const failures: unknown[] = [];
    for (const run of await runsWithHoldWork(dependencies.client)) {
      // one that fails keeps no other from being held
      await carryOut(run, dependencies).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw new AggregateError(
        failures,
        `${failures.length} runs were not held or released, the next hour tries again`,
      );
    }
    return undefined;
  },
);
