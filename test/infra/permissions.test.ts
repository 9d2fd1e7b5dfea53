import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  EVENTS,
  HELD_TIME_TO_LIVE,
  WARRANT_ATTRIBUTES_OF_EXECUTOR,
  WARRANT_ATTRIBUTES_OF_PEOPLE,
  WARRANTS,
} from '../../contracts/tables.ts';
import { permissions, readable, rowOf, statements, trustOf } from './permissions.ts';
import { ofType, synthesized } from './synthesized.ts';

const deployment = synthesized();
const table = permissions(deployment);
const EXECUTORS = [
  'ExecutedeskRole',
  'ExecutedocumentsRole',
  'ExecuteerpRole',
  'ExecutehelpdeskRole',
  'ExecuteloyaltyRole',
  'ExecuteopsRole',
  'ExecuteretailRole',
  'ExecutestockRole',
];
/** Roles of agents, each with the executors of its tools. */
const AGENTS = {
  'helpdesk-triage/Agent': ['ExecutehelpdeskRole'],
  'invoice-reconciliation/Agent': ['ExecuteerpRole'],
  'operations/Agent': ['ExecuteopsRole'],
  'refund-desk/Agent': ['ExecutedeskRole'],
  'retail-support/Agent': ['ExecuteretailRole'],
  'store-operations/Agent': ['ExecutedocumentsRole', 'ExecuteloyaltyRole', 'ExecutestockRole'],
};
/** Of agents that have another name than their workflow. */
const AGENT_NAMES: Readonly<Record<string, string>> = { 'store-operations/Agent': 'store-operator' };
const isAgent = (role: string) => role.endsWith('/Agent');
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

/** Of those that are no executors. */
const WARRANT_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  ApiRole: WARRANT_ATTRIBUTES_OF_PEOPLE,
  HoldRunRole: [WARRANTS.partitionKey, WARRANTS.sortKey, WARRANTS.timeToLive, HELD_TIME_TO_LIVE],
};

test('only executors, the api and what holds it can update a warrant, and only what does not say what the call is', () => {
  const rows = rowsWhere(
    ({ action, resource }) => resource === 'Warrants' && action === 'dynamodb:UpdateItem',
  );
  const right = 'Allow | dynamodb:UpdateItem | Warrants | dynamodb:Attributes, dynamodb:ReturnValues';
  assert.deepEqual(
    rows,
    ['ApiRole', ...EXECUTORS, 'HoldRunRole'].map((role) => `${role} | ${right}`),
  );
  for (const role of ['ApiRole', ...EXECUTORS, 'HoldRunRole']) {
    const [, policy] =
      ofType(deployment, 'AWS::IAM::Policy').find(([id]) => readable(id).startsWith(role)) ?? [];
    const update = statements(policy?.Properties.PolicyDocument).find(
      ({ Condition, Resource }) =>
        Condition !== undefined && [Resource].flat().map(readable).includes('Warrants'),
    );
    const conditions = update?.Condition as Record<string, Record<string, string[]>>;
    assert.deepEqual(
      conditions['ForAllValues:StringEquals']?.['dynamodb:Attributes'],
      [...(WARRANT_ATTRIBUTES[role] ?? WARRANT_ATTRIBUTES_OF_EXECUTOR)],
      role,
    );
  }
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
    assert.ok(!(WARRANT_ATTRIBUTES_OF_PEOPLE as readonly string[]).includes(attribute), attribute);
  }
});

test('what a person says of a call can make no warrant usable, and an executor cannot say it', () => {
  for (const attribute of ['state', 'outcome', 'attempt', 'deadline', 'expiresAt']) {
    assert.ok(!(WARRANT_ATTRIBUTES_OF_PEOPLE as readonly string[]).includes(attribute), attribute);
  }
  assert.ok(!(WARRANT_ATTRIBUTES_OF_EXECUTOR as readonly string[]).includes('settled'));
});

