import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { textOf } from '../../cli/log/batches.ts';
import { localClient } from '../../local/aws.ts';
import { endpoint } from './cloud.ts';

/** Keys and contents of all objects of some buckets; undefined while none of them names the run. */
export async function objectsAbout(
  runId: string,
  isWanted: (bucket: string) => boolean,
  isWantedKey: (key: string) => boolean = () => true,
): Promise<string | undefined> {
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const texts: string[] = [];
  for (const { Name: Bucket } of Buckets.filter(({ Name = '' }) => isWanted(Name))) {
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
      for (const { Key } of (page.Contents ?? []).filter(({ Key = '' }) => isWantedKey(Key))) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        texts.push(`${Key} ${textOf(Buffer.from((await Body?.transformToByteArray()) ?? []))}`);
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }
  const text = texts.join('\n');
  return text.includes(runId) ? text : undefined;
}

/** Every line of every function's log. */
export async function logText(): Promise<string> {
  const logs = new CloudWatchLogsClient(localClient(endpoint));
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  const found = await Promise.all(
    logGroups.map(({ logGroupName }) => logs.send(new FilterLogEventsCommand({ logGroupName }))),
  );
  return found
    .flatMap(({ events = [] }) => events)
    .map(({ message }) => message)
    .join('\n');
}
