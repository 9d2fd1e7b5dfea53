import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WARRANT_ATTRIBUTES_OF_EXECUTOR } from '../../contracts/tables.ts';
import { permissions, readable, rowOf, statements, trustOf } from './permissions.ts';
import { ofType, synthesized } from './synthesized.ts';

const deployment = synthesized();
const table = permissions(deployment);
const rowsWhere = (keep: (row: (typeof table)[number]) => boolean) => table.filter(keep).map(rowOf);

test('every right of every role is one that somebody has reviewed', () => {
  const reviewed = readFileSync(join(import.meta.dirname, 'permissions.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  assert.deepEqual(table.map(rowOf), reviewed, 'review the difference, then change permissions.txt');
});

test('no role has its rights anywhere else than in the table', () => {
  for (const [id, { Properties }] of ofType(deployment, 'AWS::IAM::Role')) {
    assert.equal(Properties.Policies, undefined, id);
    assert.equal(Properties.ManagedPolicyArns, undefined, id);
  }
});

test('only authorize can put a warrant', () => {
  const rows = rowsWhere(
    ({ action, resource }) => resource === 'Warrants' && /PutItem|BatchWrite|PartiQL/.test(action),
  );
  assert.deepEqual(rows, ['AuthorizeRole | Allow | dynamodb:PutItem | Warrants']);
});

test('only executors can update a warrant, and only what does not say what the call is', () => {
  const rows = rowsWhere(
    ({ action, resource }) => resource === 'Warrants' && action === 'dynamodb:UpdateItem',
  );
  assert.deepEqual(rows, [
    'ExecuteretailRole | Allow | dynamodb:UpdateItem | Warrants | dynamodb:Attributes, dynamodb:ReturnValues',
  ]);
  const [, policy] =
    ofType(deployment, 'AWS::IAM::Policy').find(([id]) => readable(id).startsWith('ExecuteretailRole')) ?? [];
  const update = statements(policy?.Properties.PolicyDocument).find(
    ({ Condition }) => Condition !== undefined,
  );
  const conditions = update?.Condition as Record<string, Record<string, string[]>>;
  assert.deepEqual(conditions['ForAllValues:StringEquals']?.['dynamodb:Attributes'], [
    ...WARRANT_ATTRIBUTES_OF_EXECUTOR,
  ]);
  for (const attribute of [
    'digest',
    'proposal',
    'resource',
    'holdMicroDollars',
    'agent',
    'user',
    'policies',
  ]) {
    assert.ok(!(WARRANT_ATTRIBUTES_OF_EXECUTOR as readonly string[]).includes(attribute), attribute);
  }
});

test('authorize can become no role and invoke no function', () => {
  assert.deepEqual(
    rowsWhere(({ role, action }) => role === 'AuthorizeRole' && /^(sts|lambda|iam|states):/.test(action)),
    [],
  );
});

test('authorize reads facts and writes none', () => {
  const facts = table.filter(
    ({ role, resource }) => role === 'AuthorizeRole' && /^(customers|orders|products)/.test(resource),
  );
  assert.ok(facts.length > 0);
  assert.deepEqual([...new Set(facts.map(({ action }) => action))].sort(), [
    'dynamodb:GetItem',
    'dynamodb:Query',
  ]);
});

test('only executors can become an agent', () => {
  const roles = new Set(table.filter(({ action }) => action === 'sts:AssumeRole').map(({ role }) => role));
  assert.deepEqual([...roles], ['ExecuteretailRole']);
});

test('an agent trusts its executor only, with a run as source identity and every tag', () => {
  for (const { Principal, Condition } of trustOf(deployment, 'Agent')) {
    const { AWS } = Principal as { AWS: unknown };
    assert.deepEqual([AWS].flat().map(readable), ['ExecuteretailRole']);
    assert.deepEqual(Condition, {
      StringLike: { 'sts:SourceIdentity': 'run-*' },
      StringEquals: { 'aws:RequestTag/agent': 'retail-support' },
      Null: Object.fromEntries(
        ['run', 'workflow', 'agent', 'tool', 'tenant'].map((tag) => [`aws:RequestTag/${tag}`, 'false']),
      ),
    });
  }
});

test('every right of an agent is limited to the keys of its own tenant', () => {
  assert.deepEqual(
    rowsWhere(({ role, conditions }) => role === 'Agent' && conditions !== 'dynamodb:LeadingKeys'),
    [],
  );
});

test('an agent can never reach the control plane, whatever it is granted later', () => {
  const [boundary] = ofType(deployment, 'AWS::IAM::ManagedPolicy');
  const { PolicyDocument } = boundary?.[1].Properties ?? {};
  const deny = statements(PolicyDocument).find(({ Effect }) => Effect === 'Deny');
  const resources = [deny?.Resource].flat().map(readable);
  for (const name of ['Runs', 'Warrants', 'Events', 'Approvals', 'Audit/*', 'Transcripts/*']) {
    assert.ok(resources.includes(name), `${name} among ${resources.join(', ')}`);
  }
});

test('an executor touches no tool table under its own name', () => {
  assert.deepEqual(
    rowsWhere(
      ({ role, resource }) => role === 'ExecuteretailRole' && /shop|customers|orders|products/.test(resource),
    ),
    [],
  );
});

test('events are only ever added', () => {
  const actions = new Set(table.filter(({ resource }) => resource === 'Events').map(({ action }) => action));
  assert.deepEqual([...actions].sort(), ['dynamodb:PutItem', 'dynamodb:Query']);
});

test('no role can delete anything', () => {
  const deletes = rowsWhere(({ action }) => /Delete/.test(action));
  assert.deepEqual(deletes, [
    'GovernedCallRole | Allow | logs:DeleteLogDelivery | *',
    'MachineRole | Allow | logs:DeleteLogDelivery | *',
  ]);
});

test('only seal writes to the audit bucket, and it can only put', () => {
  const rows = rowsWhere(({ resource }) => resource.startsWith('Audit'));
  assert.deepEqual(rows, ['SealRole | Allow | s3:PutObject | Audit/events/*']);
});
