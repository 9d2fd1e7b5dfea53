import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import type { SealDependencies } from './seal.ts';

/** A message with its attributes is at most a mebibyte, a record with both images nearly as long. */
const MAXIMUM_BODY_BYTES = 900_000;

/**
 * Keeps records that cannot be sealed in a queue that raises an alarm. The body of a message is what a stream delivers, for one record; of a
 * record that is too long only its keys, under which the ledger has it.
 */
export function recordsAside(sqs: Pick<SQSClient, 'send'>, QueueUrl: string): SealDependencies['putAside'] {
  return async (record, why) => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: bodyOf(record),
        MessageAttributes: { why: { DataType: 'String', StringValue: why.slice(0, MAXIMUM_WHY_LENGTH) } },
      }),
    );
  };
}

const MAXIMUM_WHY_LENGTH = 1000;

function bodyOf(record: DynamoDBRecord): string {
  const body = JSON.stringify({ Records: [record] });
  const keysAlone = { ...record, dynamodb: { Keys: record.dynamodb?.Keys } };
  return Buffer.byteLength(body) > MAXIMUM_BODY_BYTES ? JSON.stringify({ Records: [keysAlone] }) : body;
}
