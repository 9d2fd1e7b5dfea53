import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedArguments, loggedChanges, loggedReason, shownDigest } from '../../domain/audit/event.ts';
import { DIGEST_KEY, OTHER_DIGEST_KEY } from '../support/digest-key.ts';

const KEYED = { digestKey: DIGEST_KEY };

test('only arguments that the tool declares are shown, the others are told apart by digest', () => {
  const logged = loggedArguments(
    { loggedArguments: ['order_id'] },
    { order_id: 'W1', email: 'lena@example.com' },
    KEYED,
  );
  assert.equal(logged.order_id, 'W1');
  assert.match(String(logged.email), /^hmac:[0-9a-f]{16}$/);
});

test('a secret or personal data in an argument that is shown is redacted', () => {
  const shown = { loggedArguments: ['reason', 'password', 'list'] };
  const given = { reason: 'card 4242 4242 4242 4242', password: 'x', list: ['lena@example.com', 'W1'] };
  assert.deepEqual(loggedArguments(shown, given, KEYED), {
    reason: 'card [redacted: payment_card]',
    password: '[redacted: secret]',
    list: ['[redacted: email]', 'W1'],
  });
});

test('a reason repeats no secret', () => {
  const reason = { code: 'approval_rejected', message: 'rejected by maria: password: hunter2' };
  assert.deepEqual(loggedReason(reason), {
    code: 'approval_rejected',
    message: 'rejected by maria: password: [redacted: secret]',
  });
});

test('arguments of a tool that nobody knows are all hidden', () => {
  assert.match(String(loggedArguments(undefined, { secret: 'x' }, KEYED).secret), /^hmac:/);
});

test('equal hidden values look equal, different ones differ', () => {
  const hide = (email: string, digestKey = DIGEST_KEY) =>
    loggedArguments({ loggedArguments: [] }, { email }, { digestKey }).email;
  assert.equal(hide('a@example.com'), hide('a@example.com'));
  assert.notEqual(hide('a@example.com'), hide('b@example.com'));
  assert.notEqual(hide('a@example.com'), hide('a@example.com', OTHER_DIGEST_KEY), 'not in another run');
});

const status = { field: 'status', from: 'pending', to: 'cancelled' };

test('the fields of a change are in the log, values only where the tool says that they are fit for it', () => {
  const changes = [status, { field: 'items[2].price', from: 5, to: 6 }, { field: 'note', to: 'a secret' }];
  const logged = loggedChanges(
    { loggedFields: ['status', 'items[].price'] },
    { 'orders/1': changes },
    DIGEST_KEY,
  );
  assert.deepEqual(logged, {
    'orders/1': [status, changes[1], { field: 'note', to: shownDigest(DIGEST_KEY, 'a secret') }],
  });
});

test('values are digests where nothing is declared, and a value that is not there stays so', () => {
  const logged = loggedChanges({}, { 'orders/1': [{ field: 'a', from: null }] }, DIGEST_KEY);
  assert.deepEqual(logged, { 'orders/1': [{ field: 'a', from: shownDigest(DIGEST_KEY, null) }] });
});

test('a long value is a digest even where it would be fit', () => {
  const [change] =
    loggedChanges({ loggedFields: ['a'] }, { x: [{ field: 'a', to: 'x'.repeat(61) }] }, DIGEST_KEY).x ?? [];
  assert.match(String(change?.to), /^hmac:/);
});

test('a call that changes much has an event of about a kilobyte, with a digest of the rest', () => {
  const many = (kind: string) =>
    Array.from({ length: 500 }, (_, index) => ({
      field: `${kind}.${index}.${'x'.repeat(500)}`,
      from: 'y'.repeat(500),
      to: 'z'.repeat(500),
    }));
  const changes = { 'orders/1': many('order'), 'customers/2': many('customer') };
  const logged = loggedChanges({}, changes, DIGEST_KEY);
  assert.ok(JSON.stringify(logged).length < 800, `${JSON.stringify(logged).length}`);
  assert.equal(logged['orders/1']?.length, 4);
  assert.equal(logged['(more)']?.[0]?.field, '(996 more)');
  const other = { ...changes, 'customers/2': [...changes['customers/2'].slice(0, 499), status] };
  assert.notDeepEqual(loggedChanges({}, other, DIGEST_KEY)['(more)'], logged['(more)']);
});

test('five changes are shown, of six the first four', () => {
  const changes = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ field: `f${index}`, to: index }));
  const shown = (count: number) =>
    Object.values(loggedChanges({}, { x: changes(count) }, DIGEST_KEY))
      .flat()
      .map(({ field }) => field);
  assert.deepEqual(shown(5), ['f0', 'f1', 'f2', 'f3', 'f4']);
  assert.deepEqual(shown(6), ['f0', 'f1', 'f2', 'f3', '(2 more)']);
});
