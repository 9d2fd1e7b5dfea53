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

const LARGE_REFUND = 'agents/retail-support-refunds/large-refund';

export const receipt: Receipt = {
  run: { ...closedRun, status: 'closed', closedAt: '2026-01-31T09:01:00.000Z', outcome: 'completed' },
  startedBy: 'role/app/session',
  owner: 'head of customer support',
  policyDigest: 'a'.repeat(64),
  envelopeDigest: 'b'.repeat(64),
  permission: {
    mode: 'autonomous',
    capMicroDollars: 500_000,
    capChanges: [],
    laterPolicyDigests: [],
    granted: {
      source: 'of_the_run',
      policyDigest: 'a'.repeat(64),
      envelopeDigest: 'b'.repeat(64),
      envelopeVersion: '1',
      steward: 'platform team',
      reviewerRole: 'support_manager',
      toolCallsPerRun: 60,
      tools: [
        {
          ...{ name: 'retail.cancel_pending_order', effect: 'write', tier: 3, permittedBy: [LARGE_REFUND] },
          approvers: [{ approverRole: 'support_manager', quorum: 1 }],
        },
        { name: 'retail.get_order_details', effect: 'read', tier: 1, permittedBy: [], approvers: [] },
      ],
      policies: [
        {
          ...{ id: LARGE_REFUND, text: 'permit (principal, action, resource);' },
          ...{ approverRole: 'support_manager', quorum: 1, reason: 'a large refund waits for a manager' },
        },
      ],
    },
  },
  calls: [
    {
      callId: '0001-00',
      tool: 'retail.get_order_details',
      arguments: { order_id: '#W2' },
      decision: 'deny',
      policies: [],
      reasons: [{ code: 'no_permit', message: 'no policy permits this call' }],
      decisions: [
        {
          ...{ at: '2026-01-31T09:00:01.500Z', decision: 'deny', policies: [] },
          reasons: [{ code: 'no_permit', message: 'no policy permits this call' }],
        },
      ],
    },
    {
      callId: '0002-00',
      tool: 'retail.cancel_pending_order',
      arguments: { order_id: '#W1' },
      resource: 'Order/#W1',
      decision: 'allow',
      policies: [LARGE_REFUND],
      reasons: [],
      decisions: [
        {
          ...{ at: '2026-01-31T09:00:02.000Z', decision: 'needs_approval', policies: [LARGE_REFUND] },
          reasons: [],
        },
        {
          ...{ at: '2026-01-31T09:00:31.000Z', decision: 'allow', policies: [LARGE_REFUND] },
          ...{ reasons: [], holdMicroDollars: 174 },
          context: {
            mode: 'autonomous',
            user: { id: 'lena', roles: ['customer'] },
            resource: { status: 'pending' },
            facts: { refundCents: 55840 },
            users: ['resource.owner'],
            hidden: ['resource.email'],
            approvals: { support_manager: 1 },
          },
        },
      ],
      approval: {
        approvalId: 'apr-1',
        approverRole: 'support_manager',
        quorum: 1,
        askedAt: '2026-01-31T09:00:02.000Z',
        verdicts: [
          {
            ...{ by: 'maria', verdict: 'approve', via: 'api' },
            ...{ at: '2026-01-31T09:00:30.000Z', note: 'checked by phone' },
          },
        ],
      },
      outcome: {
        ...{ status: 'succeeded', at: '2026-01-31T09:00:32.000Z' },
        ...{ effects: ['orders/#W1'], costMicroDollars: 2 },
      },
    },
  ],
  questions: [],
  models: [{ model: 'large', answers: 2, inputTokens: 900, outputTokens: 80, costMicroDollars: 40 }],
  cost: {
    ...{ modelMicroDollars: 40, toolsMicroDollars: 2, budgetMicroDollars: 42 },
    ...{ infrastructureMicroDollars: 300, peopleMicroDollars: 2_000_000, totalMicroDollars: 2_000_342 },
  },
  prices: {
    version: '2026-01',
    infrastructure: { usd_per_run: 0.0001, usd_per_turn: 0.00005, usd_per_call: 0.00002 },
    people: { usd_per_hour: 60, minutes_per_verdict: 2 },
  },
  events: { count: 9, digest: 'c'.repeat(64) },
  proof: {
    key: 'log.s3.us-east-1.amazonaws.com',
    pending: 9,
    says: 'none of the 9 events is under a checkpoint',
    entries: [],
    hashes: [],
  },
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
