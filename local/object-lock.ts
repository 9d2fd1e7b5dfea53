import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
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
 * Locks the audit bucket as the deployed template says. MiniStack's CloudFormation creates the bucket but passes over
 * its Object Lock, which its S3 knows and enforces.
 *
 * @param cloudAssembly - folder that `cdk deploy` has written its templates to
 */
export async function lockAuditBucket(
  endpoint: string,
  cloudAssembly: string,
  bucket: string,
): Promise<void> {
  const retention = readdirSync(cloudAssembly)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => JSON.parse(readFileSync(join(cloudAssembly, name), 'utf8')) as Template)
    .flatMap(({ Resources }) => Object.values(Resources))
    .find(({ Properties }) => Properties?.ObjectLockConfiguration !== undefined)
    ?.Properties?.ObjectLockConfiguration;
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  await s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket: bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: retention?.Rule?.DefaultRetention },
      },
    }),
  );
}