test('only the api writes break-glass, and authorize reads it', () => {
  assert.deepEqual(
    rowsWhere(({ resource }) => resource === 'BreakGlass'),
    [
      'ApiRole | Allow | dynamodb:GetItem | BreakGlass',
      'ApiRole | Allow | dynamodb:PutItem | BreakGlass',
      'ApiRole | Allow | dynamodb:Query | BreakGlass',
      'ApiRole | Allow | dynamodb:UpdateItem | BreakGlass',
      'AuthorizeRole | Allow | dynamodb:ConditionCheckItem | BreakGlass',
      'AuthorizeRole | Allow | dynamodb:Query | BreakGlass',
    ],
  );
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
  assert.deepEqual(
    rowsWhere(({ role, action }) => role === 'AuthorizeRole' && action.startsWith('s3:')),
    [
      'AuthorizeRole | Allow | s3:GetObject | Documents/*',
      'AuthorizeRole | Allow | s3:ListBucket | Documents',
    ],
  );
});

test('only executors can become an agent', () => {
  const roles = new Set(table.filter(({ action }) => action === 'sts:AssumeRole').map(({ role }) => role));
  assert.deepEqual([...roles], EXECUTORS);
});

for (const [agent, executors] of Object.entries(AGENTS)) {
  test(`${agent} trusts the executor of its tools only, with a run as source identity and every tag`, () => {
    const fromARun = { StringLike: { 'sts:SourceIdentity': 'run-*' } };
    const tagged = {
      StringEquals: { 'aws:RequestTag/agent': AGENT_NAMES[agent] ?? agent.split('/')[0] },
      Null: Object.fromEntries(
        ['run', 'workflow', 'agent', 'tool', 'tenant'].map((tag) => [`aws:RequestTag/${tag}`, 'false']),
      ),
    };
    const trust = trustOf(deployment, agent);
    for (const { Principal } of trust) {
      const { AWS } = Principal as { AWS: unknown };
      assert.deepEqual([AWS].flat().map(readable), executors);
    }
    const conditions = trust.map(({ Action, Condition }) => [Action, Condition]);
    assert.deepEqual(Object.fromEntries(conditions), {
      'sts:AssumeRole': { ...fromARun, ...tagged },
      'sts:SetSourceIdentity': fromARun,
      'sts:TagSession': tagged,
    });
  });
}

test('every right of an agent to items is limited to the keys of its own tenant', () => {
  const items = table.filter(({ role, action }) => isAgent(role) && action.startsWith('dynamodb:'));
  assert.ok(items.length > 0);
  assert.deepEqual(items.filter(({ conditions }) => conditions !== 'dynamodb:LeadingKeys').map(rowOf), []);
});

test('every right of an agent to documents is limited to those of its own tenant', () => {
  const bucket = 'arn:<Partition>:s3:::countersign-documents-<AccountId>-<Region>';
  const objects = `${bucket}/${['$', '{aws:PrincipalTag/tenant}'].join('')}/*`;
  assert.deepEqual(
    rowsWhere(({ role, action }) => isAgent(role) && action.startsWith('s3:')),
    [
      ...['DeleteObject', 'GetObject', 'GetObjectVersion'].map(
        (action) => `store-operations/Agent | Allow | s3:${action} | ${objects}`,
      ),
      `store-operations/Agent | Allow | s3:ListBucketVersions | ${bucket} | s3:prefix`,
      `store-operations/Agent | Allow | s3:PutObject | ${objects}`,
    ],
  );
});

test('an agent reads the secrets and invokes the functions that its tools declare, each by its name', () => {
  const secrets = 'arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret';
  assert.deepEqual(
    rowsWhere(({ role, action }) => isAgent(role) && !/^(dynamodb|s3):/.test(action)),
    [
      `helpdesk-triage/Agent | Allow | secretsmanager:GetSecretValue | ${secrets}:countersign/helpdesk/api-token-??????`,
      'store-operations/Agent | Allow | lambda:InvokeFunction | arn:<Partition>:lambda:<Region>:<AccountId>:function:countersign-shop-loyalty',
      `store-operations/Agent | Allow | secretsmanager:GetSecretValue | ${secrets}:countersign/stock/api-token-??????`,
    ],
  );
});

