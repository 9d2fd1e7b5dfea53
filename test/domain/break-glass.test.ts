import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  coveringGrant,
  covers,
  expiryOf,
  type Grant,
  hasGiven,
  roleRefusal,
  stateAt,
  verdictRefusal,
  withVerdict,
} from '../../domain/break-glass/grant.ts';

const NOW = '2026-11-21T10:05:00.000Z';
const ROLES = ['commander'];
const MARIA = { id: 'maria', name: 'Maria', roles: ['commander'], principals: ['role/people/maria'] };
const THEO = { ...MARIA, id: 'theo' };

const REQUESTED: Grant = {
  grantId: 'bg-1',
  tenant: 'acme',
  workflow: 'support',
  agent: 'helper',
  incident: 'INC-7',
  reason: 'a token was written into a ticket',
  tools: ['desk.redact_ticket'],
  minutes: 30,
  state: 'requested',
  openedBy: 'maria',
  openedAt: '2026-11-21T10:00:00.000Z',
  confirmBefore: '2026-11-21T10:15:00.000Z',
};
const ACTIVE: Grant = {
  ...REQUESTED,
  state: 'active',
  confirmedBy: 'theo',
  confirmedAt: '2026-11-21T10:02:00.000Z',
  expiresAt: '2026-11-21T10:32:00.000Z',
};
const ENDED: Grant = { ...ACTIVE, state: 'ended', closedBy: 'theo', closedAt: NOW };
const REJECTED: Grant = { ...REQUESTED, state: 'rejected', closedBy: 'theo', closedAt: NOW };
const LATER = '2026-11-21T10:32:00.000Z';

const STATES: Record<string, readonly [Grant, string, string]> = {
  'waits for a second person': [REQUESTED, '2026-11-21T10:14:59.999Z', 'requested'],
  'lapses after a quarter of an hour without one': [REQUESTED, REQUESTED.confirmBefore, 'unconfirmed'],
  'is active until its time is over': [ACTIVE, '2026-11-21T10:31:59.999Z', 'active'],
  'is over at the very instant': [ACTIVE, LATER, 'expired'],
  'that was ended stays ended': [ENDED, LATER, 'ended'],
  'that was rejected stays rejected': [REJECTED, LATER, 'rejected'],
};

for (const [title, [grant, now, state]] of Object.entries(STATES)) {
  test(`a grant ${title}`, () => {
    assert.equal(stateAt(grant, now), state);
  });
}

test('an active grant without an end is over: what is malformed opens nothing', () => {
  const { expiresAt: _, ...endless } = ACTIVE;
  assert.equal(stateAt(endless, NOW), 'expired');
});

test('time counts from the confirmation, and nobody gets more than an hour', () => {
  assert.equal(expiryOf({ minutes: 30 }, NOW), '2026-11-21T10:35:00.000Z');
  assert.equal(expiryOf({ minutes: 60 }, NOW), '2026-11-21T11:05:00.000Z');
  assert.equal(expiryOf({ minutes: 600 }, NOW), '2026-11-21T11:05:00.000Z');
});

test('who has one of the roles may open, who has none may not, and where none is named nobody may', () => {
  assert.equal(roleRefusal(MARIA, ['other', 'commander']), undefined);
  assert.equal(roleRefusal({ ...MARIA, roles: ['manager'] }, ROLES)?.code, 'missing_role');
  assert.match(roleRefusal(MARIA, [])?.message ?? '', /directory\.yaml names no break_glass_roles/);
});

const PERMITTED: Record<string, Parameters<typeof verdictRefusal>> = {
  'another person confirms': [REQUESTED, THEO, 'confirm', ROLES, NOW],
  'another person rejects': [REQUESTED, THEO, 'reject', ROLES, NOW],
  'who opened takes it back': [REQUESTED, MARIA, 'reject', ROLES, NOW],
  'who opened ends it': [ACTIVE, MARIA, 'end', ROLES, NOW],
  'somebody who had no part in it ends it': [ACTIVE, { ...MARIA, id: 'noor' }, 'end', ROLES, NOW],
};

for (const [title, parameters] of Object.entries(PERMITTED)) {
  test(title, () => {
    assert.equal(verdictRefusal(...parameters), undefined);
  });
}

