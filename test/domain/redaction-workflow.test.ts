import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedArguments } from '../../domain/audit/event.ts';
import { LONGEST_SEARCHED_TEXT, patternProblem } from '../../domain/redaction/patterns.ts';
import { redact } from '../../domain/redaction/redact.ts';
import { workflowRedaction } from '../../domain/redaction/workflow.ts';
import { DIGEST_KEY } from '../support/digest-key.ts';

const redaction = {
  withheld: ['email'],
  patterns: ['\\bACC-\\d{6}\\b', '(?i)project (?:falcon|heron)'],
} as const;

test('what a workflow looks for is redacted wherever it stands, as often as it stands there', () => {
  const { value, found } = redact(
    { note: 'ACC-123456 and ACC-654321, not ACC-12', deep: [{ about: 'PROJECT Falcon' }] },
    { redaction },
  );
  assert.deepEqual(value, {
    note: '[redacted: pattern] and [redacted: pattern], not ACC-12',
    deep: [{ about: '[redacted: pattern]' }],
  });
  assert.deepEqual(found, { pattern: 3 });
});

test('what a workflow withholds is redacted where a tool discloses it, and nowhere else', () => {
  const value = { to: 'ann@example.com', call: '+49 30 901820' };
  const discloses = ['email', 'phone'] as const;
  assert.deepEqual(redact(value, { discloses }).value, value);
  assert.deepEqual(redact(value, { discloses, redaction }).value, {
    to: '[redacted: email]',
    call: '+49 30 901820',
  });
});

test('a text that is too long to be searched for patterns goes whole', () => {
  const long = 'a'.repeat(LONGEST_SEARCHED_TEXT + 1);
  assert.equal(redact(long, { redaction }).value, '[redacted: pattern]');
  assert.equal(redact(long.slice(1), { redaction }).value, long.slice(1));
});

test('redacting twice is redacting once', () => {
  const once = redact('ACC-123456 ann@example.com', { redaction }).value;
  assert.equal(redact(once, { redaction }).value, once);
});

test('arguments that a workflow logs are shown as they are but for what it redacts, the others as digests', () => {
  const logged = loggedArguments(
    { loggedArguments: ['id'] },
    { id: 'o1', note: 'for ACC-123456', body: 'hello' },
    { digestKey: DIGEST_KEY, fields: ['note'], redaction },
  );
  assert.deepEqual([logged.id, logged.note], ['o1', 'for [redacted: pattern]']);
  assert.match(String(logged.body), /^hmac:/);
});

test('arguments of no known tool are digests, whatever a workflow logs', () => {
  const logging = { digestKey: DIGEST_KEY, fields: ['note'] };
  assert.match(String(loggedArguments(undefined, { note: 'x' }, logging).note), /^hmac:/);
});

const TAKEN = [
  '\\b\\d{3}-\\d{2}-\\d{4}\\b',
  'AC[0-9]+',
  '(?i)secret \\w{1,20}',
  '(?:ab){3}',
  '(?:a|b) c',
  '[\\]a]{2,4}',
];

for (const pattern of TAKEN) {
  test(`the pattern ${pattern} is taken`, () => {
    assert.equal(patternProblem(pattern), undefined);
  });
}

const REFUSED: Readonly<Record<string, RegExp>> = {
  '(a+)+b': /inside a repetition/,
  '(?:a|a)*b': /inside a repetition/,
  '((a?){9})': /inside a repetition/,
  '(?:x(?:a+)y)*': /inside a repetition/,
  '[^](?:a+)+]': /inside a repetition/,
  '(a)\\1': /refers back/,
  '(?<n>a)\\k<n>': /another kind/,
  '(?=a+)a+': /another kind/,
  '(?<!a)b': /another kind/,
  'a+b+c+d': /too many ways/,
  '.*.*x': /too many ways/,
  'a*': /empty text/,
  '(a': /./,
  '[z-a]': /./,
  '(*a)': /repetition of nothing/,
  ['a'.repeat(201)]: /201 characters/,
};

for (const [pattern, problem] of Object.entries(REFUSED)) {
  test(`the pattern ${pattern.slice(0, 30)} is refused`, () => {
    assert.match(patternProblem(pattern) ?? 'taken', problem);
  });
}

test('kinds may be called what teams call them', () => {
  assert.deepEqual(workflowRedaction(['Credit Card', 'ssn', 'e-mail', 'iban'], ['ip']).redaction, {
    withheld: ['payment_card', 'national_id', 'email', 'iban', 'ip_address'],
    patterns: [],
  });
  assert.equal(workflowRedaction([], false).redaction, undefined);
});
