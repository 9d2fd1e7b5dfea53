import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersignRequest } from '../../domain/approval/countersigner.ts';
import type { Person } from '../../domain/approval/directory.ts';
import { approvalOf, given } from '../support/approval.ts';

const MARIA: Person = { id: 'maria', name: 'Maria', roles: ['manager'], principals: ['role/people/maria'] };
/** A Saturday. */
const NOW = '2026-11-21T10:00:00.000Z';

function attributesOf(type: string, ...asked: Parameters<typeof countersignRequest>): unknown {
  return countersignRequest(...asked).entities.find(({ uid }) => uid.type === type)?.attrs;
}

test('a person is known to policies by everything that names them', () => {
  const known = { ...MARIA, aliases: ['cust_7'], principals: ['role/people/maria', 'user/maria'] };
  assert.deepEqual(attributesOf('Person', known, approvalOf(), 'approve', NOW), {
    roles: ['manager'],
    ids: ['maria', 'cust_7', 'role/people/maria', 'user/maria'],
    everyTenant: true,
    tenants: [],
  });
});

test('whoever has tenants decides in those only', () => {
  const attributes = attributesOf('Person', { ...MARIA, tenants: ['acme'] }, approvalOf(), 'approve', NOW);
  assert.deepEqual(attributes, {
    roles: ['manager'],
    ids: ['maria', 'role/people/maria'],
    everyTenant: false,
    tenants: ['acme'],
  });
});

test('policies see of an approval what it is about, who is asked by now, and who has approved', () => {
  const approval = approvalOf({
    asks: [
      { approverRole: 'manager', quorum: 2, from: '2026-11-21T09:00:00.000Z' },
      { approverRole: 'director', quorum: 1, from: '2026-11-21T10:00:00.001Z' },
    ],
    beneficiaries: ['lena', 'cust_7'],
    requesters: ['lena', 'role/apps/shop'],
    verdicts: [given('theo', 'approve')],
  });
  assert.deepEqual(attributesOf('Approval', MARIA, approval, 'approve', NOW), {
    ...{ tenant: 'acme', workflow: 'support', agent: 'helper', tool: 'shop.refund_order', tier: 3 },
    kinds: ['money'],
    requesters: ['lena', 'role/apps/shop'],
    beneficiaries: ['lena', 'cust_7'],
    rolesAsked: ['manager'],
    decidedBy: ['theo'],
  });
});

test('what is asked is the verdict, of the person, at the time', () => {
  const { principal, action, resource, context } = countersignRequest(MARIA, approvalOf(), 'reject', NOW);
  assert.deepEqual(
    [principal, action, resource],
    [
      { type: 'Person', id: 'maria' },
      { type: 'Action', id: 'reject' },
      { type: 'Approval', id: 'apr-1' },
    ],
  );
  assert.deepEqual(context.time, { epochSeconds: Date.parse(NOW) / 1000, hour: 10, weekday: 6 });
});
