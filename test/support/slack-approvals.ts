import type { Approval } from '../../domain/approval/approval.ts';
import type { MessageContext } from '../../functions/adapters/slack/message.ts';
import { approvalOf, given } from './approval.ts';

/** Approvals of the pictures in docs/slack.md, as they were at one instant. */
export const PICTURE_CONTEXT: MessageContext = {
  now: '2026-11-21T09:00:05.000Z',
  nameOf: (id) => ({ maria: 'Maria Keller', theo: 'Theo Brandt', noor: 'Noor Yilmaz' })[id] ?? id,
  runUrl: ({ runId }) =>
    `https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/executions/details/${runId}`,
};

const shared = {
  tenant: 'default',
  requestedAt: '2026-11-21T09:00:00.000Z',
  expiresAt: '2026-11-23T09:00:00.000Z',
  heartbeatSeconds: 14_400,
} as const;

export const refund: Approval = approvalOf({
  ...shared,
  approvalId: 'apr-2f6a1c09d4b7e835aa10',
  runId: 'run-7c1e9a40',
  workflow: 'retail-support',
  agent: 'retail-support',
  callId: '0002-00',
  user: { id: 'lena_hofer_4821', roles: ['customer'] },
  proposal: {
    tool: 'retail.cancel_pending_order',
    arguments: { order_id: '#W4400218', reason: 'no longer needed' },
  },
  resource: 'Order/#W4400218',
  facts: { refundCents: 55_840 },
  digest: '9a4d1b7e60c2f83518be47d2a96f035c7e81d4b0a25f6c93e07d18b4f52a6c39',
  policies: ['agents/retail-support-refunds/large-refund'],
  reasons: ['more than 500 dollars go back once two people have agreed'],
  tier: 3,
  kinds: ['refund'],
  holdMicroDollars: 174,
  scores: { injection: 40, sentiment: 310, topics: ['refunds'] },
  requesters: ['lena_hofer_4821', 'app'],
  beneficiaries: ['lena_hofer_4821'],
  preview: {
    changes: {
      'orders/#W4400218': [
        { field: 'status', from: 'pending', to: 'cancelled' },
        { field: 'cancel_reason', to: 'no longer needed' },
        {
          field: 'payment_history[1]',
          to: { transaction_type: 'refund', amount: 558.4, payment_method_id: 'gift_card_8190333' },
        },
      ],
      'customers/lena_hofer_4821': [
        { field: 'payment_methods.gift_card_8190333.balance', from: 11.6, to: 570 },
      ],
    },
    digest: '51c7'.repeat(16),
  },
  approverRole: 'support_manager',
  quorum: 2,
});

export const deployment: Approval = approvalOf({
  ...shared,
  approvalId: 'apr-81b0de77c3f2a4965c1e',
  runId: 'run-0b52d7c1',
  workflow: 'operations',
  agent: 'operations',
  callId: '0004-00',
  user: { id: 'kofi_mensah', roles: ['on_call'] },
  proposal: { tool: 'ops.deploy_service', arguments: { service: 'checkout', version: '4.2.0' } },
  resource: 'Service/checkout',
  facts: { stagedBefore: true },
  digest: 'c3'.repeat(32),
  policies: ['envelopes/operations/L17-write-actions-require-approval'],
  reasons: ['deployments to production are signed by two release managers'],
  tier: 3,
  kinds: ['deploy'],
  requesters: ['kofi_mensah'],
  preview: {
    changes: { 'services/checkout': [{ field: 'version', from: '4.1.0', to: '4.2.0' }] },
    digest: '7d'.repeat(32),
  },
  approverRole: 'release_manager',
  quorum: 2,
  verdicts: [given('theo', 'approve', { roles: ['release_manager'], via: 'slack' })],
});

export const rejectedRefund: Approval = {
  ...refund,
  approvalId: 'apr-5d90b2e64f18c7a3309b',
  runId: 'run-4e8f2a66',
  proposal: {
    tool: 'retail.cancel_pending_order',
    arguments: { order_id: '#W7712034', reason: 'ordered by mistake' },
  },
  resource: 'Order/#W7712034',
  preview: {
    changes: { 'orders/#W7712034': [{ field: 'status', from: 'pending', to: 'cancelled' }] },
    digest: '3e'.repeat(32),
  },
  state: 'rejected',
  verdicts: [
    given('maria', 'reject', {
      roles: ['support_manager'],
      via: 'slack',
      note: 'the parcel left the warehouse this morning, offer a return instead',
    }),
  ],
};

export const question: Approval = approvalOf({
  ...shared,
  approvalId: 'go-9be3417fa0c25d68e1f7',
  runId: 'run-19d3c8b2',
  workflow: 'helpdesk-triage',
  agent: 'helpdesk-triage',
  callId: '0006-go',
  user: { id: 'app', roles: [] },
  proposal: {
    tool: 'countersign.continue_run',
    arguments: {
      reason: 'the same call was proposed three times',
      evidence: ['0003-00', '0004-00', '0005-00'],
      spent: '0.31 dollars',
      cap: '0.5 dollars',
    },
  },
  resource: 'run/run-19d3c8b2',
  digest: '04'.repeat(32),
  policies: [],
  reasons: ['the same call was proposed three times'],
  tier: 0,
  kinds: [],
  holdMicroDollars: 0,
  requesters: ['app'],
  approverRole: 'support_manager',
});
