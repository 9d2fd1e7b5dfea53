import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readable, statements } from './permissions.ts';
import { ofType, synthesized } from './synthesized.ts';

const deployment = synthesized();

test('audit objects are locked in compliance mode from the moment they are written', () => {
  const [, bucket] = ofType(deployment, 'AWS::S3::Bucket').find(([id]) => readable(id) === 'Audit') ?? [];
  assert.equal(bucket?.Properties.ObjectLockEnabled, true);
  assert.deepEqual(bucket?.Properties.ObjectLockConfiguration, {
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 365 } },
  });
  assert.deepEqual(bucket?.Properties.VersioningConfiguration, { Status: 'Enabled' });
});

test('nobody may delete from the audit bucket or shorten its lock', () => {
  const [, policy] =
    ofType(deployment, 'AWS::S3::BucketPolicy').find(([id]) => readable(id).startsWith('AuditPolicy')) ?? [];
  const deny = statements(policy?.Properties.PolicyDocument).find(
    ({ Sid }) => Sid === 'NobodyChangesTheLog',
  ) as
    | { Effect: string; Action: string[]; Principal: unknown; Condition?: unknown; Resource: unknown[] }
    | undefined;
  assert.equal(deny?.Effect, 'Deny');
  assert.deepEqual(deny?.Principal, { AWS: '*' });
  assert.equal(deny?.Condition, undefined, 'without exceptions');
  assert.deepEqual(deny?.Resource.map(readable), ['Audit', 'Audit/*']);
  for (const action of [
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:BypassGovernanceRetention',
    's3:PutObjectRetention',
    's3:PutBucketObjectLockConfiguration',
    's3:PutLifecycleConfiguration',
  ]) {
    assert.ok(deny?.Action.includes(action), action);
  }
});

test('the ledger outlives its stack', () => {
  for (const [id, resource] of ofType(deployment, 'AWS::DynamoDB::GlobalTable')) {
    const isLedger = ['Runs', 'Warrants', 'Events', 'Approvals'].includes(readable(id));
    assert.equal(resource.DeletionPolicy, isLedger ? 'Retain' : 'Delete', id);
    assert.equal(
      resource.Properties.Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled,
      true,
      id,
    );
    assert.equal(resource.Properties.Replicas[0].DeletionProtectionEnabled ?? false, isLedger, id);
  }
  for (const [id, resource] of ofType(deployment, 'AWS::S3::Bucket')) {
    assert.equal(resource.DeletionPolicy, 'Retain', id);
  }
});

test('transcripts are under a key of their own and gone after the days of the envelope', () => {
  const [, bucket] =
    ofType(deployment, 'AWS::S3::Bucket').find(([id]) => readable(id) === 'Transcripts') ?? [];
  const [encryption] = bucket?.Properties.BucketEncryption.ServerSideEncryptionConfiguration ?? [];
  assert.equal(readable(encryption.ServerSideEncryptionByDefault.KMSMasterKeyID), 'TranscriptsKey');
  assert.equal(bucket?.Properties.LifecycleConfiguration.Rules[0].ExpirationInDays, 30);
});

test('every route wants a caller that IAM has verified', () => {
  const routes = ofType(deployment, 'AWS::ApiGatewayV2::Route');
  assert.equal(routes.length, 6);
  for (const [id, { Properties }] of routes) {
    assert.equal(Properties.AuthorizationType, 'AWS_IAM', id);
  }
});

test('every function and every machine is traced', () => {
  for (const [id, { Properties }] of ofType(deployment, 'AWS::Lambda::Function')) {
    assert.deepEqual(Properties.TracingConfig, { Mode: 'Active' }, id);
  }
  for (const [id, { Properties }] of ofType(deployment, 'AWS::StepFunctions::StateMachine')) {
    assert.deepEqual(Properties.TracingConfiguration, { Enabled: true }, id);
    assert.equal(Properties.LoggingConfiguration.IncludeExecutionData, false, id);
  }
});

test('a run is a standard execution, a governed call an express one', () => {
  const types = ofType(deployment, 'AWS::StepFunctions::StateMachine').map(([, { Properties }]) => [
    Properties.StateMachineName,
    Properties.StateMachineType,
  ]);
  assert.deepEqual(Object.fromEntries(types), {
    'countersign-governed-call': 'EXPRESS',
    'countersign-retail-support': 'STANDARD',
  });
});

test('a record that cannot be delivered goes to a queue that keeps it for two weeks', () => {
  const followers = ofType(deployment, 'AWS::Lambda::EventSourceMapping');
  assert.equal(followers.length, 2);
  for (const [id, { Properties }] of followers) {
    assert.ok(Properties.DestinationConfig.OnFailure.Destination, id);
    assert.equal(Properties.StartingPosition, 'TRIM_HORIZON', id);
  }
  for (const [id, { Properties }] of ofType(deployment, 'AWS::SQS::Queue')) {
    assert.equal(Properties.MessageRetentionPeriod, 14 * 24 * 3600, id);
  }
});

test('recorded proposals are off unless a deployment turns them on', () => {
  for (const [id, { Properties }] of ofType(deployment, 'AWS::Lambda::Function')) {
    assert.equal(Properties.Environment.Variables.RECORDED_PROVIDER, undefined, id);
  }
});
