import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { CfnTable } from 'aws-cdk-lib/aws-glue';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { auditDatabase, auditWorkgroup } from '../../contracts/saved-queries.ts';
import { explain } from '../checks/explain.ts';
import { auditorPolicy } from '../constructs/auditor-policy.ts';
import { eventTable } from '../constructs/event-table.ts';
import type { Deployment } from '../countersign.ts';
import { savedQueries } from '../saved-queries.ts';
import type { LedgerStack } from './ledger-stack.ts';

export interface AnalyticsStackProps extends Deployment {
  readonly ledger: LedgerStack;
}

/** Results can be made again from the log for as long as that is kept. */
const RESULTS_KEPT_DAYS = 7;
const UNFINISHED_UPLOADS_KEPT_DAYS = 1;

const BYTES_PER_GIGABYTE = 1_000_000_000;

/** SQL over the audit log, for auditors. Holds nothing that cannot be made again, and can be taken down at any time. */
export class AnalyticsStack extends Stack {
  constructor(scope: Construct, id: string, { prefix, auditScanGigabytes, ledger }: AnalyticsStackProps) {
    super(scope, id, { description: 'countersign: sql over the audit log' });
    const { auditBucket } = ledger;
    const table = eventTable(this, prefix, auditBucket);
    const resultsBucket = this.results();
    const workgroup = this.workgroup(prefix, auditScanGigabytes, resultsBucket);
    this.saveQueries(prefix, workgroup, table);
    auditorPolicy(this, prefix, { auditBucket, resultsBucket });
  }

  private results(): Bucket {
    const bucket = new Bucket(this, 'QueryResults', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [
        {
          expiration: Duration.days(RESULTS_KEPT_DAYS),
          abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_UPLOADS_KEPT_DAYS),
        },
      ],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    explain(bucket, 'AwsSolutions-S1', 'copies that go within days; who asked what is in CloudTrail');
    return bucket;
  }

  /** Enforced, so that nobody's client can put results elsewhere or go without the limit. */
  private workgroup(prefix: string, scanGigabytes: number, results: Bucket): CfnWorkGroup {
    return new CfnWorkGroup(this, 'AuditWorkgroup', {
      name: auditWorkgroup(prefix),
      description: 'countersign: questions of the audit log',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        bytesScannedCutoffPerQuery: scanGigabytes * BYTES_PER_GIGABYTE,
        publishCloudWatchMetricsEnabled: true,
        requesterPaysEnabled: false,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${results.bucketName}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }

  private saveQueries(prefix: string, workgroup: CfnWorkGroup, table: CfnTable): void {
    for (const { name, answers, sql } of savedQueries()) {
      const saved = new CfnNamedQuery(this, `Query-${name}`, {
        name,
        description: answers,
        database: auditDatabase(prefix),
        queryString: sql,
        workGroup: auditWorkgroup(prefix),
      });
      saved.addResourceDependency(workgroup);
      saved.addResourceDependency(table);
    }
  }
}
