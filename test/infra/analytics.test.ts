import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { savedQueries } from '../../infra/saved-queries.ts';
import { settingsOf } from '../../infra/settings.ts';
import { readable, statements } from './permissions.ts';
import { CONTEXT, ofType, type Resource, type Synthesized, synthesized } from './synthesized.ts';

const deployment = synthesized({ auditScanGigabytes: 7 });

function only(type: string, from: Synthesized = deployment): Resource['Properties'] {
  const found = ofType(from, type);
  assert.equal(found.length, 1, type);
  return found[0]?.[1].Properties;
}

test('every query has a limit of what it may read, which nobody can go without', () => {
  const { Name, WorkGroupConfiguration: configuration } = only('AWS::Athena::WorkGroup');
  assert.equal(Name, 'countersign-audit');
  assert.equal(configuration.EnforceWorkGroupConfiguration, true);
  assert.equal(configuration.BytesScannedCutoffPerQuery, 7_000_000_000);
  assert.equal(
    CONTEXT.auditScanGigabytes,
    100,
    'half a dollar a query at most, unless somebody says otherwise',
  );
});

for (const gigabytes of [0, 1.5, 100_001, 'all', '']) {
  test(`a limit of '${gigabytes}' gigabytes is refused`, () => {
    const app = new App({ context: { ...CONTEXT, auditScanGigabytes: gigabytes } });
    assert.throws(
      () => settingsOf(app),
      /context auditScanGigabytes '.*': expected whole gigabytes, 1 to 100000/,
    );
  });
}

test('results are encrypted, in a bucket of their own that is closed and forgets them in a week', () => {
  const { ResultConfiguration: result } = only('AWS::Athena::WorkGroup').WorkGroupConfiguration;
  assert.equal(readable(result.OutputLocation), 's3://QueryResults/');
  assert.deepEqual(result.EncryptionConfiguration, { EncryptionOption: 'SSE_S3' });
  const [, bucket] =
    ofType(deployment, 'AWS::S3::Bucket').find(([id]) => readable(id) === 'QueryResults') ?? [];
  const { BucketEncryption, LifecycleConfiguration, PublicAccessBlockConfiguration } =
    bucket?.Properties ?? {};
  const [encryption] = BucketEncryption.ServerSideEncryptionConfiguration;
  assert.equal(encryption.ServerSideEncryptionByDefault.SSEAlgorithm, 'AES256');
  assert.deepEqual(
    LifecycleConfiguration.Rules.map((rule: Record<string, unknown>) => [rule.ExpirationInDays, rule.Status]),
    [[7, 'Enabled']],
  );
  assert.deepEqual(Object.values(PublicAccessBlockConfiguration), [true, true, true, true]);
  const [, policy] =
    ofType(deployment, 'AWS::S3::BucketPolicy').find(([id]) =>
      readable(id).startsWith('QueryResultsPolicy'),
    ) ?? [];
  assert.deepEqual(
    statements(policy?.Properties.PolicyDocument).map(({ Effect, Condition }) => [Effect, Condition]),
    [['Deny', { Bool: { 'aws:SecureTransport': 'false' } }]],
  );
});

test('days are computed from the query, over the lines for sql of the audit bucket', () => {
  const { DatabaseName, TableInput } = only('AWS::Glue::Table');
  const { Parameters, PartitionKeys, StorageDescriptor } = TableInput;
  assert.deepEqual([DatabaseName, TableInput.Name], ['countersign_audit', 'events']);
  assert.deepEqual(
    PartitionKeys.map(({ Name, Type }: Record<string, unknown>) => [Name, Type]),
    [['dt', 'string']],
  );
  const projection = Object.entries<string>(Parameters).filter(([name]) => /^projection|^storage/.test(name));
  assert.deepEqual(Object.fromEntries(projection.map(([name, value]) => [name, readable(value)])), {
    'projection.enabled': 'true',
    'projection.dt.type': 'date',
    'projection.dt.format': 'yyyy-MM-dd',
    'projection.dt.range': '2026-01-01,NOW',
    'storage.location.template': ['s3://Audit/events/dt=$', '{dt}/'].join(''),
  });
  assert.equal(readable(StorageDescriptor.Location), 's3://Audit/events/');
  assert.equal(ofType(deployment, 'AWS::Glue::Crawler').length, 0);
});

test('every column has the name of its member, with its capitals, and no two columns one name', () => {
  const { Columns, SerdeInfo } = only('AWS::Glue::Table').TableInput.StorageDescriptor;
  const names: string[] = Columns.map(({ Name }: { Name: string }) => Name);
  assert.equal(SerdeInfo.SerializationLibrary, 'org.openx.data.jsonserde.JsonSerDe');
  assert.equal(SerdeInfo.Parameters['case.insensitive'], 'false');
  assert.equal(SerdeInfo.Parameters['mapping.cost_micro_dollars'], 'costMicroDollars');
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    Object.keys(SerdeInfo.Parameters)
      .filter((name) => name.startsWith('mapping.'))
      .sort(),
    names.map((name) => `mapping.${name}`).sort(),
  );
  assert.ok(names.every((name) => name === name.toLowerCase()));
});

test('each file of queries/ is saved as it is, in the workgroup', () => {
  const saved = ofType(deployment, 'AWS::Athena::NamedQuery').map(([, { Properties }]) => Properties);
  assert.ok(saved.length >= 12);
  assert.deepEqual(
    saved
      .map(({ Name, QueryString, Description, Database, WorkGroup }) => [
        Name,
        QueryString,
        Description,
        Database,
        WorkGroup,
      ])
      .sort(),
    savedQueries()
      .map(({ name, sql, answers }) => [name, sql, answers, 'countersign_audit', 'countersign-audit'])
      .sort(),
  );
});

test('an account that wants no sql has none of it, and the ledger does not know', () => {
  const without = synthesized({ analytics: false });
  const types = [...without.resources.values()].map(({ Type }) => Type);
  assert.deepEqual(
    types.filter((type) => /Athena|Glue/.test(type)),
    [],
  );
  assert.equal(without.stacks.has('countersign-analytics'), false);
  assert.equal(deployment.stacks.has('countersign-analytics'), true);
});