test('nobody but an agent reads a secret, but for those of the Slack app', () => {
  assert.deepEqual(
    rowsWhere(({ role, action }) => !isAgent(role) && action.startsWith('secretsmanager:')),
    [
      'SlackInteractionsRole | Allow | secretsmanager:GetSecretValue | Slackbottoken',
      'SlackInteractionsRole | Allow | secretsmanager:GetSecretValue | Slacksigningsecret',
      'TellPeopleRole | Allow | secretsmanager:GetSecretValue | Slackbottoken',
    ],
  );
});

test('an agent can never reach the control plane, whatever it is granted later', () => {
  const boundaries = ofType(deployment, 'AWS::IAM::ManagedPolicy').filter(
    ([id]) => readable(id) !== 'Auditor',
  );
  assert.equal(boundaries.length, Object.keys(AGENTS).length);
  for (const [id, { Properties }] of boundaries) {
    const deny = statements(Properties.PolicyDocument).find(({ Effect }) => Effect === 'Deny');
    const resources = [deny?.Resource].flat().map(readable);
    for (const name of [
      'Runs',
      'Warrants',
      'Events',
      'Approvals',
      'BreakGlass',
      'Limits',
      'Provenance',
      'Cache',
      'Audit/*',
      'Transcripts/*',
    ]) {
      assert.ok(resources.includes(name), `${id}: ${name} among ${resources.join(', ')}`);
    }
  }
});

test('an executor touches no tool table under its own name', () => {
  assert.deepEqual(
    rowsWhere(
      ({ role, resource }) =>
        EXECUTORS.includes(role) &&
        /shop|customers|orders|products|tickets|vendors|invoices|journal|services/.test(resource),
    ),
    [],
  );
});

test('only authorize reads limits, and executors update those of their own tools only', () => {
  assert.deepEqual(
    rowsWhere(({ resource }) => resource === 'Limits'),
    [
      ...['BatchGetItem', 'GetItem', 'UpdateItem'].map(
        (action) => `AuthorizeRole | Allow | dynamodb:${action} | Limits`,
      ),
      ...EXECUTORS.map((role) => `${role} | Allow | dynamodb:UpdateItem | Limits | dynamodb:LeadingKeys`),
    ],
  );
});

test('executors cache what their own tools answer, plan what models do, and nobody forgets or scans', () => {
  const limited = (role: string, actions: readonly string[]) =>
    actions.map((action) => `${role} | Allow | dynamodb:${action} | Cache | dynamodb:LeadingKeys`);
  assert.deepEqual(
    rowsWhere(({ resource }) => resource === 'Cache'),
    [
      ...EXECUTORS.flatMap((role) => limited(role, ['BatchGetItem', 'PutItem', 'UpdateItem'])),
      ...limited('PlanRole', ['GetItem', 'PutItem']),
    ],
  );
});

test('events are only ever added, and of an event nobody changes more than when it goes', () => {
  const ofEvents = table.filter(({ resource }) => resource === 'Events');
  const others = ofEvents.filter(({ role }) => role !== 'HoldRunRole').map(({ action }) => action);
  assert.deepEqual([...new Set(others)].sort(), ['dynamodb:PutItem', 'dynamodb:Query']);
  const [, policy] =
    ofType(deployment, 'AWS::IAM::Policy').find(([id]) => readable(id).startsWith('HoldRunRole')) ?? [];
  const changes = statements(policy?.Properties.PolicyDocument).filter(
    ({ Action, Resource }) =>
      [Action].flat().includes('dynamodb:UpdateItem') && [Resource].flat().map(readable).includes('Events'),
  );
  const conditions = changes.map(({ Condition }) => Condition as Record<string, Record<string, string[]>>);
  assert.deepEqual(
    conditions.map((each) => each['ForAllValues:StringEquals']?.['dynamodb:Attributes']),
    [[EVENTS.partitionKey, EVENTS.sortKey, EVENTS.timeToLive, HELD_TIME_TO_LIVE]],
  );
});

