import type { LedgerEvent } from '../../contracts/events.ts';
import {
  asked,
  closed,
  decided,
  eventsOfRun,
  executed as executedOf,
  type Happened,
  opened,
  requested,
} from './metered.ts';

/** Question about a call, and the calls of a run with one name in several tenants. */
const REFUND = '0002-00';

function given(
  by: string,
  verdict: 'approve' | 'reject' | 'withdraw',
  state: 'waiting' | 'approved' | 'rejected',
  afterSeconds: number,
): Happened {
  return {
    ...{
      type: 'approval.verdict',
      callId: REFUND,
      approvalId: 'apr-1',
      verdict,
      by,
      via: 'api',
      afterSeconds,
      state,
    },
    id: `${REFUND}/verdict/${by}/${verdict}`,
  };
}

const executed = (callId: string, tool: string, cost: number, status?: 'failed' | 'unknown'): Happened =>
  ({ ...executedOf(callId, cost, status), tool }) as Happened;
const reasons = (code: string) => ({ reasons: [{ code, message: `it's ${code}` }] });
const forUser = (id: string) => ({ context: { mode: 'autonomous', user: { id, roles: [] } } });
const asks = (approvalId: string, approverRole: string) => ({ approvalId, approverRole, quorum: 1 });

/** Two people were asked, one took it back, a third approved; what was changed is not what they were shown. */
const refunded = eventsOfRun(
  { tenant: 'acme', runId: 'run-1', at: '2026-11-20T10:00:00.000Z' },
  ...[requested('ines'), opened(), asked(4000)],
  decided('0001-00', 'retail.get_order', 'allow', {
    tier: 0,
    policies: ['reads'],
    resource: 'orders/W1',
    ...forUser('ines'),
  }),
  executed('0001-00', 'retail.get_order', 2),
  decided(REFUND, 'retail.refund', 'needs_approval', {
    ...{ tier: 3, policies: ['refunds'], resource: 'orders/W1', ...asks('apr-1', 'support_manager') },
    ...forUser('ines'),
  }),
  {
    type: 'approval.waiting',
    callId: REFUND,
    approvalId: 'apr-1',
    expiresAt: '2026-11-20T11:00:00.000Z',
    previewDigest: 'd1',
  },
  ...[given('maria', 'approve', 'waiting', 60), given('theo', 'approve', 'waiting', 70)],
  ...[given('theo', 'withdraw', 'waiting', 80), given('femi', 'approve', 'approved', 120)],
  decided(REFUND, 'retail.refund', 'allow', {
    ...{
      tier: 3,
      policies: ['refunds', 'hours'],
      resource: 'orders/W1',
      approvalId: 'apr-1',
      holdMicroDollars: 10,
    },
    ...forUser('ines'),
  }),
  {
    ...executed(REFUND, 'retail.refund', 6),
    ...{ effects: ['orders/W1', 'customers/ines'], preview: 'otherwise' },
    changes: { 'orders/W1': [{ field: 'status', from: 'paid', to: 'refunded' }] },
  } as Happened,
  closed(),
);

/** Most of it is refused; of two calls nobody knows what came of them. */
const refused = eventsOfRun(
  { tenant: 'acme', runId: 'run-2', workflow: 'mail', agent: 'clerk', at: '2026-11-21T10:00:00.000Z' },
  ...[
    requested('theo'),
    opened(),
    asked(900_000, { model: 'large' }),
    asked(0, { model: 'large', cached: true }),
  ],
  decided('0001-00', 'mail.send', 'deny', {
    tier: 2,
    policies: ['no-egress', 'no-night'],
    ...reasons('forbidden'),
  }),
  decided(REFUND, 'mail.send', 'deny', { tier: 2, ...reasons('budget_exhausted') }),
  decided('0003-00', 'mail.send', 'needs_approval', { tier: 2, ...asks('apr-2', 'lead') }),
  {
    ...{ type: 'approval.told', callId: '0003-00', approvalId: 'apr-2', approverRole: 'lead' },
    ...{ channel: 'C1', messageTs: '1.2', why: 'asked' },
  },
  decided('0003-00', 'mail.send', 'deny', { tier: 2, approvalId: 'apr-2', ...reasons('approval_expired') }),
  decided('0004-00', 'mail.send', 'needs_approval', { tier: 2, ...asks('apr-3', 'lead') }),
  decided('0004-00', 'mail.send', 'deny', {
    tier: 2,
    approvalId: 'apr-3',
    ...reasons('approval_unreachable'),
  }),
  decided('0005-00', 'erp.post', 'allow', { tier: 2, resource: 'invoices/1', holdMicroDollars: 50_000 }),
  decided('0006-00', 'erp.post', 'allow', { tier: 2, resource: 'invoices/2', holdMicroDollars: 10 }),
  executed('0006-00', 'erp.post', 10, 'unknown'),
  { type: 'budget.step', step: 'stop', share: 1, cap: 'run dollars', used: 950_000, of: 1_000_000 },
  {
    type: 'loop.found',
    loop: 'same_call',
    action: 'stop',
    callIds: [REFUND],
    reason: { code: 'loop', message: 'again' },
  },
  closed('stopped', 'budget_exhausted'),
);

