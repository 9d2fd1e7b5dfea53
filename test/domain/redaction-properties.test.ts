import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { RULES, redact } from '../../domain/redaction/redact.ts';
import { retail } from '../../functions/tools/retail/definitions.ts';
import { textOf } from './redaction-corpus/case.ts';
import { HARMLESS } from './redaction-corpus/harmless.ts';
import { PERSONAL_DATA_CASES } from './redaction-corpus/personal-data.ts';
import { SECRET_CASES } from './redaction-corpus/secrets.ts';

const SENSITIVE = Object.values({ ...SECRET_CASES, ...PERSONAL_DATA_CASES })
  .flat()
  .map(textOf);
const GLUE = [' ', '', '\n', ', ', '"', '\\"', '@', ':', '=', '://', '-', '&', ';', '[', '\u200b', '%40'];
const NAMES = ['note', 'password', 'phone', 'items', 'lena@example.com', 'next_token', 'n'];

/** The same values in every run: a linear congruential generator (Numerical Recipes). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function textFrom(next: (below: number) => number, parts: readonly string[]): string {
  const length = 1 + next(5);
  return Array.from({ length }, () => {
    const part = parts[next(parts.length)] ?? '';
    // cut now and then, as systems do
    const shown = next(4) === 0 ? part.slice(next(part.length), part.length - next(4)) : part;
    return shown + (GLUE[next(GLUE.length)] ?? '');
  }).join('');
}

function valueFrom(next: (below: number) => number, parts: readonly string[], depth = 0): unknown {
  switch (next(depth < 3 ? 7 : 4)) {
    case 0:
      return [null, true, false, 4242424242424242, 42, -0.5][next(6)];
    case 4:
    case 5:
      return Object.fromEntries(
        Array.from({ length: next(4) }, () => [NAMES[next(NAMES.length)], valueFrom(next, parts, depth + 1)]),
      );
    case 6:
      return Array.from({ length: next(4) }, () => valueFrom(next, parts, depth + 1));
    default:
      return next(6) === 0 ? JSON.stringify({ inner: textFrom(next, parts) }) : textFrom(next, parts);
  }
}

/** Kinds of the leaves and lengths of the lists and objects, which redacting must not change but for cards. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(shapeOf);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).map(shapeOf);
  }
  return typeof value === 'number' || typeof value === 'string' ? 'text or number' : value;
}

const ROUNDS = 2000;

suite('of any value,', () => {
  test('redacting twice is redacting once, and finds nothing more', () => {
    const next = random(1);
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = valueFrom(next, [...SENSITIVE, ...HARMLESS]);
      const once = redact(value);
      assert.deepEqual(redact(once.value), { value: once.value, found: {} }, JSON.stringify(value));
    }
  });

  test('the shape stays', () => {
    const next = random(2);
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = valueFrom(next, SENSITIVE);
      assert.deepEqual(shapeOf(redact(value).value), shapeOf(value));
    }
  });

  test('what nothing is found in stays as it is, and every marker was counted', () => {
    const next = random(3);
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = valueFrom(next, [
        ...SENSITIVE,
        ...HARMLESS.filter((text) => !text.includes('[redacted')),
      ]);
      const redacted = redact(value);
      const count = Object.values(redacted.found).reduce((sum, each) => sum + each, 0);
      const markers = JSON.stringify(redacted.value).split('[redacted: ').length - 1;
      assert.equal(markers, count);
      if (count === 0) {
        assert.deepEqual(redacted.value, value);
      }
    }
  });

  test('a value in a text of harmless words is gone from all of the text', () => {
    const next = random(4);
    const secrets = [
      'AKIAIOSF'.concat('ODNN7EXAMPLE'),
      '4242424242424242',
      'lena@example.com',
      'DE89370400440532013000',
    ];
    for (let round = 0; round < ROUNDS; round += 1) {
      const secret = secrets[next(secrets.length)] ?? '';
      const words = () => textFrom(next, ['order', 'of', 'Lena', 'is', 'late']).replaceAll(/[^a-z ]/gi, ' ');
      const text = `${words()} ${secret} ${words()}`;
      assert.ok(!JSON.stringify(redact({ [text]: [text] }).value).includes(secret), text);
    }
  });
});

/** A repetition without an upper bound, outside of a class of characters. */
function unboundedRepetitions(source: string): readonly string[] {
  const withoutClasses = source.replaceAll(/\\./g, '_').replaceAll(/\[[^\]]*\]/g, '_');
  return withoutClasses.match(/[*+](?!\?<)|\{\d+,\}/g) ?? [];
}

