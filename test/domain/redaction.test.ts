import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PERSONAL_DATA, type PersonalData, SECRETS, type Secret } from '../../domain/redaction/kinds.ts';
import { RULES, redact, redactText } from '../../domain/redaction/redact.ts';
import { type Case, expectedOf, textOf } from './redaction-corpus/case.ts';
import { HARMLESS } from './redaction-corpus/harmless.ts';
import { PERSONAL_DATA_CASES } from './redaction-corpus/personal-data.ts';
import { SECRET_CASES } from './redaction-corpus/secrets.ts';

/** Kinds that are always looked for. */
type Kind = Secret | PersonalData;

const CASES: Readonly<Record<Kind, readonly Case[]>> = { ...SECRET_CASES, ...PERSONAL_DATA_CASES };
const KINDS = Object.keys(CASES) as Kind[];

/** A short name that shows no secret. */
function titleOf(example: Case, index: number): string {
  return `${index + 1}: ${JSON.stringify(example.replaceAll(/«[^»]*»/g, '«»').slice(0, 60))}`;
}

for (const kind of KINDS) {
  suite(`${kind} goes from`, () => {
    for (const [index, example] of CASES[kind].entries()) {
      test(titleOf(example, index), () => {
        assert.equal(redactText(textOf(example)).value, expectedOf(example, kind));
      });
    }
  });
}

suite('nothing goes from', () => {
  for (const [index, text] of HARMLESS.entries()) {
    test(titleOf(text, index), () => {
      assert.deepEqual(redactText(text), { value: text, found: {} });
    });
  }
});

test('precision and recall over the corpus are 1 for each kind', (context) => {
  const counts = (kind: Kind, text: string) => redactText(text).found[kind] ?? 0;
  for (const kind of KINDS) {
    const own = CASES[kind].map((example) => {
      const wanted = example.split('«').length - 1;
      return { wanted, right: Math.min(wanted, counts(kind, textOf(example))) };
    });
    const everywhere = [...KINDS.flatMap((each) => CASES[each]).map(textOf), ...HARMLESS];
    const found = everywhere.reduce((sum, text) => sum + counts(kind, text), 0);
    const wanted = own.reduce((sum, each) => sum + each.wanted, 0);
    const right = own.reduce((sum, each) => sum + each.right, 0);
    const [precision, recall] = [right / found, right / wanted];
    context.diagnostic(`${kind}: ${wanted} wanted, precision ${precision}, recall ${recall}`);
    assert.deepEqual([kind, precision, recall], [kind, 1, 1]);
  }
  const all = KINDS.reduce((sum, kind) => sum + CASES[kind].length, HARMLESS.length);
  context.diagnostic(`${all} cases, ${HARMLESS.length} of them harmless`);
  assert.ok(all >= 150, `${all} cases`);
});

test('every kind has a rule and cases, and every kind is a secret or personal data', () => {
  assert.deepEqual([...KINDS].sort(), [...SECRETS, ...PERSONAL_DATA].sort());
  assert.deepEqual([...new Set(RULES.map(({ kind }) => kind))].sort(), [...KINDS].sort());
});

test('what a tool discloses stays, and nothing else of it', () => {
  const text = 'lena@example.com, 4242 4242 4242 4242, password: lena@example.com';
  assert.deepEqual(redactText(text, { discloses: ['email'] }), {
    value: 'lena@example.com, [redacted: payment_card], password: [redacted: secret]',
    found: { payment_card: 1, secret: 1 },
  });
});

test('a secret cannot be disclosed', () => {
  const discloses = [...SECRETS, ...PERSONAL_DATA] as never;
  for (const kind of SECRETS) {
    for (const example of CASES[kind]) {
      assert.ok((redactText(textOf(example), { discloses }).found[kind] ?? 0) > 0, example);
    }
  }
});

