import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DAY_PARTITION, EVENTS_TABLE, savedQuery } from '../../contracts/saved-queries.ts';
import { PROJECT } from '../../infra/policy/paths.ts';
import { savedQueries } from '../../infra/saved-queries.ts';
import { trinoErrors } from '../support/trino.ts';

const errorsIn = await trinoErrors();
const queries = savedQueries();

/** Of one description or query, from Athena's API. */
const MAXIMUM_DESCRIPTION = 1024;

/** What comes before a place, without comments and texts, as words. */
function wordsBefore(sql: string, index: number): string[] {
  return sql
    .slice(0, index)
    .replaceAll(/--.*$|\/\*.*?\*\/|'[^']*'/gm, ' ')
    .toUpperCase()
    .split(/\s+/);
}

for (const { name, sql, answers, parameters } of queries) {
  test(`${name} is in Trino's grammar`, () => {
    assert.deepEqual(errorsIn(sql), []);
  });

  test(`${name} names the days of everything that it reads, and reads nothing twice`, () => {
    const reads = sql.match(new RegExp(`\\b(?:FROM|JOIN) ${EVENTS_TABLE}\\b`, 'g')) ?? [];
    const days = sql.match(
      new RegExp(`WHERE ${DAY_PARTITION} BETWEEN \\? /\\* since \\*/ AND \\? /\\* until \\*/`, 'g'),
    );
    // Trino carries out a part of WITH as often as it is named, and each time is a scan that is paid
    const parts = [...sql.matchAll(/(?:WITH|\),) (\w+) AS \(/g)].map(([, part]) => part);
    const used = parts.map((part) => sql.match(new RegExp(`\\b(?:FROM|JOIN) ${part}\\b`, 'g'))?.length);
    assert.deepEqual([reads.length, days?.length], [1, 1]);
    assert.deepEqual(
      used,
      parts.map(() => 1),
    );
  });

  test(`${name} may be limited to a tenant, and keeps tenants apart`, () => {
    assert.match(sql, /AND tenant = coalesce\(nullif\(\? \/\* tenant \*\/, ''\), tenant\)/);
    assert.equal(parameters.find((each) => each.name === 'tenant')?.isOptional, true);
    for (const [, keys = ''] of sql.matchAll(/(?:GROUP|PARTITION|ORDER) BY ([^\n]+)/g)) {
      assert.match(keys, /^tenant\b/, 'runs and approvals of two tenants may have one name');
    }
  });

  test(`${name} has its parameters where Athena takes them, in WHERE`, () => {
    for (const { index } of sql.matchAll(/\? \/\*/g)) {
      const clause = wordsBefore(sql, index).findLast((word) =>
        ['SELECT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER'].includes(word),
      );
      assert.equal(clause, 'WHERE');
    }
  });

  test(`${name} says what it answers in as much as Athena keeps`, () => {
    assert.match(answers, /^[A-Z].*\.$/);
    assert.ok(answers.length <= MAXIMUM_DESCRIPTION);
  });
}

test('docs/sql.md tells of every saved query, and of no other', () => {
  const told = readFileSync(join(PROJECT, 'docs', 'sql.md'), 'utf8').matchAll(/^### (\S+)$/gm);
  assert.deepEqual(
    [...told].map(([, name]) => name),
    queries.map(({ name }) => name),
  );
});

/** What somebody may have got wrong, in a query that is right otherwise. */
const MISTAKES: Readonly<Record<string, readonly [RegExp | string, string]>> = {
  'a misspelt keyword': [/SELECT/, 'SELEC'],
  'a clause in the wrong place': [/\nORDER BY/, '\nLIMIT 3 ORDER BY'],
  'a bracket that is not closed': [')', ''],
  'an operator of another dialect': ["= 'x'", "->> '$.x'"],
  'a reserved word as a name': ['"by"', 'by'],
  'a list without an end': ["('a', 'b')", "('a', 'b'"],
};
const RIGHT = `SELECT "by", max(leaf) FILTER (WHERE verdict = 'x') FROM events WHERE type IN ('a', 'b') GROUP BY "by"\nORDER BY "by"`;

test('the grammar takes a query that is right', () => {
  assert.deepEqual(errorsIn(RIGHT), []);
});

for (const [mistake, [right, wrong]] of Object.entries(MISTAKES)) {
  test(`the grammar refuses ${mistake}`, () => {
    const sql = RIGHT.replace(right, wrong);
    assert.notEqual(sql, RIGHT);
    assert.notDeepEqual(errorsIn(sql), []);
  });
}

const FILE =
  '-- What is there.\n-- @since first day\n-- @user  optional: one user\nSELECT 1 WHERE ? /* since */ = ? /* user */\n';

test('a file says what it answers, and which parameter each placeholder is', () => {
  assert.deepEqual(savedQuery('what-is-there.sql', FILE), {
    ...{ name: 'what-is-there', answers: 'What is there.', placeholders: ['since', 'user'], sql: FILE },
    parameters: [
      { name: 'since', about: 'first day', isOptional: false },
      { name: 'user', about: 'one user', isOptional: true },
    ],
  });
});

/** Files that are refused, and what is said. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['What.sql', FILE, /^What\.sql: expected a name such as/],
  ['a.sql', FILE.replace('-- What is there.\n', ''), /^a\.sql: no line that says what it answers$/],
  ['a.sql', FILE.replace(' /* user */', ''), /^a\.sql: a \? of '', no parameter; no \? takes @user$/],
  [
    'a.sql',
    FILE.replace('/* user */', '/* usr */'),
    /^a\.sql: a \? of 'usr', no parameter; no \? takes @user$/,
  ],
];
for (const [index, [file, text, message]] of REFUSED.entries()) {
  test(`a file that says something wrong of itself is refused (${index + 1})`, () => {
    assert.throws(() => savedQuery(file, text), { message });
  });
}
