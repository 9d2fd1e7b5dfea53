import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { approvalCard, missingText } from '../../cli/render/approval-card.ts';
import { approvalTable, waitingText } from '../../cli/render/approvals.ts';
import type { ApprovalView } from '../../contracts/api.ts';
import { given } from '../support/approval.ts';
import { waitingApproval } from '../support/views.ts';

const NOW = new Date('2026-01-31T11:05:02.000Z');
const as = (role: string) => ({ roles: [role] });

suite('approvals that wait', () => {
  test('are a table with age, time left and who is missing, the oldest first', () => {
    const older = { ...waitingApproval, approvalId: 'apr-0', requestedAt: '2026-01-29T09:00:00.000Z' };
    const [header, first, second] = approvalTable([waitingApproval, older], NOW);
    assert.match(header ?? '', /^APPROVAL +AGE +LEFT +NEEDS +TOOL +RESOURCE$/);
    assert.match(first ?? '', /^apr-0 +2 d 2 h +1 d 21 h +0\/1 support_manager /);
    assert.match(second ?? '', /^apr-1 +2 h 5 min .* retail\.cancel_pending_order +Order\/#W1$/);
  });

  test('fit into 120 columns, whatever they are about', () => {
    const long = 'x'.repeat(80);
    const asks = [long, 'other'].map((approverRole) => ({
      ...{ approverRole, quorum: 100 },
      from: waitingApproval.requestedAt,
    }));
    const approval: ApprovalView = {
      ...waitingApproval,
      ...{ approvalId: `apr-${'a'.repeat(20)}`, resource: long, asks },
      ...{ requestedAt: '2025-01-31T09:00:02.000Z', expiresAt: '2027-01-31T09:00:02.000Z' },
      proposal: { tool: `shop.${long}`, arguments: {} },
    };
    for (const line of approvalTable([approval], NOW)) {
      assert.ok(line.length <= 120, `${line.length}: ${line}`);
    }
  });

  test('are one sentence when there are none', () => {
    assert.deepEqual(approvalTable([], NOW), ['no approval is waiting']);
    assert.equal(waitingText([], NOW), 'no approval is waiting');
  });

  test('are counted, with how long the oldest waits', () => {
    assert.equal(waitingText([waitingApproval], NOW), '1 waits, the oldest for 2 h 5 min');
    const younger = { ...waitingApproval, requestedAt: NOW.toISOString() };
    assert.equal(waitingText([younger, waitingApproval], NOW), '2 wait, the oldest for 2 h 5 min');
  });
});

suite('the card of an approval', () => {
  const card = (changes: Partial<ApprovalView> = {}) => approvalCard({ ...waitingApproval, ...changes }, NOW);
  const value = (name: string, changes: Partial<ApprovalView> = {}) =>
    card(changes)
      .find((line) => line.startsWith(`${name}  `))
      ?.slice(name.length)
      .trim();

  test('shows the call, why people are asked, and whom it is about', () => {
    assert.equal(value('tool'), 'retail.cancel_pending_order, tier 3, money or production (money)');
    assert.equal(value('arguments'), 'order_id="#W1" reason="no longer needed"');
    assert.equal(value('cost'), 'at most $0.000174');
    assert.equal(value('why'), 'refunds above 500 dollars wait for a manager');
    assert.equal(value('evidence'), 'refundCents=55840');
    assert.equal(value('asked for by'), 'lena');
    assert.equal(value('gains', { beneficiaries: ['lena', 'tom'] }), 'lena, tom');
    assert.equal(value('gains'), undefined);
    const scores = { injection: 640, sentiment: 12, topics: ['legal'] };
    assert.equal(value('scores', { scores }), 'injection 640, sentiment 12 of 1000, topics legal');
  });

  test('shows exactly what would change, effect by effect, and nothing that could move the cursor', () => {
    const changes = {
      'orders/#W1': [
        { field: 'status', from: 'pending', to: 'cancelled' },
        { field: 'note', to: 'x\u001b[2J' },
      ],
      'customers/lena\u202e': [{ field: 'balance', from: 1 }],
    };
    const lines = card({ preview: { changes, digest: 'd' } });
    const at = lines.indexOf('changes');
    assert.deepEqual(lines.slice(at, at + 6), [
      'changes',
      '  orders/#W1',
      '    status "pending" to "cancelled"',
      '    note added "x\\u001b[2J"',
      '  customers/lena\\u{202e}',
      '    balance 1 removed',
    ]);
  });

  test('says why no change can be shown', () => {
    assert.ok(card().includes('  the tool shows nothing beforehand'));
    assert.ok(card({ preview: { changes: {}, digest: 'd' } }).includes('  none'));
    const preview = { error: 'the preview failed: Order not found' };
    assert.ok(card({ preview }).includes('  cannot be shown: the preview failed: Order not found'));
  });

  test('has all values in one column', () => {
    const indented = card().filter((line) => !/^(changes$| {2})/.test(line));
    const starts = indented.map((line) => /^(\S+( \S+)*?) {2,}/.exec(line)?.[0].length);
    assert.equal(new Set(starts).size, 1, indented.join('\n'));
  });

  const requestedAt = waitingApproval.requestedAt;
  const asks = [
    { approverRole: 'release_manager', quorum: 2, from: requestedAt },
    { approverRole: 'head', quorum: 1, from: '2026-01-31T12:00:00.000Z' },
  ];

  test('says who has decided and where, who is missing, and who is asked next', () => {
    const verdicts = [given('theo', 'approve', { ...as('release_manager'), via: 'slack', note: 'ok' })];
    assert.equal(value('decided', { verdicts }), 'theo approve via slack at 2026-11-21T10:00:00.000Z: ok');
    assert.equal(value('decided'), 'nobody yet');
    assert.equal(value('must sign', { asks, verdicts }), '1 more release_manager');
    assert.equal(value('asked next', { asks }), '1 head from 2026-01-31T12:00:00.000Z');
    const later = new Date('2026-01-31T12:00:00.000Z');
    assert.equal(missingText({ ...waitingApproval, asks }, later), '2 more release_manager, or 1 more head');
    assert.equal(missingText({ ...waitingApproval, asks, state: 'approved' }, NOW), undefined);
  });

  test('counts nobody twice, nor as somebody whom they are not', () => {
    const one = given('theo', 'approve', as('release_manager'));
    const verdicts = [
      one,
      one,
      given('ann', 'approve', as('head')),
      given('tom', 'reject', as('release_manager')),
    ];
    assert.equal(missingText({ ...waitingApproval, asks, verdicts }, NOW), '1 more release_manager');
  });

  test('says how long is left, whether anybody was reached, and where Slack shows it', () => {
    assert.equal(value('requested'), `${requestedAt}, 2 h 5 min ago`);
    assert.equal(value('expires'), '2026-02-02T09:00:02.000Z, 1 d 21 h left');
    assert.equal(value('expires', { expiresAt: NOW.toISOString() }), `${NOW.toISOString()}, over`);
    assert.equal(value('expires', { state: 'rejected' }), '2026-02-02T09:00:02.000Z, rejected');
    assert.equal(value('reached'), 'nobody yet');
    const reachedUntil = '2026-01-31T11:10:02.000Z';
    assert.equal(value('reached', { reachedUntil }), `people are told until ${reachedUntil}, 5 min`);
    const message = { channel: 'C012AB3CD', ts: '1.2', at: requestedAt, approverRole: 'head' };
    const messages = [{ ...message, why: 'next_role' as const }];
    assert.equal(
      value('in slack', { messages }),
      'C012AB3CD 1.2, head since those asked before did not decide',
    );
  });
});