test('no role can delete anything of the log or any event; what erases people alone deletes of the ledger, and an agent may hide a document', () => {
  const deletes = rowsWhere(({ role, action }) => /Delete/.test(action) && !isAgent(role));
  const ofAgents = table.filter(({ role, action }) => /Delete/.test(action) && isAgent(role));
  // the right to delete a version is another, and no agent has it
  assert.deepEqual(
    ofAgents.map(({ role, action }) => `${role} ${action}`),
    ['store-operations/Agent s3:DeleteObject'],
  );
  assert.deepEqual(deletes, [
    'ErasePersonRole | Allow | dynamodb:DeleteItem | Approvals',
    'ErasePersonRole | Allow | dynamodb:DeleteItem | Provenance',
    // of erasures that are over
    'ErasePersonRole | Allow | dynamodb:DeleteItem | Runs | dynamodb:LeadingKeys',
    'ErasePersonRole | Allow | dynamodb:DeleteItem | Warrants',
    'ErasePersonRole | Allow | s3:DeleteObject | Transcripts/transcripts/*',
    'ErasePersonRole | Allow | s3:DeleteObjectVersion | Transcripts/transcripts/*',
    'GovernedCallRole | Allow | logs:DeleteLogDelivery | *',
    ...[
      'helpdesk-triage',
      'invoice-reconciliation',
      'operations',
      'refund-desk',
      'retail-support',
      'store-operations',
    ].map((workflow) => `${workflow}/MachineRole | Allow | logs:DeleteLogDelivery | *`),
  ]);
});

test('batches are put by seal alone, all else in the audit bucket by checkpoint alone; the api reads hashes, auditors lines for sql', () => {
  const puts = rowsWhere(
    ({ resource, action }) => resource.startsWith('Audit/') && action !== 's3:GetObject',
  );
  assert.deepEqual(puts, [
    ...['checkpoint', 'checkpoints/*', 'events/*', 'rounds/*', 'tile/*'].map(
      (name) => `CheckpointRole | Allow | s3:PutObject | Audit/${name}`,
    ),
    'SealRole | Allow | s3:PutObject | Audit/batches/*',
    'SealRole | Allow | s3:PutObject | Audit/bundles/*',
  ]);
  const readers = table.filter(({ resource }) => /^Audit(\/|$)/.test(resource)).map(({ role }) => role);
  assert.deepEqual([...new Set(readers)], ['ApiRole', 'Auditor', 'CheckpointRole', 'SealRole']);
  assert.deepEqual(
    rowsWhere(({ role, resource }) => role === 'Auditor' && /^Audit(\/|$)/.test(resource)),
    [
      'Auditor | Allow | s3:GetBucketLocation | Audit',
      'Auditor | Allow | s3:GetObject | Audit/events/*',
      'Auditor | Allow | s3:ListBucket | Audit | s3:prefix',
    ],
  );
  assert.deepEqual(
    rowsWhere(({ role, resource }) => role === 'ApiRole' && /^(Audit(\/|Key|$)|Log$)/.test(resource)),
    [
      'ApiRole | Allow | dynamodb:Query | Log | dynamodb:LeadingKeys',
      'ApiRole | Allow | kms:GetPublicKey | AuditKey',
      'ApiRole | Allow | s3:GetObject | Audit/checkpoint',
      'ApiRole | Allow | s3:GetObject | Audit/tile/?/*',
      'ApiRole | Allow | s3:ListBucket | Audit',
    ],
  );
});

test('checkpoint alone signs for the log', () => {
  const signs = rowsWhere(({ action }) => /^kms:(Sign|\*)/.test(action));
  assert.deepEqual(signs, ['CheckpointRole | Allow | kms:Sign | AuditKey']);
});
