import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { ENV } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { canonicalJson } from '../../domain/call/canonical.ts';
import { keepOnce } from '../adapters/kept-bundle.ts';
import { deployedPolicyBundle } from '../adapters/policy-bundle.ts';
import { environment } from '../runtime/environment.ts';
import { lambdaHandler, telemetry, traced } from '../runtime/step.ts';
import { batchKey } from './batch-key.ts';

const s3 = traced(new S3Client({}));
const bucket = environment(ENV.auditBucket);
const keepBundle = keepOnce(s3, bucket, deployedPolicyBundle());

/**
 * Writes each batch of ledger events as one NDJSON object that nobody can change or remove. The key is made from the
 * batch itself, so a batch that is delivered again finds its object there and is done.
 *
 * @throws when S3 does not take the object; the stream delivers the batch again, and after its retries to the queue
 */
export const handler = lambdaHandler(async ({ Records }: DynamoDBStreamEvent): Promise<void> => {
  const events = Records.filter(({ eventName }) => eventName === 'INSERT').map(eventOf);
  const first = Records.find(({ eventName }) => eventName === 'INSERT');
  if (first === undefined) {
    return;
  }
  // what decided is in the log before what it decided
  await keepBundle();
  const body = `${events.map(canonicalJson).join('\n')}\n`;
  const key = batchKey(events, body);
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'application/x-ndjson',
        IfNoneMatch: '*',
        // S3 refuses a put to a bucket with Object Lock that brings no checksum
        ChecksumAlgorithm: 'SHA256',
      }),
    );
  } catch (error) {
    if (!(error instanceof S3ServiceException) || error.$metadata.httpStatusCode !== 412) {
      throw error;
    }
  }
  telemetry.count({ eventsSealed: events.length }, {}, { key });
});

function eventOf({ dynamodb }: DynamoDBRecord): LedgerEvent {
  const image = dynamodb?.NewImage;
  if (image === undefined) {
    throw new Error('stream record has no new image, the events table must stream NEW_IMAGE');
  }
  return unmarshall(image as Parameters<typeof unmarshall>[0]).event as LedgerEvent;
}
