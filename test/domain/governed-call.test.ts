import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  approvalIdOf,
  callDigest,
  type GovernedCall,
  idempotencyKeyOf,
} from '../../domain/call/governed-call.ts';
import { DIGEST_KEY, OTHER_DIGEST_KEY } from '../support/digest-key.ts';

const CALL: GovernedCall = {
  tenant: 'acme',
  runId: 'run-1',
  callId: '0001-00',
  workflow: 'support',
  agent: 'helper',
  userId: 'lena',
  proposal: { tool: 'shop.refund_order', arguments: { order_id: 'W1', amount: 5 } },
  resource: 'Order/W1',
  digestKey: DIGEST_KEY,
};

test('the same call has the same digest', () => {
  assert.equal(callDigest(CALL), callDigest(structuredClone(CALL)));
});

const CHANGES: Record<string, GovernedCall> = {
  tenant: { ...CALL, tenant: 'other' },
  run: { ...CALL, runId: 'run-2' },
  'place in the run': { ...CALL, callId: '0002-00' },
  workflow: { ...CALL, workflow: 'sales' },
  agent: { ...CALL, agent: 'other' },
  user: { ...CALL, userId: 'omar' },
  tool: { ...CALL, proposal: { ...CALL.proposal, tool: 'shop.cancel_order' } },
  argument: { ...CALL, proposal: { ...CALL.proposal, arguments: { order_id: 'W1', amount: 6 } } },
  resource: { ...CALL, resource: 'Order/W2' },
  'key of the run': { ...CALL, digestKey: OTHER_DIGEST_KEY },
};

for (const [change, call] of Object.entries(CHANGES)) {
  test(`another ${change} is another call`, () => {
    assert.notEqual(callDigest(call), callDigest(CALL));
  });
}

test('without the run’s key a call has no digest', () => {
  assert.throws(() => callDigest({ ...CALL, digestKey: undefined }), /digest key of 0 bytes, expected 32/);
});

test('the idempotency key fits a client request token of DynamoDB', () => {
  assert.match(idempotencyKeyOf(callDigest(CALL)), /^[0-9a-f]{36}$/);
});

test('asking about the same call twice asks once', () => {
  assert.equal(approvalIdOf(callDigest(CALL)), approvalIdOf(callDigest({ ...CALL })));
  assert.match(approvalIdOf(callDigest(CALL)), /^apr-[0-9a-f]{20}$/);
});
