import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  closeGrant,
  confirmGrant,
  type GrantRecord,
  grantCovers,
  putGrant,
  readGrant,
} from '../../../functions/adapters/break-glass.ts';
import { ConditionsFailed, type TransactItem, transact } from '../../../functions/adapters/dynamodb.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';

const NOW = '2026-11-21T12:05:00.000Z';
const LATE = '2026-11-21T13:00:00.000Z';

const REQUESTED: GrantRecord = {
  grantId: 'bg-requested',
  tenant: 'acme',
  workflow: 'support',
  agent: 'helper',
  incident: 'INC-7',
  reason: 'why',
  tools: ['desk.redact_ticket', 'desk.delete_ticket'],
  minutes: 30,
  state: 'requested',
  openedBy: 'maria',
  openedAt: '2026-11-21T12:00:00.000Z',
  confirmBefore: '2026-11-21T12:15:00.000Z',
  requestDigest: 'r',
};
const ACTIVE: GrantRecord = {
  ...REQUESTED,
  grantId: 'bg-active',
  state: 'active',
  confirmedBy: 'theo',
  confirmedAt: NOW,
  expiresAt: '2026-11-21T12:35:00.000Z',
};
const ENDED: GrantRecord = { ...ACTIVE, grantId: 'bg-ended', state: 'ended' };

const CALL = { workflow: 'support', tool: 'desk.redact_ticket', userId: 'ines' };
const confirmed = (by: string, at: string): GrantRecord => ({
  ...ACTIVE,
  ...REQUESTED,
  state: 'active',
  confirmedBy: by,
  confirmedAt: at,
});

/** What the table itself refuses, whatever the code above it has checked. */
const REFUSED: Record<string, () => TransactItem> = {
  'put over a grant that is there': () => putGrant(REQUESTED),
  'confirm for who opened it': () => confirmGrant(confirmed('maria', NOW)),
  'confirm too late': () => confirmGrant(confirmed('theo', LATE)),
  'confirm what is active': () => confirmGrant({ ...ACTIVE, confirmedBy: 'noor' }),
  'reject too late': () => closeGrant({ ...REQUESTED, state: 'rejected', closedBy: 'theo', closedAt: LATE }),
  'reject what is active': () =>
    closeGrant({ ...ACTIVE, state: 'rejected', closedBy: 'theo', closedAt: NOW }),
  'end what was never confirmed': () =>
    closeGrant({ ...REQUESTED, state: 'ended', closedBy: 'theo', closedAt: NOW }),
  'end what is over': () => closeGrant({ ...ACTIVE, state: 'ended', closedBy: 'theo', closedAt: LATE }),
  'end what was ended': () => closeGrant({ ...ENDED, closedBy: 'theo', closedAt: NOW }),
  'allow a call when it is over': () => grantCovers(ACTIVE, CALL, ACTIVE.expiresAt ?? ''),
  'allow a call of another workflow': () => grantCovers(ACTIVE, { ...CALL, workflow: 'sales' }, NOW),
  'allow a call to another tool': () => grantCovers(ACTIVE, { ...CALL, tool: 'desk.redact' }, NOW),
  'allow a call for who confirmed it': () => grantCovers(ACTIVE, { ...CALL, userId: 'theo' }, NOW),
  'allow a call before it is confirmed': () => grantCovers(REQUESTED, CALL, NOW),
  'allow a call after it was ended': () => grantCovers(ENDED, CALL, NOW),
  'allow a call under a grant that does not exist': () =>
    grantCovers({ ...ACTIVE, tenant: 'other' }, CALL, NOW),
};

describe('the break-glass table', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  before(async () => {
    tables = await ledgerTables();
    const grants = [REQUESTED, ACTIVE, ENDED].map((grant) => [grant.grantId, putGrant(grant)]);
    await transact(tables.client, Object.fromEntries(grants));
  });
  after(() => tables[Symbol.asyncDispose]());

  for (const [what, write] of Object.entries(REFUSED)) {
    test(`does not ${what}`, async () => {
      await assert.rejects(transact(tables.client, { write: write() }), ConditionsFailed);
    });
  }

  test('allows a call that a grant covers', async () => {
    await transact(tables.client, { write: grantCovers(ACTIVE, CALL, NOW) });
    await transact(tables.client, { write: grantCovers(ACTIVE, { ...CALL, userId: 'maria' }, NOW) });
  });

  test('is confirmed by another person in time, then ended', async () => {
    const active = { ...confirmed('theo', NOW), expiresAt: '2026-11-21T12:35:00.000Z' };
    await transact(tables.client, { write: confirmGrant(active) });
    assert.equal((await readGrant(tables.client, REQUESTED))?.expiresAt, active.expiresAt);
    await transact(tables.client, {
      write: closeGrant({ ...active, state: 'ended', closedBy: 'maria', closedAt: NOW }),
    });
    assert.equal((await readGrant(tables.client, REQUESTED))?.state, 'ended');
  });
});
