import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { ENV } from '../../contracts/environment.ts';
import { dynamoDb } from '../adapters/dynamodb.ts';
import { logBucket } from '../adapters/log/bucket.ts';
import { keepOnce } from '../adapters/log/kept-bundle.ts';
import { logTable } from '../adapters/log/table.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { recordsAside } from './aside.ts';
import { seal } from './seal.ts';

const bucket = logBucket(traced(new S3Client({})), environment(ENV.auditBucket));
const keepBundle = keepOnce(bucket, deployedPolicyBundle());
const dependencies = {
  bucket,
  table: logTable(dynamoDb(), environment(ENV.logTable)),
  putAside: recordsAside(traced(new SQSClient({})), environment(ENV.unsealableQueue)),
  clock: () => new Date(),
};

/**
 * Copies events of the ledger into the audit bucket. What was put aside has the shape of what a stream delivers, so that this function can
 * be invoked with it again.
 *
 * @throws when something was not sealed; the stream delivers it again, and after a day's tries to the queue
 */
export const handler = lambdaHandler(async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
  // what decided is kept before what it decided is in the log
  await keepBundle();
  const { key, events, unsealable } = await seal(Records, dependencies);
  if (events > 0 || unsealable > 0) {
    const counts = { eventsSealed: events, ...(unsealable === 0 ? {} : { eventsUnsealable: unsealable }) };
    telemetry.count(counts, {}, key === undefined ? {} : { key });
  }
});
