import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { LOG_KEYS } from '../../contracts/log.ts';
import { OUTPUTS } from '../../contracts/names.ts';
import type { AwsServices } from '../connection.ts';
import { unreachableFailure } from '../failure.ts';
import { type Batch, textOf } from './batches.ts';

/** Objects that are asked for at the same time. */
const CONCURRENT_READS = 16;
/** Objects between two words on how far it is. */
const PROGRESS_EVERY = 200;

/**
 * Every batch of integrated events of some days in the audit bucket of a deployment, in order. Reads with the caller's own rights:
 * `cloudformation:DescribeStacks`, `s3:ListBucket` and `s3:GetObject`.
 *
 * @param days - such as `2026-10-22`
 * @throws CommandFailure with exit code 3 when the deployment or its bucket cannot be read
 */
export async function* auditBatches(
  { configuration, prefix }: AwsServices,
  days: readonly string[],
  progress: (text: string) => void,
): AsyncGenerator<Batch> {
  const s3 = new S3Client({ ...configuration, forcePathStyle: configuration.endpoint !== undefined });
  try {
    const bucket = await auditBucket(new CloudFormationClient(configuration), `${prefix}-ledger`);
    let read = 0;
    for (const [index, day] of days.entries()) {
      const keys = await keysOf(s3, bucket, day);
      for (let from = 0; from < keys.length; from += CONCURRENT_READS) {
        yield* await Promise.all(
          keys.slice(from, from + CONCURRENT_READS).map((key) => batchAt(s3, bucket, key)),
        );
        const before = read;
        read = before + Math.min(CONCURRENT_READS, keys.length - from);
        if (Math.floor(before / PROGRESS_EVERY) < Math.floor(read / PROGRESS_EVERY)) {
          progress(`read ${read} batches, day ${index + 1} of ${days.length}`);
        }
      }
    }
    progress(`read ${read} batches of ${days.length} days in ${bucket}`);
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'CommandFailure') {
      throw error;
    }
    throw unreachableFailure(
      `the audit log of ${prefix} cannot be read: ${message}; check --profile, --region and --prefix, or give a copy of the bucket`,
    );
  }
}

/** The text of one object. @throws as S3 does, or CommandFailure with exit code 3 when there is no such deployment */
export async function objectOfLog({ configuration, prefix }: AwsServices, key: string): Promise<string> {
  const s3 = new S3Client({ ...configuration, forcePathStyle: configuration.endpoint !== undefined });
  const bucket = await auditBucket(new CloudFormationClient(configuration), `${prefix}-ledger`);
  return (await batchAt(s3, bucket, key)).text;
}

async function auditBucket(cloudFormation: CloudFormationClient, stack: string): Promise<string> {
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
  const bucket = outputs.find(({ OutputKey }) => OutputKey === OUTPUTS.auditBucket)?.OutputValue;
  if (bucket === undefined) {
    throw unreachableFailure(`stack ${stack} has no output ${OUTPUTS.auditBucket}`);
  }
  return bucket;
}

async function keysOf(client: S3Client, Bucket: string, day: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket, Prefix: `${LOG_KEYS.events}dt=${day}/` },
  )) {
    keys.push(...Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
  }
  return keys.sort();
}

async function batchAt(s3: S3Client, bucket: string, key: string): Promise<Batch> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return { name: key, text: textOf(Buffer.from((await Body?.transformToByteArray()) ?? [])) };
}
