import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { filledIn, placesOf, type ResourceAccess } from '../../domain/tool/access.ts';
import { defineTool } from '../../domain/tool/definition.ts';
import { sessionPolicy } from '../../domain/tool/session-policy.ts';

const OBJECT = 'arn:{partition}:s3:::{prefix}-files-{account}-{region}/{tenant}/{name}';
const BUCKET = 'arn:{partition}:s3:::{prefix}-files';

function toolWith(access: ResourceAccess) {
  return defineTool({
    name: 'files.get_file',
    description: 'gets a file',
    input: z.strictObject({
      name: z.string(),
      kind: z.enum(['a', 'b']),
      note: z.string().optional(),
      size: z.int(),
      region: z.string(),
    }),
    output: z.string(),
    effect: 'read',
    tier: 0,
    resource: 'File',
    access: [access],
    maximumCostMicroDollars: 1,
    timeoutSeconds: 1,
    loggedArguments: [],
  });
}

function policyOf(access: ResourceAccess, given: Record<string, unknown> = { name: 'a.md' }) {
  const scope = { tenant: 'acme', arguments: given, resource: { type: 'File', id: 'x', attributes: {} } };
  return sessionPolicy(toolWith(access), scope, {
    places: { partition: 'aws-cn', region: 'cn-north-1', account: '111122223333', prefix: 'mine' },
    tableArn: assert.fail,
    secretArn: assert.fail,
  });
}

/** A declaration without the argument `region`, which is a place of the deployment. */
const read = (resource: string): ResourceAccess => ({ actions: ['s3:GetObject'], resource });
const FILES = read('arn:{partition}:s3:::{prefix}-files-{account}/{tenant}/{name}');

test('places are found in the order they come, and each is filled in', () => {
  assert.deepEqual(placesOf(OBJECT), ['partition', 'prefix', 'account', 'region', 'tenant', 'name']);
  assert.equal(
    filledIn('{a}/{b}/{a}', (place) => `<${place}>`),
    '<a>/<b>/<a>',
  );
  assert.deepEqual(placesOf('no places, not {even this}'), []);
});

test('a call reaches the one resource that its arguments name', () => {
  assert.deepEqual(policyOf(FILES), [
    {
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['arn:aws-cn:s3:::mine-files-111122223333/acme/a.md'],
    },
  ]);
});

/** What a model may have chosen, and how IAM writes these very characters. */
const variable = (inner: string) => ['$', `{${inner}}`].join('');
const ESCAPED: Readonly<Record<string, string>> = {
  '*': variable('*'),
  '?': variable('?'),
  $: variable('$'),
  'a*b?c': `a${variable('*')}b${variable('?')}c`,
  [variable('aws:username')]: `${variable('$')}{aws:username}`,
  [variable('*')]: `${variable('$')}{${variable('*')}}`,
  '{tenant}': '{tenant}',
  '../globex/a.md': '../globex/a.md',
  '"]': '"]',
};

for (const [name, escaped] of Object.entries(ESCAPED)) {
  test(`'${name}' in an argument stays these characters`, () => {
    assert.deepEqual(policyOf(FILES, { name })[0]?.Resource, [
      `arn:aws-cn:s3:::mine-files-111122223333/acme/${escaped}`,
    ]);
  });
}

const LISTING: ResourceAccess = {
  actions: ['s3:ListBucketVersions'],
  resource: BUCKET,
  conditions: { 's3:prefix': '{tenant}/{name}' },
};

test('a condition names exactly what the arguments do, and nothing in it is a pattern', () => {
  assert.deepEqual(policyOf(LISTING, { name: `*${variable('aws:username')}` }), [
    {
      Effect: 'Allow',
      Action: ['s3:ListBucketVersions'],
      Resource: ['arn:aws-cn:s3:::mine-files'],
      Condition: { StringEquals: { 's3:prefix': [`acme/*${variable('$')}{aws:username}`] } },
    },
  ]);
});

for (const value of [undefined, null, '', 5, {}, ['a']]) {
  test(`no credentials are asked for when an argument in an arn is ${JSON.stringify(value)}`, () => {
    assert.throws(() => policyOf(FILES, { name: value }), /\{name\} is .*expected text to put into an arn/);
  });
}

