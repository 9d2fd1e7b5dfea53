import type { VerdictRecord } from '../../contracts/api.ts';
import type { Approval } from '../../domain/approval/approval.ts';

/** A refund that waits for one manager, and what is to be otherwise. */
export function approvalOf(changes: Partial<Approval> = {}): Approval {
  const { approverRole = 'manager', quorum = 1, requestedAt = '2026-11-21T09:00:00.000Z' } = changes;
  return {
    approvalId: 'apr-1',
    tenant: 'acme',
    runId: 'run-1',
    workflow: 'support',
    agent: 'helper',
    callId: '0001-00',
    user: { id: 'lena', roles: [] },
    proposal: { tool: 'shop.refund_order', arguments: {} },
    resource: 'Order/W1',
    facts: {},
    digest: 'abc',
    policies: ['refunds/large'],
    reasons: ['large refunds wait for a manager'],
    tier: 3,
    kinds: ['money'],
    holdMicroDollars: 120,
    requesters: ['lena'],
    beneficiaries: [],
    approverRole,
    quorum,
    asks: [{ approverRole, quorum, from: requestedAt }],
    state: 'waiting',
    requestedAt,
    expiresAt: '2026-11-21T11:00:00.000Z',
    heartbeatSeconds: 7199,
    verdicts: [],
    revision: 0,
    messages: [],
    ...changes,
  };
}

/** What somebody has said as one of a role. */
export function given(
  by: string,
  verdict: VerdictRecord['verdict'],
  changes: Partial<VerdictRecord> = {},
): VerdictRecord {
  return { by, verdict, at: '2026-11-21T10:00:00.000Z', roles: ['manager'], via: 'api', ...changes };
}
