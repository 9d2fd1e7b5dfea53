import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LOG_KEYS } from '../../contracts/log.ts';
import { logOrigin, OUTPUTS, transcriptFolder } from '../../contracts/names.ts';
import {
  APPROVALS,
  BREAK_GLASS,
  BUDGETS,
  CACHE,
  EVENTS,
  LIMITS,
  LOG,
  PROVENANCE,
  RUNS,
  WARRANTS,
} from '../../contracts/tables.ts';
import { transcriptDaysOf } from '../../domain/envelope/retention.ts';
import { explain } from '../checks/explain.ts';
import type { Deployment } from '../countersign.ts';

/** Kept when the stack is deleted, with point-in-time recovery, against deletion by hand too. */
const KEPT = {
  billing: Billing.onDemand(),
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

/** Everything that must not be lost: working records, the audit log, transcripts, keys. */
export class LedgerStack extends Stack {
  readonly runs: TableV2;
  readonly warrants: TableV2;
  readonly events: TableV2;
  readonly approvals: TableV2;
  readonly limits: TableV2;
  readonly breakGlass: TableV2;
  readonly provenance: TableV2;
  readonly budgets: TableV2;
  readonly cache: TableV2;
  readonly log: TableV2;
  readonly auditBucket: Bucket;
  /** Signs checkpoints of the log. */
  readonly auditKey: Key;
  readonly transcriptsBucket: Bucket;
  readonly tokenKey: Key;

  constructor(scope: Construct, id: string, { auditRetentionDays, bundle }: Deployment) {
    super(scope, id, {
      description: 'countersign: ledger, audit log and transcripts',
      terminationProtection: false,
    });
    const text = (name: string) => ({ name, type: AttributeType.STRING });

    const { unfinishedIndex } = RUNS;
    this.runs = new TableV2(this, 'Runs', {
      ...KEPT,
      partitionKey: text(RUNS.partitionKey),
      globalSecondaryIndexes: [
        {
          indexName: unfinishedIndex.name,
          partitionKey: text(unfinishedIndex.partitionKey),
          sortKey: text(unfinishedIndex.sortKey),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    const { unknownIndex } = WARRANTS;
    this.warrants = new TableV2(this, 'Warrants', {
      ...KEPT,
      partitionKey: text(WARRANTS.partitionKey),
      sortKey: text(WARRANTS.sortKey),
      timeToLiveAttribute: WARRANTS.timeToLive,
      globalSecondaryIndexes: [
        {
          indexName: unknownIndex.name,
          partitionKey: text(unknownIndex.partitionKey),
          sortKey: text(unknownIndex.sortKey),
          projectionType: ProjectionType.ALL,
        },
      ],
    });
    this.events = new TableV2(this, 'Events', {
      ...KEPT,
      partitionKey: text(EVENTS.partitionKey),
      sortKey: text(EVENTS.sortKey),
      timeToLiveAttribute: EVENTS.timeToLive,
      // the old image too: what leaves the ledger, or is changed in it, is seen
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    this.log = new TableV2(this, 'Log', {
      ...KEPT,
      partitionKey: text(LOG.partitionKey),
      sortKey: text(LOG.sortKey),
      timeToLiveAttribute: LOG.timeToLive,
    });
    const { waitingIndex, dueIndex } = APPROVALS;
    this.approvals = new TableV2(this, 'Approvals', {
      ...KEPT,
      partitionKey: text(APPROVALS.partitionKey),
      dynamoStream: StreamViewType.NEW_IMAGE,
      globalSecondaryIndexes: [
        {
          indexName: waitingIndex.name,
          partitionKey: text(waitingIndex.partitionKey),
          sortKey: text(waitingIndex.sortKey),
          projectionType: ProjectionType.ALL,
        },
        {
          indexName: dueIndex.name,
          partitionKey: text(dueIndex.partitionKey),
          sortKey: text(dueIndex.sortKey),
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
    this.tokenKey = new Key(this, 'TaskTokensKey', {
      description: 'countersign: task tokens of runs that wait for people',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });

    // nothing in it is worth keeping: a lost limit begins anew, and says so to nobody
    this.limits = new TableV2(this, 'Limits', {
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
      partitionKey: text(LIMITS.partitionKey),
      timeToLiveAttribute: LIMITS.timeToLive,
    });

    // not in the approvals: who asks people about calls must not be able to put privileged access
    this.breakGlass = new TableV2(this, 'BreakGlass', {
      ...KEPT,
      partitionKey: text(BREAK_GLASS.partitionKey),
      sortKey: text(BREAK_GLASS.sortKey),
      timeToLiveAttribute: BREAK_GLASS.timeToLive,
    });

    // a table of its own: what a person said must be put by nobody who runs tools
    this.provenance = new TableV2(this, 'Provenance', {
      ...KEPT,
      partitionKey: text(PROVENANCE.partitionKey),
      sortKey: text(PROVENANCE.sortKey),
      timeToLiveAttribute: PROVENANCE.timeToLive,
    });

    // a table of its own: what runs share is touched by those only who open, close and enlarge
    this.budgets = new TableV2(this, 'Budgets', {
      ...KEPT,
      partitionKey: text(BUDGETS.partitionKey),
      sortKey: text(BUDGETS.sortKey),
      timeToLiveAttribute: BUDGETS.timeToLive,
    });

    // what tools have answered is people's data: it goes with its seconds, and no backup has it for longer
    this.cache = new TableV2(this, 'Cache', {
      billing: Billing.onDemand(),
      removalPolicy: RemovalPolicy.DESTROY,
      partitionKey: text(CACHE.partitionKey),
      timeToLiveAttribute: CACHE.timeToLive,
    });
    explain(this.cache, 'AwsSolutions-DDB3', 'answers must not outlive their seconds in a backup');

    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(365) }],
    });
    explain(accessLogs, 'AwsSolutions-S1', 'this is the bucket that access logs go to');

    this.auditBucket = new Bucket(this, 'Audit', {
      ...PRIVATE,
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(auditRetentionDays)),
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'audit/',
    });
    for (const statement of [nobodyChangesTheLog, nobodyWritesOver, nobodyMovesTheCheckpointBlindly]) {
      this.auditBucket.addToResourcePolicy(statement(this.auditBucket));
    }
    this.auditKey = new Key(this, 'AuditKey', {
      description: 'countersign: checkpoints of the audit log',
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });

    const transcriptDays = [...new Set(Object.values(bundle.envelopes).flatMap(transcriptDaysOf))].sort(
      (left, right) => left - right,
    );
    this.transcriptsBucket = new Bucket(this, 'Transcripts', {
      ...PRIVATE,
      encryption: BucketEncryption.KMS,
      bucketKeyEnabled: true,
      encryptionKey: new Key(this, 'TranscriptsKey', {
        description: 'countersign: transcripts of runs',
        enableKeyRotation: true,
        removalPolicy: RemovalPolicy.RETAIN,
      }),
      lifecycleRules: [
        { expiration: Duration.days(Math.max(...transcriptDays)) },
        ...transcriptDays.map((days) => ({
          prefix: transcriptFolder(days),
          expiration: Duration.days(days),
        })),
      ],
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'transcripts/',
    });

    new CfnOutput(this, OUTPUTS.auditBucket, { value: this.auditBucket.bucketName });
    new CfnOutput(this, OUTPUTS.auditKey, { value: this.auditKey.keyArn });
    new CfnOutput(this, OUTPUTS.auditOrigin, {
      value: logOrigin(this.auditBucket.bucketName, this.region),
    });
  }
}

/** Compliance mode keeps versions whoever asks; this also keeps anybody from hiding them or shortening the lock. */
function nobodyChangesTheLog(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'NobodyChangesTheLog',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:BypassGovernanceRetention',
      's3:PutObjectRetention',
      's3:PutBucketObjectLockConfiguration',
      's3:PutBucketVersioning',
      's3:PutLifecycleConfiguration',
      's3:DeleteBucket',
      's3:ReplicateDelete',
    ],
    resources: [bucket.bucketArn, bucket.arnForObjects('*')],
  });
}

/** A second put under one key keeps the first as an older version, where few would look: S3 itself must refuse it. */
function nobodyWritesOver(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'NobodyWritesOver',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    notResources: [bucket.arnForObjects(LOG_KEYS.checkpoint)],
    conditions: { Null: { 's3:if-none-match': 'true' } },
  });
}

/** The latest checkpoint is written over every minute, and only by whoever has seen the one before. */
function nobodyMovesTheCheckpointBlindly(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'NobodyMovesTheCheckpointBlindly',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(LOG_KEYS.checkpoint)],
    conditions: { Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' } },
  });
}