/** Declarations that could reach further than one call of one tenant, and why they are refused. */
const REFUSED: Readonly<Record<string, readonly [ResourceAccess, RegExp]>> = {
  'without actions': [{ ...FILES, actions: [] }, /action '\(none\)', expected actions in full/],
  'with every action of a service': [{ ...FILES, actions: ['s3:*'] }, /action 's3:\*'/],
  'with a pattern for an action': [{ ...FILES, actions: ['s3:Get*'] }, /action 's3:Get\*'/],
  'with every action': [{ ...FILES, actions: ['*'] }, /action '\*'/],
  'with an action without its service': [{ ...FILES, actions: ['GetObject'] }, /action 'GetObject'/],
  'with a second action that is none': [{ ...FILES, actions: ['s3:GetObject', 's3'] }, /action 's3'/],
  ...Object.fromEntries(
    [
      'iam:PassRole',
      'sts:AssumeRole',
      'kms:Decrypt',
      'states:StartExecution',
      'dynamodb:PutItem',
      'secretsmanager:GetSecretValue',
      'cloudformation:UpdateStack',
    ].map((action) => [
      `with ${action}`,
      [{ ...FILES, actions: [action] }, new RegExp(`'${action}' is of a service that is closed to tools`)],
    ]),
  ),
  'on everything': [read('*'), /resource '\*', expected arn:/],
  'on a pattern': [read('arn:{partition}:s3:::files/{tenant}/*'), /without wildcards/],
  'on a pattern of one character': [read('arn:{partition}:s3:::files/{tenant}/?'), /without wildcards/],
  'on a policy variable': [
    read(`arn:{partition}:s3:::files/{tenant}/${variable('aws:username')}`),
    /without wildcards/,
  ],
  'in a partition of its own': [read('arn:aws:s3:::files/{tenant}/{name}'), /expected arn:\{partition\}/],
  'on no resource': [read('arn:{partition}:s3:::'), /expected arn:/],
  'on any service': [read('arn:{partition}:{name}:::files/{tenant}'), /expected arn:/],
  'with a place that nothing fills': [
    read('arn:{partition}:s3:::files/{tenant}/{file}'),
    /has \{file\}, expected one of partition, region, account, prefix, tenant, name/,
  ],
  'with a place that every object has': [
    read('arn:{partition}:s3:::files/{tenant}/{constructor}'),
    /has \{constructor\}, expected one of/,
  ],
  'with a brace that is no place': [
    read('arn:{partition}:s3:::files/{tenant}/{file-name}'),
    /has a brace outside of a place/,
  ],
  'with an argument that may be missing': [
    read('arn:{partition}:s3:::files/{tenant}/{note}'),
    /has \{note\}, an argument of type optional, expected required text/,
  ],
  'with an argument that is no text': [
    read('arn:{partition}:s3:::files/{tenant}/{size}'),
    /has \{size\}, an argument of type int|number, expected required text/,
  ],
  'with an argument that is called as a place is': [
    read(OBJECT),
    /has \{region\}, which is an argument too, rename the argument/,
  ],
  'without the tenant': [
    read('arn:{partition}:s3:::files/{name}'),
    /expected either \{tenant\} in it or shared/,
  ],
  'shared, with the tenant': [
    { ...FILES, sharedByTenants: true },
    /expected either \{tenant\} in it or shared/,
  ],
  ...Object.fromEntries(
    ['{tenant}{name}', '{tenant}-{name}', '{tenant}x/{name}', '{name}{tenant}/x', 'x-{tenant}/{name}'].map(
      (key) => [
        `with '${key}', where a tenant may end as another`,
        [read(`arn:{partition}:s3:::files/${key}`), /between characters that no tenant has, such as '\/'/],
      ],
    ),
  ),
  'with a pattern in a condition': [
    { ...LISTING, conditions: { 's3:prefix': '{tenant}/*' } },
    /condition s3:prefix '\{tenant\}\/\*', expected/,
  ],
  'with a variable in a condition': [
    { ...LISTING, conditions: { 's3:prefix': `{tenant}/${variable('aws:userid')}` } },
    /condition s3:prefix .*without wildcards/,
  ],
  'with a condition on no key': [{ ...LISTING, conditions: { prefix: '{tenant}/' } }, /condition prefix/],
  'with a condition that names another place': [
    { ...LISTING, conditions: { 's3:prefix': '{tenant}/{file}' } },
    /has \{file\}, expected one of/,
  ],
  'with a condition that a longer tenant would meet': [
    { ...LISTING, conditions: { 's3:prefix': '{tenant}{name}' } },
    /between characters that no tenant has/,
  ],
  'with a condition but no tenant anywhere': [
    { ...LISTING, conditions: { 's3:prefix': '{name}' } },
    /expected either \{tenant\} in it or shared/,
  ],
};

for (const [title, [access, problem]] of Object.entries(REFUSED)) {
  test(`access ${title} is refused at load`, () => {
    assert.throws(() => toolWith(access), problem);
  });
}

test('access that names one thing of one tenant, or says that tenants share it, is taken', () => {
  for (const access of [
    FILES,
    LISTING,
    read('arn:{partition}:s3:::files/{tenant}'),
    read('arn:{partition}:s3:::files/{kind}/{tenant}/{name}'),
    { ...read('arn:{partition}:lambda:eu-west-1:{account}:function:{prefix}-rates'), sharedByTenants: true },
  ]) {
    assert.equal(toolWith(access).access[0], access);
  }
});