suite('a value', () => {
  test('keeps its shape, and names of members are searched too', () => {
    const value = { list: ['a', { 'lena@example.com': 1 }], n: 4242424242424242, m: 42, b: true, z: null };
    assert.deepEqual(redact(value), {
      value: {
        list: ['a', { '[redacted: email]': 1 }],
        n: '[redacted: payment_card]',
        m: 42,
        b: true,
        z: null,
      },
      found: { email: 1, payment_card: 1 },
    });
  });

  test('loses no member when names become the same', () => {
    const { value } = redact({ 'a@example.com': 1, 'b@example.com': 2, 'c@example.com': 3 });
    assert.deepEqual(Object.values(value as object), [1, 2, 3]);
  });

  test('of a member that every object has is a member like others', () => {
    const value = JSON.parse('{"__proto__":{"password":"x1"},"constructor":"y"}');
    assert.equal(
      JSON.stringify(redact(value).value),
      '{"__proto__":{"password":"[redacted: secret]"},"constructor":"y"}',
    );
  });

  test('is a text where it was JSON in a text, and still reads as JSON', () => {
    const inner = JSON.stringify({ user: 'lena', password: 'a"b\\c', mail: 'lena@example.com' });
    const { value } = redact({ body: inner });
    assert.deepEqual(JSON.parse((value as { body: string }).body), {
      user: 'lena',
      password: '[redacted: secret]',
      mail: '[redacted: email]',
    });
  });
});

/** Member, value, and the kind it is by its name; undefined for none. */
const NAMED: readonly (readonly [string, unknown, Kind | undefined])[] = [
  ['password', 'x', 'secret'],
  ['Password', 'x', 'secret'],
  ['userPassword', 'x', 'secret'],
  ['password_hash', '$2b$10$abc', 'secret'],
  ['client_secret', 'x', 'secret'],
  ['clientSecret', 'x', 'secret'],
  ['Authorization', 'x', 'secret'],
  ['x-api-key', 'x', 'secret'],
  ['apiKey', 'x', 'secret'],
  ['SecretAccessKey', 'x', 'secret'],
  ['SessionToken', 'x', 'secret'],
  ['access_token', 'x', 'secret'],
  ['set-cookie', 'x', 'secret'],
  ['pass\u200bword', 'x', 'secret'],
  ['password', 12345, 'secret'],
  ['pin', '1234', 'secret'],
  ['pin', 'top left', undefined],
  ['password', '', undefined],
  ['password', null, undefined],
  ['password', true, undefined],
  ['next_token', 'x', undefined],
  ['nextPageToken', 'x', undefined],
  ['max_tokens', 5, undefined],
  ['secret_name', 'x', undefined],
  ['token_type', 'Bearer', undefined],
  ['key', 'x', undefined],
  ['phone', '9523456873', 'phone'],
  ['phoneNumber', 2125550123, 'phone'],
  ['smartphone', '9523456873', undefined],
  ['phone', 'Pixel 8', undefined],
  ['cvv', '123', 'payment_card'],
  ['card_number', '1234567812345678', 'payment_card'],
  ['ssn', '123456789', 'national_id'],
  ['tax_id', 'DE123456788', 'national_id'],
  ['passport_number', 'C01X00T47', 'national_id'],
];

suite('a member', () => {
  for (const [name, value, kind] of NAMED) {
    const shown = JSON.stringify(value);
    test(`${JSON.stringify(name)} of ${shown} is ${kind ?? 'nothing'} by its name`, () => {
      const expected = kind === undefined ? value : `[redacted: ${kind}]`;
      assert.deepEqual(redact({ [name]: value }), {
        value: { [name]: expected },
        found: kind === undefined ? {} : { [kind]: 1 },
      });
    });
  }

  test('named like a secret hides all that is in it', () => {
    assert.deepEqual(redact({ credentials: { user: 'a', list: ['b', 1, true, null] } }).value, {
      credentials: {
        user: '[redacted: secret]',
        list: ['[redacted: secret]', '[redacted: secret]', true, null],
      },
    });
  });

  test('with a list says of each value what its name says', () => {
    assert.deepEqual(redact({ phone: ['2125550123', 'none'] }).value, {
      phone: ['[redacted: phone]', 'none'],
    });
  });
});
