import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import { ENV } from '../../contracts/environment.ts';
import type { RunExecutionInput } from '../../contracts/run.ts';
import { secondsAfter, timestamp } from '../../domain/time.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { unfinishedRuns } from '../adapters/unfinished-runs.ts';
import { placeOf } from '../runtime/arn.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { reconcile } from './reconcile.ts';

const client = dynamoDb();
const dependencies = {
  client,
  lambda: traced(new LambdaClient({})),
  stepFunctions: traced(new SFNClient({})),
  closeRunFunction: environment(ENV.closeRunFunction),
  prefix: environment(ENV.prefix),
  clock: () => new Date(),
};

/** A run younger than this is left to its own machine. */
const GRACE_SECONDS = 60;

/** What EventBridge sends when an execution has ended otherwise than well. */
interface ExecutionEnded {
  readonly 'detail-type': string;
  readonly detail: { readonly input: string };
}

/**
 * Finds what ended without an account: runs whose execution is over but that are not closed, and calls that were begun
 * but never settled. Woken by the end of an execution, and every minute for what no event told.
 */
export const handler = lambdaHandler(
  async (event: Partial<ExecutionEnded>, context: Context): Promise<void> => {
    const place = placeOf(context.invokedFunctionArn);
    const before = secondsAfter(timestamp(dependencies.clock), -GRACE_SECONDS);
    const runs =
      event.detail === undefined
        ? await unfinishedRuns(client, before)
        : [(JSON.parse(event.detail.input) as RunExecutionInput).run];
    for (const run of runs) {
      try {
        const found = await reconcile(run, { ...dependencies, place });
        telemetry.info('reconciled', { ...run, found });
      } catch (error) {
        // the others must not wait for this one; it is unfinished still, so the next minute tries again
        telemetry.warn('not reconciled, will be tried again', { ...run, error });
      }
    }
  },
);
