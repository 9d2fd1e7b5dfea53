import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedArguments, loggedReason } from '../../domain/audit/event.ts';
import { batchKey } from '../../functions/seal/batch-key.ts';

test('only arguments that the tool declares are shown, the others are told apart by digest', () => {
  const logged = loggedArguments(
    { loggedArguments: ['order_id'] },
    { order_id: 'W1', email: 'lena@example.com' },
  );
  assert.equal(logged.order_id, 'W1');
  assert.match(String(logged.email), /^sha256:[0-9a-f]{16}$/);
});

test('a secret or personal data in an argument that is shown is redacted', () => {
  const shown = { loggedArguments: ['reason', 'password', 'list'] };
  const given = { reason: 'card 4242 4242 4242 4242', password: 'x', list: ['lena@example.com', 'W1'] };
  assert.deepEqual(loggedArguments(shown, given), {
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
  assert.match(String(loggedArguments(undefined, { secret: 'x' }).secret), /^sha256:/);
});

test('equal hidden values look equal, different ones differ', () => {
  const hide = (email: string) => loggedArguments({ loggedArguments: [] }, { email }).email;
  assert.equal(hide('a@example.com'), hide('a@example.com'));
  assert.notEqual(hide('a@example.com'), hide('b@example.com'));
});

test('a batch has the same key when it is delivered again, and another batch has another', () => {
  const event = { at: '2026-11-21T10:15:00.123Z' } as Parameters<typeof batchKey>[0][number];
  assert.equal(
    batchKey([event], 'one\n'),
    'events/dt=2026-11-21/20261121T101500123Z-2c8b08da5ce60398e1f19af0e5dccc74.ndjson',
  );
  assert.notEqual(batchKey([event], 'two\n'), batchKey([event], 'one\n'));
});
