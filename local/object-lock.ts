import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListBucketsCommand, PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { localClient } from './aws.ts';

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: BucketProperties }>
  >;
}

interface BucketProperties {
  readonly ObjectLockConfiguration?: {
    readonly Rule?: {
      readonly DefaultRetention?: { readonly Mode?: 'COMPLIANCE' | 'GOVERNANCE'; readonly Days?: number };
    };
  };
}

/**
 * Locks the audit bucket as the deployed template says, and lets objects of the transcripts be held. MiniStack's CloudFormation creates the bucket but passes over
 * its Object Lock, which its S3 knows and enforces.
 *
 * @param cloudAssembly - folder that `cdk deploy` has written its templates to
 */
export async function lockBuckets(endpoint: string, cloudAssembly: string, bucket: string): Promise<void> {
  const retention = readdirSync(cloudAssembly)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => JSON.parse(readFileSync(join(cloudAssembly, name), 'utf8')) as Template)
    .flatMap(({ Resources }) => Object.values(Resources))
    .find(({ Properties }) => Properties?.ObjectLockConfiguration?.Rule !== undefined)
    ?.Properties?.ObjectLockConfiguration;
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  const locked = { [bucket]: { Rule: { DefaultRetention: retention?.Rule?.DefaultRetention } } };
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const transcripts = Buckets.flatMap(({ Name = '' }) => (Name.includes('transcripts') ? [Name] : []));
  for (const name of [bucket, ...transcripts]) {
    await s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket: name,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...locked[name] },
      }),
    );
  }
}
