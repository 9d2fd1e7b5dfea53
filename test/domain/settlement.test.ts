import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecuteResult } from '../../contracts/call.ts';
import { knownOutcome, settlementRefusal } from '../../domain/call/settlement.ts';

const AT = '2026-11-21T10:00:00.000Z';
const MARIA = { id: 'maria', name: 'Maria', roles: ['manager'], principals: ['role/people/maria'] };
const UNKNOWN = { callId: '0001-00', state: 'unknown', user: { id: 'lena', roles: [] } } as const;
const SETTLED = { happened: true, by: 'theo', at: AT, note: 'seen' };

test('a reviewer of the workflow may settle what is unknown', () => {
  assert.equal(settlementRefusal(UNKNOWN, MARIA, 'manager'), undefined);
});

const REFUSED: Record<string, readonly [Parameters<typeof settlementRefusal>[0], typeof MARIA, RegExp]> = {
  missing_role: [UNKNOWN, { ...MARIA, roles: ['cashier'] }, /lacks the role 'manager', ask somebody/],
  own_request: [{ ...UNKNOWN, user: { id: 'maria', roles: [] } }, MARIA, /ask somebody else/],
  already_settled: [{ ...UNKNOWN, settled: SETTLED }, MARIA, /theo settled call 0001-00 at .*: it happened/],
};

for (const [code, [warrant, person, message]] of Object.entries(REFUSED)) {
  test(`settling is refused as ${code}`, () => {
    const refusal = settlementRefusal(warrant, person, 'manager');
    assert.equal(refusal?.code, code);
    assert.match(refusal.message, message);
  });
}

for (const state of ['authorized', 'executing', 'succeeded', 'failed'] as const) {
  test(`a call that is ${state} is not for a person to settle`, () => {
    assert.equal(settlementRefusal({ ...UNKNOWN, state }, MARIA, 'manager')?.code, 'not_unknown');
  });
}

const outcome: ExecuteResult = {
  decision: 'allow',
  callId: '0001-00',
  status: 'unknown',
  error: { code: 'outcome_unknown', message: 'an attempt broke off' },
  costMicroDollars: 40,
};

test('what a person has found out is what is known of the call, and its cost stays charged', () => {
  const { error: _, ...rest } = outcome;
  assert.deepEqual(knownOutcome({ outcome, settled: SETTLED }), { ...rest, status: 'succeeded' });
  assert.deepEqual(knownOutcome({ outcome, settled: { ...SETTLED, happened: false } }), {
    ...rest,
    status: 'failed',
    error: { code: 'settled_as_not_done', message: 'theo found out that it did not happen' },
  });
});

test('without a person what the executor recorded is known, and without either nothing', () => {
  assert.deepEqual(knownOutcome({ outcome }), outcome);
  assert.equal(knownOutcome({}), undefined);
  assert.equal(knownOutcome({ settled: SETTLED }), undefined);
});
