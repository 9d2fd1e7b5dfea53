import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { CallResult, RunRef } from '../contracts/call.ts';
import { transcriptFolder } from '../contracts/names.ts';
import type { Transcript } from '../functions/adapters/transcripts.ts';
import { localClient } from './aws.ts';

/** Last result of every call of a run, in the order in which they were proposed. */
export type RunResults = (run: RunRef) => Promise<readonly CallResult[]>;

/** Results are people's data: they are in the transcript of a run, not in its events. */
export async function resultsReader(endpoint: string): Promise<RunResults> {
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const Bucket = Buckets.find(({ Name }) => Name?.includes('transcripts'))?.Name;
  return async ({ tenant, runId }) => {
    // a folder for each number of days that transcripts are kept
    const { CommonPrefixes = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: transcriptFolder(undefined), Delimiter: '/' }),
    );
    const lists = await Promise.all(
      CommonPrefixes.map(({ Prefix = '' }) =>
        s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${Prefix}${tenant}/${runId}/` })),
      ),
    );
    const last = lists
      .flatMap(({ Contents = [] }) => Contents.map(({ Key = '' }) => Key))
      .sort()
      .at(-1);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: last }));
    const { turns } = JSON.parse((await Body?.transformToString()) ?? '') as Transcript;
    return turns.flatMap(({ results }) => results);
  };
}
