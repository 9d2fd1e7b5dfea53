import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { ROUTES, SLACK_ROUTE } from '../../contracts/api.ts';
import { TURN_SECONDS } from '../../functions/tell-people/board.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { withDeploymentOrigins } from '../../infra/origins.ts';
import { settingsOf } from '../../infra/settings.ts';
import { readable, statements } from './permissions.ts';
import { CONTEXT, ofType, type Synthesized, synthesized } from './synthesized.ts';

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
    const isLedger = [
      'Runs',
      'Warrants',
      'Events',
      'Approvals',
      'BreakGlass',
      'Provenance',
      'Budgets',
      'Log',
    ].includes(readable(id));
    assert.equal(resource.DeletionPolicy, isLedger ? 'Retain' : 'Delete', id);
    assert.equal(
      resource.Properties.Replicas[0].PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false,
      // answers of tools must not outlive their seconds in a backup
      readable(id) !== 'Cache',
      id,
    );
    assert.equal(resource.Properties.Replicas[0].DeletionProtectionEnabled ?? false, isLedger, id);
  }
  for (const [id, resource] of ofType(deployment, 'AWS::S3::Bucket')) {
    assert.equal(resource.DeletionPolicy, readable(id) === 'Documents' ? 'Delete' : 'Retain', id);
  }
});

test('documents keep their versions, are encrypted and closed to the public and to plain http', () => {
  const [, bucket] = ofType(deployment, 'AWS::S3::Bucket').find(([id]) => readable(id) === 'Documents') ?? [];
  const { VersioningConfiguration, BucketEncryption, PublicAccessBlockConfiguration, BucketName } =
    bucket?.Properties ?? {};
  assert.equal(readable(BucketName), 'countersign-documents-<AccountId>-<Region>');
  assert.deepEqual(VersioningConfiguration, { Status: 'Enabled' });
  assert.equal(BucketEncryption.ServerSideEncryptionConfiguration.length, 1);
  assert.deepEqual(Object.values(PublicAccessBlockConfiguration), [true, true, true, true]);
  const [, policy] =
    ofType(deployment, 'AWS::S3::BucketPolicy').find(([id]) => readable(id).startsWith('DocumentsPolicy')) ??
    [];
  assert.deepEqual(
    statements(policy?.Properties.PolicyDocument).map(({ Effect, Condition }) => [Effect, Condition]),
    [['Deny', { Bool: { 'aws:SecureTransport': 'false' } }]],
  );
});

test('transcripts are under a key of their own and gone after the days of the envelope', () => {
  const [, bucket] =
    ofType(deployment, 'AWS::S3::Bucket').find(([id]) => readable(id) === 'Transcripts') ?? [];
  const [encryption] = bucket?.Properties.BucketEncryption.ServerSideEncryptionConfiguration ?? [];
  assert.equal(readable(encryption.ServerSideEncryptionByDefault.KMSMasterKeyID), 'TranscriptsKey');
  const rules: { ExpirationInDays: number; Prefix?: string }[] =
    bucket?.Properties.LifecycleConfiguration.Rules;
  assert.deepEqual(
    rules.map(({ ExpirationInDays: days, Prefix: folder }) => [folder, days]),
    [
      [undefined, 30],
      ['transcripts/30-days/', 30],
    ],
  );
});

test('every route but that of Slack wants a caller that IAM has verified', () => {
  const routes = ofType(deployment, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
  const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'AWS_IAM');
  assert.equal(routes.length - open.length, Object.keys(ROUTES).length);
  assert.deepEqual(
    open.map(({ RouteKey, AuthorizationType, ApiId }) => [RouteKey, AuthorizationType, readable(ApiId)]),
    [[SLACK_ROUTE, 'NONE', 'SlackApi']],
  );
  const beside = routes.filter(({ ApiId }) => readable(ApiId) === 'SlackApi');
  assert.equal(beside.length, 1, 'and it is alone in its API');
});

test('what is open to the world takes few requests a second, and logs no bodies', () => {
  const stages = ofType(deployment, 'AWS::ApiGatewayV2::Stage').map(([, { Properties }]) => Properties);
  const stage = stages.find(({ ApiId }) => readable(ApiId) === 'SlackApi');
  assert.deepEqual(stage?.DefaultRouteSettings, { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 });
  const logged = Object.values(JSON.parse(stage?.AccessLogSettings.Format));
  assert.deepEqual(
    logged.filter((each) => /body|header|querystring|payload/i.test(String(each))),
    [],
  );
});

test('without Slack nothing of this deployment is open to the world, and people are told all the same', () => {
  const closed = synthesized({ slack: false });
  assert.equal(teller(closed).Environment.Variables.SLACK_API_URL, undefined);
  for (const [id, { Properties }] of ofType(closed, 'AWS::ApiGatewayV2::Route')) {
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
    'countersign-helpdesk-triage': 'STANDARD',
    'countersign-invoice-reconciliation': 'STANDARD',
    'countersign-operations': 'STANDARD',
    'countersign-refund-desk': 'STANDARD',
    'countersign-retail-support': 'STANDARD',
    'countersign-store-operations': 'STANDARD',
  });
});

