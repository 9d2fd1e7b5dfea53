import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Approval,
  approvalCounts,
  verdictRefusal,
  withVerdict,
} from '../../domain/approval/approval.ts';
import {
  type Directory,
  DirectoryShape,
  personBehind,
  principalOf,
} from '../../domain/approval/directory.ts';
import { approvalOf, given } from '../support/approval.ts';

const NOW = '2026-11-21T10:00:00.000Z';
const MARIA = { id: 'maria', name: 'Maria', roles: ['manager'], principals: ['role/people/maria'] };
const THEO = { ...MARIA, id: 'theo' };

const APPROVAL: Approval = approvalOf({ quorum: 2, reachedUntil: '2026-11-21T10:30:00.000Z' });

test('while it waits it can be decided', () => {
  assert.equal(verdictRefusal(APPROVAL, MARIA, 'approve', NOW), undefined);
});

const REFUSED: Record<string, readonly [Approval, typeof MARIA, string]> = {
  not_waiting_yet: [{ ...APPROVAL, state: 'requested' }, MARIA, NOW],
  already_decided: [{ ...APPROVAL, state: 'rejected' }, MARIA, NOW],
  approval_expired: [APPROVAL, MARIA, APPROVAL.expiresAt],
  approval_unreachable: [APPROVAL, MARIA, '2026-11-21T10:30:00.000Z'],
  decided_twice: [{ ...APPROVAL, verdicts: [given('maria', 'approve')] }, MARIA, NOW],
};

for (const [code, [approval, person, now]] of Object.entries(REFUSED)) {
  test(`a verdict is refused as ${code}`, () => {
    assert.equal(verdictRefusal(approval, person, 'approve', now)?.code, code);
  });
}

test('an approval used or approved before is decided already', () => {
  for (const state of ['approved', 'used', 'expired', 'unreachable'] as const) {
    assert.equal(verdictRefusal({ ...APPROVAL, state }, MARIA, 'approve', NOW)?.code, 'already_decided');
  }
});

test('a quorum of two is reached by the second approval', () => {
  const first = withVerdict(APPROVAL, MARIA, { verdict: 'approve', via: 'api' }, NOW);
  assert.equal(first.state, 'waiting');
  const second = withVerdict(
    { ...APPROVAL, ...first },
    THEO,
    { verdict: 'approve', note: 'fine', via: 'slack' },
    NOW,
  );
  assert.equal(second.state, 'approved');
  assert.deepEqual(
    second.verdicts.map(({ by }) => by),
    ['maria', THEO.id],
  );
});

test('the first rejection ends it', () => {
  assert.equal(withVerdict(APPROVAL, MARIA, { verdict: 'reject', via: 'api' }, NOW).state, 'rejected');
});

test('policies see distinct people that approved, by role, and zero for the other roles', () => {
  const verdicts = [given('maria', 'approve'), given('maria', 'approve'), given('theo', 'reject')];
  assert.deepEqual(approvalCounts(['manager', 'auditor'], { verdicts }), {
    manager: 1,
    auditor: 0,
  });
  assert.deepEqual(approvalCounts(['manager'], undefined), { manager: 0 });
});

const DIRECTORY: Directory = {
  version: 1,
  approver_roles: ['manager'],
  break_glass_roles: ['commander'],
  privacy_roles: [],
  minimum_quorum: { 1: 1, 2: 1, 3: 2, 4: 2 },
  people: [MARIA],
};

test('a person is known by the session of an assumed role', () => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/people/maria';
  assert.equal(personBehind(DIRECTORY, arn)?.id, 'maria');
});

for (const arn of [
  undefined,
  'arn:aws:iam::123456789012:root',
  'arn:aws:sts::123456789012:assumed-role/people/theo',
  'arn:aws:sts::123456789012:assumed-role/other/maria',
  'arn:aws:iam::123456789012:user/maria',
  'maria',
]) {
  test(`${arn} is nobody`, () => {
    assert.equal(personBehind(DIRECTORY, arn), undefined);
  });
}

test('an iam user is known by name, whatever its path', () => {
  assert.equal(principalOf('arn:aws-us-gov:iam::123456789012:user/ops/maria'), 'user/maria');
});

test('a role that no policy can ask for is an error in the directory', () => {
  const result = DirectoryShape.safeParse({ ...DIRECTORY, people: [{ ...MARIA, roles: ['manger'] }] });
  assert.match(result.error?.issues[0]?.message ?? '', /role 'manger' is not among approver_roles/);
});

test('a role for break-glass is one that people may have', () => {
  const commander = { ...MARIA, roles: ['manager', 'commander'] };
  assert.ok(DirectoryShape.safeParse({ ...DIRECTORY, people: [commander] }).success);
});

test('the id of a person is no e-mail address, since the log has it in the clear', () => {
  const parsed = DirectoryShape.safeParse({ ...DIRECTORY, people: [{ ...MARIA, id: 'maria@example.com' }] });
  assert.match(parsed.error?.issues[0]?.message ?? '', /personal data/);
});

test('in a directory that names no role for break-glass nobody has one', () => {
  const { break_glass_roles: _, ...without } = DIRECTORY;
  assert.deepEqual(DirectoryShape.parse(without).break_glass_roles, []);
});
