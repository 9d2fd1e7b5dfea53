import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { documentsBucketName } from '../../contracts/names.ts';
import { explain } from '../checks/explain.ts';
import type { Deployment } from '../countersign.ts';

/** How long a change of a document can be taken back. */
const REPLACED_VERSIONS_KEPT_DAYS = 365;

/** The sample's documents: what the `documents` tools work on. Stands for a bucket of yours. */
export class DocumentsStack extends Stack {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { prefix }: Deployment) {
    super(scope, id, { description: 'countersign: documents of the sample' });
    this.bucket = new Bucket(this, 'Documents', {
      bucketName: documentsBucketName(prefix, { account: this.account, region: this.region }),
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(REPLACED_VERSIONS_KEPT_DAYS) }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    explain(
      this.bucket,
      'AwsSolutions-S1',
      'every call is in the ledger, and each version names its run; a bucket of yours has its own logs',
    );
  }
}
