import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { explain } from '../checks/explain.ts';
import type { ServiceFunction } from './service-function.ts';

/** Queues of what a person has to look at. */
export const ASIDE = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} as const;

export interface StreamFollowerProps {
  readonly follower: ServiceFunction;
  readonly table: TableV2;
  /** Records in one batch at most. @default 100 */
  readonly batchSize?: number;
  /** How long records are gathered into one batch; 0 delivers them at once. */
  readonly gatherSeconds: number;
}

/**
 * Feeds a table's stream to a function. A record is tried for as long as the stream keeps it, a day, less an hour in
 * which it still reaches the queue; so an outage of a day loses nothing.
 *
 * @returns the queue that tells where in the stream records are that were never delivered
 */
export function followStream(scope: Construct, name: string, props: StreamFollowerProps): Queue {
  const { follower, table, batchSize = 100, gatherSeconds } = props;
  const undelivered = new Queue(scope, `${name}Undelivered`, ASIDE);
  explain(undelivered, 'AwsSolutions-SQS3', 'this is the queue that undelivered records go to');
  follower.function.addEventSource(
    new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize,
      maxBatchingWindow: Duration.seconds(gatherSeconds),
      maxRecordAge: Duration.hours(23),
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(undelivered),
    }),
  );
  return undelivered;
}
