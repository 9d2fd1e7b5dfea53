import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventLines } from '../../cli/render/events.ts';
import { EVENT_VERSION, type EventBody, type LedgerEvent } from '../../contracts/events.ts';

const at = '2026-01-31T09:00:00.000Z';

function event(body: EventBody): LedgerEvent {
  const place = { tenant: 'default', runId: 'run-1', workflow: 'retail-support', agent: 'retail-support' };
  return { v: EVENT_VERSION, id: 'event', at, ...place, ...body };
}

const decided = {
  type: 'call.decided',
  callId: '0001-00',
  tool: 'retail.cancel_pending_order',
  arguments: { order_id: '#W1' },
  policies: ['small-refund'],
  policyDigest: 'a'.repeat(64),
} as const;

const proposal = 'proposed   0001-00 retail.cancel_pending_order order_id="#W1"';

const cases: Readonly<Record<string, readonly [EventBody, ...string[]]>> = {
  'a requested run says for whom, and who asked': [
    { type: 'run.requested', user: { id: 'lena', roles: [] }, requestedBy: 'arn:app' },
    'requested  for lena by arn:app',
  ],
  'an opened run says its mode, cap, policies and owner': [
    {
      type: 'run.opened',
      owner: 'head of support',
      mode: 'autonomous',
      policyDigest: '0123456789abcdef',
      envelopeDigest: 'b',
      capMicroDollars: 500_000,
    },
    'opened     mode autonomous, cap $0.50, policies 0123456789ab, owner head of support',
  ],
  'a paused workflow says why': [
    { type: 'workflow.paused', reason: { code: 'stop_condition', message: 'failed_runs are 3' } },
    'paused     failed_runs are 3',
  ],
  'a resumed workflow says by whom and why': [
    { type: 'workflow.resumed', by: 'maria', note: 'the model is back' },
    'resumed    by maria: the model is back',
  ],
  'a model call says its tokens and cost': [
    { type: 'model.called', model: 'claude', inputTokens: 100, outputTokens: 20, costMicroDollars: 600 },
    'model      claude: 100 tokens in, 20 out, $0.0006',
  ],
  'an allowed call is proposed, decided and paid for': [
    { ...decided, decision: 'allow', holdMicroDollars: 174 },
    proposal,
    'allowed    0001-00 by policy small-refund',
    'held       0001-00 $0.000174 set aside',
  ],
  'a denied call says why': [
    {
      ...decided,
      policies: [],
      decision: 'deny',
      reasons: [{ code: 'not_permitted', message: 'not yours' }],
    },
    proposal,
    'denied     0001-00 by no policy: not yours',
  ],
  'a call that asks says whom': [
    {
      ...decided,
      decision: 'needs_approval',
      approvalId: 'apr-1',
      approverRole: 'support_manager',
      quorum: 2,
    },
    proposal,
    'asks       0001-00 2 support_manager has to approve, by policy small-refund',
  ],
  'a call decided again after people were asked is not proposed again': [
    { ...decided, decision: 'allow', approvalId: 'apr-1', holdMicroDollars: 1 },
    'allowed    0001-00 by policy small-refund with approval apr-1',
    'held       0001-00 $0.000001 set aside',
  ],
  'a run that waits says for what and how long': [
    { type: 'approval.waiting', callId: '0001-00', approvalId: 'apr-1', expiresAt: at },
    `waiting    0001-00 for approval apr-1 until ${at}`,
  ],
  'a run that waits says what people are shown': [
    {
      ...{ type: 'approval.waiting', callId: '0001-00', approvalId: 'apr-1', expiresAt: at },
      previewDigest: 'abcdef0123456789',
    },
    `waiting    0001-00 for approval apr-1 until ${at}, shown changes abcdef012345`,
  ],
  'people are told where, and why there': [
    {
      ...{ type: 'approval.told', callId: '0001-00', approvalId: 'apr-1', approverRole: 'support_manager' },
      ...{ channel: 'C012AB3CD', messageTs: '1.2', why: 'second_channel' },
    },
    'told       0001-00 support_manager in slack channel C012AB3CD, since nobody had answered, approval apr-1',
  ],
  'what was approved can be taken back': [
    {
      ...{ type: 'approval.verdict', callId: '0001-00', approvalId: 'apr-1', verdict: 'withdraw' },
      ...{ via: 'slack', afterSeconds: 60, by: 'theo', state: 'waiting' },
    },
    'withdrawn  0001-00 by theo via slack, approval apr-1 is waiting',
  ],
  'a refusal because time is over, or nobody was reached, reads as one': [
    {
      ...{ ...decided, decision: 'deny', approvalId: 'apr-1' },
      reasons: [{ code: 'approval_unreachable', message: 'nobody could be reached' }],
    },
    'denied     0001-00 by policy small-refund with approval apr-1: nobody could be reached',
  ],
  'an approval says by whom, and why': [
    {
      type: 'approval.verdict',
      callId: '0001-00',
      approvalId: 'apr-1',
      verdict: 'approve',
      by: 'maria',
      via: 'api',
      afterSeconds: 60,
      note: 'fine',
      state: 'approved',
    },
    'approved   0001-00 by maria via api, approval apr-1 is approved: fine',
  ],
  'a rejection reads as one': [
    {
      type: 'approval.verdict',
      callId: '0001-00',
      approvalId: 'apr-1',
      verdict: 'reject',
      via: 'slack',
      afterSeconds: 60,
      by: 'theo',
      state: 'rejected',
    },
    'rejected   0001-00 by theo via slack, approval apr-1 is rejected',
  ],
  'an executed call says what it changed and cost': [
    {
      type: 'call.executed',
      callId: '0001-00',
      tool: 'retail.cancel_pending_order',
      status: 'succeeded',
      effects: ['orders/#W1'],
      costMicroDollars: 2,
      releasedMicroDollars: 172,
    },
    'succeeded  0001-00 retail.cancel_pending_order, changed orders/#W1, cost $0.000002, released $0.000172',
  ],
  'a call of whose output something was redacted says what': [
    {
      type: 'call.executed',
      callId: '0001-00',
      tool: 'helpdesk.get_ticket',
      status: 'succeeded',
      effects: [],
      redacted: { payment_card: 1, secret: 2 },
      costMicroDollars: 2,
      releasedMicroDollars: 3,
    },
    'succeeded  0001-00 helpdesk.get_ticket, no effects, redacted 1 payment_card, 2 secret, cost $0.000002, released $0.000003',
  ],
  'a call whose answer was given again says so': [
    {
      type: 'call.executed',
      callId: '0001-00',
      tool: 'loyalty.get_points',
      status: 'succeeded',
      effects: [],
      cached: true,
      costMicroDollars: 0,
      releasedMicroDollars: 1,
    },
    'succeeded  0001-00 loyalty.get_points, no effects, answered before, cost $0.00, released $0.000001',
  ],
  'a call that can be taken back says by which tool': [
    {
      type: 'call.executed',
      callId: '0001-00',
      tool: 'documents.put_document',
      status: 'succeeded',
      effects: ['documents/a.md/versions/v2'],
      undo: { tool: 'documents.restore_document' },
      costMicroDollars: 6,
      releasedMicroDollars: 40,
    },
    'succeeded  0001-00 documents.put_document, changed documents/a.md/versions/v2, undone by documents.restore_document, cost $0.000006, released $0.00004',
  ],
  'a failed call says why': [
    {
      type: 'call.executed',
      callId: '0001-00',
      tool: 'retail.calculate',
      status: 'failed',
      error: { code: 'tool_failed', message: 'division by zero' },
      effects: [],
      costMicroDollars: 0,
      releasedMicroDollars: 1,
    },
    'failed     0001-00 retail.calculate, no effects, cost $0.00, released $0.000001: division by zero',
  ],
  'a closed run says how it ended': [
    {
      type: 'run.closed',
      outcome: 'stopped',
      reason: { code: 'budget', message: 'out of budget' },
      spentMicroDollars: 9,
      calls: 3,
    },
    'closed     stopped, 3 calls, spent $0.000009: out of budget',
  ],
};

suite('events for people', () => {
  for (const [title, [body, ...lines]] of Object.entries(cases)) {
    test(title, () => {
      assert.deepEqual(
        eventLines(event(body)),
        lines.map((line) => `${at}  ${line}`),
      );
    });
  }

  test('an event of a type from the future is shown as it is', () => {
    const future = {
      ...event({ ...decided, decision: 'allow' }),
      type: 'call.undone',
    } as unknown as LedgerEvent;
    assert.match(eventLines(future).join(), /unknown.*"type":"call\.undone"/);
  });

  test('a proposal cannot write escape sequences to the terminal', () => {
    const hostile = { ...decided, tool: '\u001b[2J', arguments: { note: '\u009b31m' } };
    const lines = eventLines(event({ ...hostile, decision: 'deny', reasons: [] })).join();
    assert.doesNotMatch(lines, /\p{Cc}/u);
  });
});