const REFUSED: Record<string, readonly [...Parameters<typeof verdictRefusal>, code: string]> = {
  'who opened confirms': [REQUESTED, MARIA, 'confirm', ROLES, NOW, 'own_request'],
  'somebody without the role confirms': [
    REQUESTED,
    { ...THEO, roles: ['manager'] },
    'confirm',
    ROLES,
    NOW,
    'missing_role',
  ],
  'somebody without the role ends': [ACTIVE, { ...THEO, roles: [] }, 'end', ROLES, NOW, 'missing_role'],
  'confirming comes too late': [REQUESTED, THEO, 'confirm', ROLES, LATER, 'is_unconfirmed'],
  'rejecting comes too late': [REQUESTED, THEO, 'reject', ROLES, LATER, 'is_unconfirmed'],
  'it is confirmed a second time': [ACTIVE, THEO, 'confirm', ROLES, NOW, 'is_active'],
  'what is active is rejected': [ACTIVE, THEO, 'reject', ROLES, NOW, 'is_active'],
  'what is not active is ended': [REQUESTED, THEO, 'end', ROLES, NOW, 'is_requested'],
  'what is over is ended': [ACTIVE, THEO, 'end', ROLES, LATER, 'is_expired'],
  'what was ended is confirmed': [ENDED, THEO, 'confirm', ROLES, NOW, 'is_ended'],
  'what was rejected is confirmed': [REJECTED, THEO, 'confirm', ROLES, NOW, 'is_rejected'],
};

for (const [title, [grant, person, verdict, roles, now, code]] of Object.entries(REFUSED)) {
  test(`refused: ${title}`, () => {
    assert.equal(verdictRefusal(grant, person, verdict, roles, now)?.code, code);
  });
}

test('every refusal says what to do', () => {
  for (const [grant, person, verdict, roles, now] of Object.values(REFUSED)) {
    assert.match(
      verdictRefusal(grant, person, verdict, roles, now)?.message ?? '',
      /ask somebody|somebody else has to|open another|end it instead|confirm or reject/,
    );
  }
});

test('a verdict moves the grant, and saying it again is known', () => {
  const confirmed = withVerdict(REQUESTED, 'theo', 'confirm', NOW);
  assert.deepEqual(
    [confirmed.state, confirmed.confirmedBy, confirmed.expiresAt],
    ['active', 'theo', '2026-11-21T10:35:00.000Z'],
  );
  const ended = withVerdict(confirmed, 'maria', 'end', LATER);
  assert.deepEqual([ended.state, ended.closedBy, ended.closedAt], ['ended', 'maria', LATER]);
  assert.equal(withVerdict(REQUESTED, 'theo', 'reject', NOW).state, 'rejected');
  assert.ok(hasGiven(ended, 'theo', 'confirm') && hasGiven(ended, 'maria', 'end'));
  assert.ok(!hasGiven(ended, 'maria', 'confirm') && !hasGiven(ended, 'theo', 'end'));
  assert.ok(!hasGiven(ended, 'maria', 'reject'));
});

const CALL = { workflow: 'support', tool: 'desk.redact_ticket', userId: 'ines' };

test('a grant covers calls of its workflow to its tools while it is active, also for who opened it', () => {
  assert.ok(covers(ACTIVE, CALL, NOW));
  assert.ok(covers(ACTIVE, { ...CALL, userId: 'maria' }, NOW));
});

const UNCOVERED: Record<string, readonly [Grant, Partial<typeof CALL>, string]> = {
  'of another workflow': [ACTIVE, { workflow: 'sales' }, NOW],
  'to another tool': [ACTIVE, { tool: 'desk.delete_ticket' }, NOW],
  'on behalf of who confirmed it': [ACTIVE, { userId: 'theo' }, NOW],
  'before it is confirmed': [REQUESTED, {}, NOW],
  'when it is over': [ACTIVE, {}, LATER],
  'after it was ended': [ENDED, {}, NOW],
};

for (const [title, [grant, change, now]] of Object.entries(UNCOVERED)) {
  test(`a grant covers no call ${title}`, () => {
    assert.ok(!covers(grant, { ...CALL, ...change }, now));
  });
}

test('of several grants the one that lasts longest stands behind a call, and those that do not cover it do not count', () => {
  const longer = { ...ACTIVE, grantId: 'bg-2', expiresAt: '2026-11-21T10:50:00.000Z' };
  const others = { ...longer, grantId: 'bg-3', workflow: 'sales', expiresAt: '2026-11-21T10:59:00.000Z' };
  assert.equal(coveringGrant([ACTIVE, others, longer], CALL, NOW)?.grantId, 'bg-2');
  assert.equal(coveringGrant([longer, others, ACTIVE], CALL, NOW)?.grantId, 'bg-2');
  assert.equal(coveringGrant([others, ENDED], CALL, NOW), undefined);
});
