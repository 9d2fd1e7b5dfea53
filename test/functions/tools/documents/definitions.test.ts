import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isResourceAccess } from '../../../../domain/tool/access.ts';
import type { ToolDefinition } from '../../../../domain/tool/definition.ts';
import { documents } from '../../../../functions/tools/documents/definitions.ts';

const TOOLS: readonly ToolDefinition[] = documents.tools;

/** What each tool may do to the one document, reviewed line by line. */
const ACTIONS: Readonly<Record<string, string>> = {
  'documents.get_document': 'GetObject ListBucketVersions',
  'documents.put_document': 'GetObject GetObjectVersion ListBucketVersions PutObject',
  'documents.preview_put_document': 'GetObject GetObjectVersion ListBucketVersions',
  'documents.restore_document': 'DeleteObject GetObject GetObjectVersion ListBucketVersions PutObject',
  'documents.purge_document': 'DeleteObjectVersion ListBucketVersions',
};

test('the tools may do what was reviewed', () => {
  const found = TOOLS.map(({ name, access }) => {
    const actions = access.filter(isResourceAccess).flatMap((each) => each.actions);
    return [
      name,
      actions
        .map((action) => action.replace('s3:', ''))
        .sort()
        .join(' '),
    ];
  });
  assert.deepEqual(Object.fromEntries(found), ACTIONS);
});

test('every tool is about one document of one tenant', () => {
  const bucket = 'arn:{partition}:s3:::{prefix}-documents-{account}-{region}';
  for (const { name, access } of TOOLS) {
    for (const { resource, conditions } of access.filter(isResourceAccess)) {
      const isListing = conditions !== undefined;
      assert.equal(resource, isListing ? bucket : `${bucket}/{tenant}/{name}`, name);
      assert.deepEqual(conditions, isListing ? { 's3:prefix': '{tenant}/{name}' } : undefined, name);
    }
  }
});

/** What must not become part of a key. */
const BAD_NAMES = [
  '',
  '.md',
  'a',
  'a.pdf',
  'a.b.md',
  'a.md.json',
  'A.md',
  '../a.md',
  'globex/a.md',
  'a b.md',
  '*.md',
  '?.md',
  `${['$', '{aws:username}'].join('')}.md`,
  'a.md\n',
  '-a.md',
  `${'a'.repeat(62)}.md`,
];

for (const name of BAD_NAMES) {
  test(`${JSON.stringify(name)} is no name of a document`, () => {
    for (const { input } of TOOLS) {
      const others = { content: 'x', version: 'v1', expected_version: 'v1' };
      const given = Object.fromEntries(
        Object.entries({ name, ...others }).filter(([argument]) => argument in input.shape),
      );
      assert.equal(input.safeParse(given).success, false);
      assert.equal(input.safeParse({ ...given, name: 'opening-hours.md' }).success, true);
    }
  });
}

test('no name is the beginning of another, so that a listing by name is of one document', () => {
  const names = ['a.md', 'a.mdx', 'a.md-1', 'a.md.md', 'a.mdjson', 'a.md_'];
  const [first, ...longer] = names.map((name) => TOOLS[0]?.input.safeParse({ name }).success);
  assert.equal(first, true);
  assert.deepEqual(
    longer,
    longer.map(() => false),
  );
});

test('what documents say does not reach the log, their names and versions do', () => {
  const logged = new Set(TOOLS.flatMap((tool) => tool.loggedArguments));
  assert.deepEqual([...logged].sort(), ['expected_version', 'name', 'version']);
  assert.deepEqual(
    TOOLS.flatMap(({ loggedFields = [] }) => loggedFields),
    [],
  );
});

test('the tools have no tables', () => {
  assert.throws(() => documents.tableName('countersign', 'x'), /have no tables/);
});