test('a record that cannot be delivered goes to a queue that keeps it for two weeks', () => {
  const followers = ofType(deployment, 'AWS::Lambda::EventSourceMapping');
  assert.equal(followers.length, 3);
  for (const [id, { Properties }] of followers) {
    assert.ok(Properties.DestinationConfig.OnFailure.Destination, id);
    assert.equal(Properties.StartingPosition, 'TRIM_HORIZON', id);
  }
  for (const [id, { Properties }] of ofType(deployment, 'AWS::SQS::Queue')) {
    assert.equal(Properties.MessageRetentionPeriod, 14 * 24 * 3600, id);
  }
});

test('no stream has more followers than DynamoDB advises, which is two', () => {
  const followers = ofType(deployment, 'AWS::Lambda::EventSourceMapping');
  const streams = Map.groupBy(followers, ([, { Properties }]) => JSON.stringify(Properties.EventSourceArn));
  for (const [stream, own] of streams) {
    assert.ok(own.length <= 2, stream);
  }
});

/** The function that tells people, as it is deployed. */
function teller(deployed: Synthesized) {
  const all = ofType(deployed, 'AWS::Lambda::Function');
  const found = all.find(([id]) => readable(id).startsWith('TellPeople'));
  return found?.[1].Properties ?? assert.fail('nobody tells people');
}

test('whoever tells people is told where Slack is, and is dead before somebody else takes their turn', () => {
  const { Environment, Timeout } = teller(deployment);
  assert.equal(Environment.Variables.SLACK_API_URL, 'https://slack.com/api/');
  assert.ok(Timeout < TURN_SECONDS);
});

test('what is due is looked for each minute, and the log is signed', () => {
  const rules = ofType(deployment, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);
  const due = rules.filter(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)');
  assert.deepEqual(
    due.map(({ Targets }) => readable(Targets[0].Arn)),
    ['CheckpointFunction', 'TellPeopleFunction'],
  );
});

test('recorded proposals are off unless a deployment turns them on', () => {
  for (const [id, { Properties }] of ofType(deployment, 'AWS::Lambda::Function')) {
    assert.equal(Properties.Environment.Variables.RECORDED_PROVIDER, undefined, id);
  }
});

test('tools reach no server on loopback, and no deployment but one to this machine can let them', () => {
  for (const [id, { Properties }] of ofType(deployment, 'AWS::Lambda::Function')) {
    assert.equal(Properties.Environment.Variables.LOOPBACK_DESTINATIONS, undefined, id);
  }
  const context = { ...CONTEXT, permitLoopbackDestinations: true };
  for (const AWS_ENDPOINT_URL of [
    undefined,
    '',
    'https://lambda.us-east-1.amazonaws.com',
    'http://10.0.0.1:80',
  ]) {
    assert.throws(
      () => settingsOf(new App({ context }), { AWS_ENDPOINT_URL }),
      /permitLoopbackDestinations is true, expected false/,
    );
  }
  const local = { AWS_ENDPOINT_URL: 'http://127.0.0.1:40001' };
  assert.equal(settingsOf(new App({ context }), local).permitLoopbackDestinations, true);
});

test('an executor is told the destinations of its tools, and those without any are told none', () => {
  const told = ofType(deployment, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const { TOOL_DESTINATIONS, POWERTOOLS_SERVICE_NAME } = Properties.Environment.Variables;
    return TOOL_DESTINATIONS === undefined ? [] : [[POWERTOOLS_SERVICE_NAME, JSON.parse(TOOL_DESTINATIONS)]];
  });
  assert.deepEqual(told, [
    [
      'tools-helpdesk',
      {
        'helpdesk.get_ticket': ['https://helpdesk.example'],
        'helpdesk.create_ticket': ['https://helpdesk.example'],
        'helpdesk.add_comment': ['https://helpdesk.example'],
        'helpdesk.redact_ticket': ['https://helpdesk.example'],
      },
    ],
    [
      'tools-stock',
      {
        'stock.check_stock': ['https://stock.example'],
        'stock.reserve_stock': ['https://stock.example'],
      },
    ],
  ]);
});

/** What the context may name as an origin, and why not. */
const BAD_ORIGINS: Record<string, readonly [unknown, RegExp]> = {
  'that is missing': [undefined, /context helpdeskOrigin: destination '': expected an origin/],
  'with a path': ['https://helpdesk.example/v1', /expected an origin/],
  'over plain http': ['http://helpdesk.example', /expected https/],
  'on loopback': ['https://127.0.0.1:8443', /expected a public address, this one is loopback/],
  'that stands for many': ['https://*.helpdesk.example', /expected one host/],
  'that names another': ['deployment:helpdesk', /expected an origin/],
};