suite('time for a text grows with its length:', () => {
  test('no pattern repeats anything without a bound', () => {
    assert.deepEqual(unboundedRepetitions('a+[*+]\\*b*c{2,}'), ['+', '*', '{2,}']);
    for (const { kind, pattern } of RULES) {
      assert.deepEqual([kind, unboundedRepetitions(pattern.source)], [kind, []], pattern.source);
    }
  });

  /** What each rule likes to begin with and never gets to the end of. */
  const HOSTILE = [
    'a',
    '1',
    '4 ',
    '42-',
    'a@',
    'a.',
    'a@a.',
    '-----BEGIN PRIVATE KEY-----',
    'eyJ',
    'eyJaaaaaaaaaa.',
    'password=',
    'password="',
    'is ',
    'http://a:',
    'a:',
    '1.',
    'DE89 ',
    'glpat-',
    '+1 ',
    'phone: ',
    'PuTTY-User-Key-File-2: ',
    'authorization: bearer ',
    'basic aaaaaaaa',
    'cookie: a=',
    '４',
    '4\u200b',
    '%41',
    '\\n',
    '\\',
    '[redacted: email]',
    `${'a'.repeat(40)} `,
  ];

  const SMALL = 2 ** 16;
  const GROWTH = 16;
  /** Four times what is expected; a quadratic pattern would need GROWTH times GROWTH. */
  const MOST_GROWTH = GROWTH * 4;
  /** Below this a process measures itself. */
  const NOISE_MICROSECONDS = 30_000;

  function processorMicroseconds(text: string): number {
    const before = process.cpuUsage();
    redact(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }

  test('a hostile text of 1 MB takes as much longer than one of 64 kB as it is longer', () => {
    for (const part of HOSTILE) {
      const of = (length: number) => part.repeat(Math.ceil(length / part.length));
      redact(of(SMALL));
      const small = Math.max(NOISE_MICROSECONDS, processorMicroseconds(of(SMALL)));
      const large = processorMicroseconds(of(SMALL * GROWTH));
      assert.ok(large < small * MOST_GROWTH, `${JSON.stringify(part)}: ${large} after ${small} microseconds`);
    }
  });
});

/** Third-party data beside the project: outputs that the shop's tools gave in recorded tasks. */
const TASKS = new URL('../../../shared/data/tau-retail.json', import.meta.url);
const skip = !existsSync(TASKS) && 'the benchmark data is not beside the project';

test('recorded outputs of the shop stay as they are under what its tools disclose', { skip }, () => {
  const { tasks } = JSON.parse(readFileSync(TASKS, 'utf8')) as {
    tasks: readonly { calls: readonly { tool: string; result: unknown; error?: string }[] }[];
  };
  let outputs = 0;
  for (const { tool, result, error } of tasks.flatMap(({ calls }) => calls)) {
    const definition = retail.tools.find(({ name }) => name === `retail.${tool}`);
    const discloses = definition && 'discloses' in definition ? definition.discloses : [];
    for (const value of [result, error]) {
      assert.deepEqual(redact(value, { discloses }), { value, found: {} }, tool);
    }
    outputs += 1;
  }
  assert.equal(outputs, 550);
});