/** Another tenant's, with the same names of runs, calls, approvals and users. */
const elsewhere = eventsOfRun(
  { tenant: 'globex', runId: 'run-1', at: '2026-11-20T10:00:00.000Z' },
  ...[requested('ines'), opened()],
  asked(1000, { model: 'small', insteadOf: { model: 'large', why: { code: 'busy', message: '' } } }),
  decided(REFUND, 'retail.refund', 'needs_approval', {
    tier: 3,
    resource: 'orders/W1',
    ...asks('apr-1', 'desk_lead'),
  }),
  given('gina', 'reject', 'rejected', 30),
  decided(REFUND, 'retail.refund', 'deny', {
    tier: 3,
    resource: 'orders/W1',
    approvalId: 'apr-1',
    ...reasons('approval_rejected'),
  }),
  decided('0006-00', 'erp.post', 'allow', { tier: 2, resource: 'invoices/2', policyDigest: 'q' }),
  executed('0006-00', 'erp.post', 10, 'unknown'),
  {
    type: 'call.settled',
    callId: '0006-00',
    tool: 'erp.post',
    happened: true,
    by: 'gina',
    note: 'it is there',
  },
  closed(),
);

const opening = {
  incident: 'INC-7',
  reason: 'checkout is down',
  tools: ['ops.restart', 'ops.scale'],
  minutes: 30,
};
const grant = eventsOfRun(
  {
    tenant: 'acme',
    runId: 'grant-1',
    workflow: 'operations',
    agent: 'operator',
    at: '2026-11-21T12:00:00.000Z',
  },
  { type: 'break_glass.opened', ...opening, by: 'noor', confirmBefore: '2026-11-21T12:15:00.000Z' },
  { type: 'break_glass.confirmed', by: 'theo', expiresAt: '2026-11-21T12:31:00.000Z' },
  {
    type: 'break_glass.used',
    usedByRun: 'run-9',
    callId: '0001-00',
    tool: 'ops.restart',
    resource: 'services/checkout',
    userId: 'noor',
  },
);
const privileged = eventsOfRun(
  {
    tenant: 'acme',
    runId: 'run-9',
    workflow: 'operations',
    agent: 'operator',
    at: '2026-11-21T12:02:00.000Z',
  },
  decided('0001-00', 'ops.restart', 'allow', {
    ...{ tier: 4, resource: 'services/checkout', policies: ['break-glass'] },
    breakGlass: { grantId: 'grant-1', incident: 'INC-7' },
  }),
  executed('0001-00', 'ops.restart', 0, 'failed'),
);
const pause = eventsOfRun(
  { tenant: 'acme', runId: 'pause-mail', workflow: 'mail', agent: 'clerk', at: '2026-11-21T13:00:00.000Z' },
  { type: 'workflow.paused', reason: { code: 'stop_condition', message: 'half of the runs failed' } },
  { type: 'workflow.resumed', by: 'maria', note: 'fixed' },
);

/** Two days of two tenants. In the order of its leaves. */
export const AUDITED: readonly LedgerEvent[] = [
  refunded,
  elsewhere,
  refused,
  grant,
  privileged,
  pause,
].flat();
