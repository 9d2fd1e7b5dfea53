import type { ApprovalView, Receipt, RunView } from '../../contracts/api.ts';
import type { BreakGlassView } from '../../contracts/break-glass.ts';
import type { UnknownOutcomeView } from '../../contracts/unknown-outcomes.ts';

export const openRun: RunView = {
  runId: 'run-1',
  tenant: 'default',
  workflow: 'retail-support',
  agent: 'retail-support',
  user: { id: 'lena', roles: ['customer'] },
  status: 'open',
  mode: 'autonomous',
  requestedAt: '2026-01-31T09:00:00.000Z',
  openedAt: '2026-01-31T09:00:01.000Z',
  waitingFor: 'apr-1',
  budget: {
    capMicroDollars: 500_000,
    heldMicroDollars: 174,
    spentMicroDollars: 42,
    callsLeft: 57,
    tokens: 0,
  },
};

export const waitingApproval: ApprovalView = {
  approvalId: 'apr-1',
  tenant: 'default',
  runId: 'run-1',
  workflow: 'retail-support',
  agent: 'retail-support',
  callId: '0002-00',
  user: { id: 'lena', roles: [] },
  proposal: {
    tool: 'retail.cancel_pending_order',
    arguments: { order_id: '#W1', reason: 'no longer needed' },
  },
  resource: 'Order/#W1',
  facts: { refundCents: 55840 },
  digest: 'd'.repeat(64),
  policies: ['agents/retail-support-refunds/large-refund'],
  reasons: ['refunds above 500 dollars wait for a manager'],
  tier: 3,
  kinds: ['money'],
  holdMicroDollars: 174,
  requesters: ['lena'],
  beneficiaries: [],
  approverRole: 'support_manager',
  quorum: 1,
  asks: [{ approverRole: 'support_manager', quorum: 1, from: '2026-01-31T09:00:02.000Z' }],
  state: 'waiting',
  requestedAt: '2026-01-31T09:00:02.000Z',
  expiresAt: '2026-02-02T09:00:02.000Z',
  heartbeatSeconds: 14_400,
  verdicts: [],
  revision: 0,
  messages: [],
};

const { waitingFor: _, ...closedRun } = openRun;

export const receipt: Receipt = {
  run: { ...closedRun, status: 'closed', closedAt: '2026-01-31T09:01:00.000Z', outcome: 'completed' },
  owner: 'head of customer support',
  policyDigest: 'a'.repeat(64),
  envelopeDigest: 'b'.repeat(64),
  calls: [
    {
      callId: '0001-00',
      tool: 'retail.get_order_details',
      arguments: { order_id: '#W2' },
      decision: 'deny',
      policies: [],
      reasons: [{ code: 'not_permitted', message: 'no policy permits this call' }],
    },
    {
      callId: '0002-00',
      tool: 'retail.cancel_pending_order',
      arguments: { order_id: '#W1' },
      resource: 'Order/#W1',
      decision: 'allow',
      policies: ['agents/retail-support-refunds/large-refund'],
      reasons: [],
      approval: {
        approvalId: 'apr-1',
        approverRole: 'support_manager',
        quorum: 1,
        verdicts: [
          {
            ...{ by: 'maria', verdict: 'approve', via: 'api' },
            ...{ at: '2026-01-31T09:00:30.000Z', note: 'checked by phone' },
          },
        ],
      },
      outcome: { status: 'succeeded', effects: ['orders/#W1'], costMicroDollars: 2 },
    },
  ],
  cost: {
    ...{ modelMicroDollars: 40, toolsMicroDollars: 2, budgetMicroDollars: 42 },
    ...{ infrastructureMicroDollars: 300, peopleMicroDollars: 2_000_000, totalMicroDollars: 2_000_342 },
  },
  events: { count: 9, digest: 'c'.repeat(64) },
};

export const requestedGrant: BreakGlassView = {
  grantId: 'bg-1',
  tenant: 'default',
  workflow: 'helpdesk-triage',
  agent: 'helpdesk-triage',
  incident: 'INC-7',
  reason: 'a token was written into a ticket',
  tools: ['helpdesk.redact_ticket'],
  minutes: 30,
  state: 'requested',
  openedBy: 'maria',
  openedAt: '2026-01-31T09:00:00.000Z',
  confirmBefore: '2026-01-31T09:15:00.000Z',
};

export const activeGrant: BreakGlassView = {
  ...requestedGrant,
  state: 'active',
  confirmedBy: 'theo',
  confirmedAt: '2026-01-31T09:02:00.000Z',
  expiresAt: '2026-01-31T09:32:00.000Z',
};

export const unknownOutcome: UnknownOutcomeView = {
  tenant: 'default',
  runId: 'run-1',
  callId: '0002-00',
  workflow: 'helpdesk-triage',
  agent: 'helpdesk-triage',
  user: { id: 'ines', roles: [] },
  tool: 'helpdesk.add_comment',
  arguments: { ticket_id: 'T-7', body: 'hmac:0123456789abcdef' },
  resource: 'Ticket/T-7',
  effects: [],
  error: { code: 'tool_failed', message: 'the connection broke off' },
  idempotency: 'by_lookup',
  idempotencyKey: 'd'.repeat(36),
  attempts: 13,
  costMicroDollars: 5,
  reviewerRole: 'support_manager',
  unknownSince: '2026-01-31T09:00:00.000Z',
};
