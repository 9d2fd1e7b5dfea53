import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LOG_KEYS } from '../../contracts/log.ts';
import {
  auditDatabase,
  auditorPolicyName,
  auditWorkgroup,
  EVENTS_TABLE,
} from '../../contracts/saved-queries.ts';
import { explainWildcard } from '../checks/explain.ts';

interface Buckets {
  readonly auditBucket: IBucket;
  readonly resultsBucket: IBucket;
}

/**
 * What a person's role needs to ask in the workgroup, and nothing else: it reads the lines for SQL, not batches, tiles or
 * transcripts, and writes results. Athena reads with the rights of who asks, so whoever has it can also read those lines directly.
 */
export function auditorPolicy(
  scope: Construct,
  prefix: string,
  { auditBucket, resultsBucket }: Buckets,
): void {
  const stack = Stack.of(scope);
  const arn = (service: string, resource: string, resourceName?: string) =>
    stack.formatArn({
      ...{ service, resource },
      ...(resourceName === undefined ? { arnFormat: ArnFormat.NO_RESOURCE_NAME } : { resourceName }),
    });
  const catalog = arn('glue', 'catalog');
  const database = auditDatabase(prefix);
  // as the template will have it: cdk-nag sees the import, and not the bucket
  const events = `${Stack.of(auditBucket).exportValue(auditBucket.bucketArn)}/${LOG_KEYS.events}*`;
  const results = resultsBucket.arnForObjects('*');
  const policy = new ManagedPolicy(scope, 'Auditor', {
    managedPolicyName: auditorPolicyName(prefix),
    description: 'countersign: asks saved and own questions of the audit log, for a role of people',
    statements: [
      new PolicyStatement({
        sid: 'AskInTheWorkgroup',
        actions: [
          'athena:StartQueryExecution',
          'athena:StopQueryExecution',
          'athena:GetQueryExecution',
          'athena:GetQueryResults',
          'athena:GetWorkGroup',
          'athena:ListNamedQueries',
          'athena:BatchGetNamedQuery',
          'athena:GetNamedQuery',
        ],
        resources: [arn('athena', 'workgroup', auditWorkgroup(prefix))],
      }),
      new PolicyStatement({
        sid: 'FindTheDatabase',
        actions: ['glue:GetDatabase'],
        // Athena looks for the default one whatever is asked
        resources: [catalog, arn('glue', 'database', database), arn('glue', 'database', 'default')],
      }),
      new PolicyStatement({
        sid: 'ReadWhatTheTableIs',
        actions: ['glue:GetTable'],
        resources: [
          catalog,
          arn('glue', 'database', database),
          arn('glue', 'table', `${database}/${EVENTS_TABLE}`),
        ],
      }),
      new PolicyStatement({ sid: 'ReadEvents', actions: ['s3:GetObject'], resources: [events] }),
      new PolicyStatement({
        sid: 'ListEvents',
        actions: ['s3:ListBucket'],
        resources: [auditBucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': `${LOG_KEYS.events}*` } },
      }),
      new PolicyStatement({
        sid: 'FindBuckets',
        actions: ['s3:GetBucketLocation'],
        resources: [auditBucket.bucketArn, resultsBucket.bucketArn],
      }),
      new PolicyStatement({
        sid: 'KeepResults',
        actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        resources: [results],
      }),
    ],
  });
  explainWildcard(policy, events, 'an auditor reads every event; a day is in many objects');
  explainWildcard(policy, results, 'athena names results by ids of its own');
}
