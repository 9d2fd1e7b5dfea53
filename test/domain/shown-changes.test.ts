import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../domain/redaction/redact.ts';
import type { Preview } from '../../domain/tool/preview.ts';
import { previewMatch, shownPreview } from '../../domain/tool/shown-changes.ts';
import { DIGEST_KEY } from '../support/digest-key.ts';

const STATUS = { field: 'status', from: 'pending', to: 'cancelled' };
const REASON = { field: 'cancel_reason', to: 'ordered by mistake' };
const BALANCE = { field: 'balance', from: 10, to: 12.5 };
const PREVIEW: Preview = {
  changes: [
    { effect: 'orders/W1', ...STATUS },
    { effect: 'orders/W1', ...REASON },
    { effect: 'customers/lena', ...BALANCE },
  ],
};

const KEYED = { digestKey: DIGEST_KEY };

function shown(output: unknown) {
  const preview = shownPreview(output, DIGEST_KEY);
  return 'error' in preview ? assert.fail(preview.error) : preview;
}

test('people are shown the changes by effect, in the order of the preview', () => {
  const { changes, digest } = shown(PREVIEW);
  assert.deepEqual(changes, { 'orders/W1': [STATUS, REASON], 'customers/lena': [BALANCE] });
  assert.match(digest, /^[0-9a-f]{64}$/);
});

test('the order in which changes are listed makes no other digest, anything else does', () => {
  const { digest } = shown(PREVIEW);
  assert.equal(shown({ changes: PREVIEW.changes.toReversed() }).digest, digest);
  const [first, ...rest] = PREVIEW.changes;
  const others: readonly unknown[] = [
    rest,
    [...PREVIEW.changes, first],
    [{ ...first, effect: 'orders/W2' }, ...rest],
    [{ ...first, field: 'state' }, ...rest],
    [{ ...first, from: 'open' }, ...rest],
    [{ ...first, to: undefined }, ...rest],
  ];
  const digests = others.map((changes) => shown({ changes }).digest);
  assert.equal(new Set([digest, ...digests]).size, others.length + 1);
});

test('nothing that changes is shown as nothing', () => {
  assert.deepEqual(shown({ changes: [] }).changes, {});
});

test('what is no preview is not shown', () => {
  for (const output of [undefined, null, 'x', { changes: [STATUS] }, { changes: [], more: 1 }]) {
    assert.deepEqual(shownPreview(output, DIGEST_KEY), {
      error: 'the preview gave no answer that can be shown',
    });
  }
});

test('of too many changes none is shown, and it is said how many there are', () => {
  const changesOf = (length: number) => ({
    changes: [...PREVIEW.changes, { effect: 'orders/W1', field: 'note', to: 'x'.repeat(length) }],
  });
  const spare = 30_000 - JSON.stringify(shown(changesOf(0)).changes).length;
  assert.equal(JSON.stringify(shown(changesOf(spare)).changes).length, 30_000);
  assert.deepEqual(shownPreview(changesOf(spare + 1), DIGEST_KEY), {
    error: 'there are 4 changes of 30001 bytes, at most 30000 bytes are shown',
  });
  const wide = { changes: [{ effect: 'a/b', field: 'c', to: 'ü'.repeat(15_000) }] };
  assert.ok('error' in shownPreview(wide, DIGEST_KEY));
});

const made = { 'customers/lena': [BALANCE], 'orders/W1': [REASON, STATUS] };

test('a write that changes what was shown is as shown, and no other is', () => {
  const { digest: shownDigest } = shown(PREVIEW);
  const match = (changes: Parameters<typeof previewMatch>[0]['changes']) =>
    previewMatch({ ...KEYED, shownDigest, changes, redaction: {} });
  assert.equal(match(made), 'as_shown');
  assert.equal(match({}), 'otherwise');
  assert.equal(match({ ...made, 'orders/W1': [STATUS] }), 'otherwise');
  assert.equal(match({ ...made, 'orders/W2': [STATUS] }), 'otherwise');
  assert.equal(match({ ...made, 'customers/lena': [{ ...BALANCE, from: 11 }] }), 'otherwise');
});

test('what was redacted before people saw it is compared as they saw it', () => {
  const change = { field: 'note', from: 'write to lena@example.com', to: 'call 4111 1111 1111 1111' };
  const changes = { 'customers/lena@example.com': [change] };
  const output = { changes: [{ effect: 'customers/lena@example.com', ...change }] };
  for (const redaction of [{}, { discloses: ['email'] as const }]) {
    const answered = redact(output, redaction).value;
    assert.notDeepEqual(answered, output);
    const { digest: shownDigest } = shown(answered);
    assert.equal(previewMatch({ ...KEYED, shownDigest, changes, redaction }), 'as_shown');
    const other = { 'customers/lena@example.com': [{ ...change, to: 'call them' }] };
    assert.equal(previewMatch({ ...KEYED, shownDigest, changes: other, redaction }), 'otherwise');
  }
});

test('what JSON leaves out was not shown either', () => {
  const { digest: shownDigest } = shown({ changes: [{ effect: 'a/b', field: 'c', to: { d: 1 } }] });
  const changes = { 'a/b': [{ field: 'c', from: undefined, to: { d: 1, e: undefined } }] };
  assert.equal(previewMatch({ ...KEYED, shownDigest, changes, redaction: {} }), 'as_shown');
});
