import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAXIMUM_RETRIEVED } from '../../../domain/audit/bounds.ts';
import { loggedRetrieval as keyedRetrieval } from '../../../domain/audit/retrieval.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';

const loggedRetrieval = (from: string, told: Parameters<typeof keyedRetrieval>[1]) =>
  keyedRetrieval(from, told, DIGEST_KEY);

const documents = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `d-${index}` }));

test('as many documents as fit are named, the rest is counted and told apart', () => {
  const whole = loggedRetrieval('handbook', documents(MAXIMUM_RETRIEVED));
  assert.deepEqual(whole, { from: 'handbook', documents: documents(MAXIMUM_RETRIEVED) });
  const cut = loggedRetrieval('handbook', documents(MAXIMUM_RETRIEVED + 5));
  assert.deepEqual(cut.documents, whole.documents);
  assert.equal(cut.more?.count, 5);
  const other = loggedRetrieval('handbook', [...documents(MAXIMUM_RETRIEVED + 4), { id: 'another' }]);
  assert.notEqual(other.more?.digest, cut.more?.digest);
});

test('whatever a store calls a document, its owner and its version, no address of a person is among it', () => {
  const told = { id: 'mail to lena@example.com', version: '3', owner: 'lena@example.com', at: '2026-11-21' };
  assert.deepEqual(loggedRetrieval('mailbox', [told]).documents, [
    { id: 'mail to [redacted: email]', version: '3', owner: '[redacted: email]', at: '2026-11-21' },
  ]);
});

test('a name that is too long is cut, and still differs from others', () => {
  const [one, other] = loggedRetrieval('store', [
    { id: `${'x'.repeat(999)}1` },
    { id: `${'x'.repeat(999)}2` },
  ]).documents;
  assert.ok((one?.id.length ?? 0) <= 200);
  assert.notEqual(one?.id, other?.id);
});