for (const [title, [helpdeskOrigin, problem]] of Object.entries(BAD_ORIGINS)) {
  test(`an origin ${title} is no destination`, () => {
    const app = new App({ context: { ...CONTEXT, helpdeskOrigin } });
    assert.throws(() => withDeploymentOrigins(NAMESPACES, app, settingsOf(app)), problem);
  });
}

test('plain http is for loopback, where a deployment to this machine permits it', () => {
  const resolve = (helpdeskOrigin: string) => {
    const app = new App({ context: { ...CONTEXT, helpdeskOrigin, permitLoopbackDestinations: true } });
    const settings = settingsOf(app, { AWS_ENDPOINT_URL: 'http://127.0.0.1:40001' });
    return withDeploymentOrigins(NAMESPACES, app, settings);
  };
  const tools = resolve('http://127.0.0.1:8080').flatMap((namespace) => namespace.tools);
  const ticket = tools.find(({ name }) => name === 'helpdesk.get_ticket');
  assert.deepEqual(ticket?.destinations, ['http://127.0.0.1:8080']);
  assert.throws(() => resolve('http://helpdesk.example'), /expected https/);
  assert.throws(() => resolve('http://10.0.0.1'), /expected https/);
});

test('secrets are deployed without a value', () => {
  const secrets = ofType(deployment, 'AWS::SecretsManager::Secret').map(([, { Properties }]) => Properties);
  assert.deepEqual(
    secrets.map(({ Name, SecretString, GenerateSecretString }) => [Name, SecretString, GenerateSecretString]),
    [
      ['countersign/helpdesk/api-token', undefined, undefined],
      ['countersign/stock/api-token', undefined, undefined],
      ['countersign/slack-app/bot-token', undefined, undefined],
      ['countersign/slack-app/signing-secret', undefined, undefined],
    ],
  );
});

test("the sample shop's own function has ended when an attempt of its tools counts as over", () => {
  const [[, { Properties }] = assert.fail('no such function')] = ofType(
    deployment,
    'AWS::Lambda::Function',
  ).filter(([id]) => readable(id) === 'LoyaltyFunction');
  const tools = NAMESPACES.filter(({ name }) => name === 'loyalty').flatMap((namespace) => namespace.tools);
  assert.equal(tools.length, 2);
  for (const { name, timeoutSeconds } of tools) {
    assert.ok(Properties.Timeout < timeoutSeconds, name);
  }
});

test('the log is signed by an Ed25519 key that outlives its stack', () => {
  const [, key] =
    ofType(deployment, 'AWS::KMS::Key').find(([id]) => readable(id) === 'AuditKey') ?? assert.fail('no key');
  assert.deepEqual(
    [key.Properties.KeySpec, key.Properties.KeyUsage, key.DeletionPolicy],
    ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', 'Retain'],
  );
});

test('what leaves the ledger, or is changed in it, is seen by what seals it', () => {
  const [, events] =
    ofType(deployment, 'AWS::DynamoDB::GlobalTable').find(([id]) => readable(id) === 'Events') ??
    assert.fail();
  assert.equal(events.Properties.StreamSpecification.StreamViewType, 'NEW_AND_OLD_IMAGES');
  assert.deepEqual(events.Properties.TimeToLiveSpecification, { AttributeName: 'purgeAt', Enabled: true });
});

test('nothing that keeps an event out of the log goes unnoticed', () => {
  const alarms = ofType(deployment, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => {
    const [dimension] = Properties.Dimensions;
    const { MetricName, Threshold, TreatMissingData, ComparisonOperator } = Properties;
    assert.equal(ComparisonOperator, 'GreaterThanThreshold', id);
    return [readable(id), MetricName, readable(dimension.Value), Threshold, TreatMissingData];
  });
  assert.deepEqual(alarms, [
    ['SealUndeliveredAlarm', 'ApproximateNumberOfMessagesVisible', 'SealUndelivered', 0, 'notBreaching'],
    ['UnsealableAlarm', 'ApproximateNumberOfMessagesVisible', 'Unsealable', 0, 'notBreaching'],
    ['LogStandsStillAlarm', 'Errors', 'CheckpointFunction', 0, 'notBreaching'],
    ['LogLagsAlarm', 'LogLagSeconds', 'checkpoint', 600, 'breaching'],
  ]);
});

test('alarms go to the topic that a deployment names, and to nobody otherwise', () => {
  const actionsIn = (deployed: typeof deployment) =>
    ofType(deployed, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.AlarmActions ?? []);
  const alarmTopicArn = 'arn:aws:sns:eu-west-1:123456789012:on-call';
  const told = actionsIn(synthesized({ alarmTopicArn }));
  assert.ok(told.length > 0 && told.every(([topic]) => topic === alarmTopicArn), JSON.stringify(told));
  assert.ok(actionsIn(deployment).every(({ length }) => length === 0));
  assert.throws(
    () => synthesized({ alarmTopicArn: 'on-call' }),
    /context alarmTopicArn 'on-call': expected the arn/,
  );
});
