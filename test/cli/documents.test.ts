import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { receiptLines } from '../../cli/render/receipt.ts';
import { runLines } from '../../cli/render/run.ts';
import { openRun, receipt } from '../support/views.ts';

suite('a run for people', () => {
  test('shows its user, what it waits for and what is left of its budget', () => {
    assert.deepEqual(runLines(openRun).slice(4), [
      'user         lena (customer)',
      'status       open',
      'mode         autonomous',
      'waiting for  approval apr-1',
      'requested    2026-01-31T09:00:00.000Z',
      'opened       2026-01-31T09:00:01.000Z',
      'budget       $0.000042 spent and $0.000174 held of $0.50, 57 calls left',
    ]);
  });

  test('that failed shows why', () => {
    const { waitingFor: _, ...run } = openRun;
    const reason = { code: 'x', message: 'the model does not answer' };
    const lines = runLines({ ...run, outcome: 'failed', reason });
    assert.ok(lines.includes('outcome    failed: the model does not answer'));
  });
});

suite('a receipt for people', () => {
  const lines = receiptLines(receipt);

  test('gives each call its decision, what decided it, its outcome and its cost', () => {
    const first = lines.findIndex((line) => line.startsWith('CALL'));
    assert.deepEqual(lines.slice(first, first + 12), [
      'CALL     TOOL                         DECISION  OUTCOME            COST  POLICIES',
      '0001-00  retail.get_order_details     deny      not executed',
      '    order_id="#W2"',
      '    because no policy permits this call',
      '0002-00  retail.cancel_pending_order  allow     succeeded     $0.000002  agents/retail-support-refunds/large-refund',
      '    order_id="#W1"',
      '    policy: agents/retail-support-refunds/large-refund (a large refund waits for a manager) wants ' +
        '1 support_manager to approve first',
      '    policy: permitted by agents/retail-support-refunds/large-refund (a large refund waits for a manager). ' +
        'It went by mode autonomous; user lena as customer; resource status="pending"; facts refundCents=55840; ' +
        'resource.owner being that user; people behind it support_manager=1; ' +
        'resource.email, whose values the log does not keep',
      "    budget: $0.000174, the most that it may cost, set aside within the run's cap of $0.50",
      '    approval apr-1',
      '    maria approve via api at 2026-01-31T09:00:30.000Z: checked by phone',
      '    changed orders/#W1',
    ]);
  });

  test('shows exactly what a call has changed, and how it can be taken back', () => {
    const [read, cancelled] = receipt.calls;
    assert.ok(read && cancelled?.outcome);
    const outcome = {
      ...cancelled.outcome,
      effects: ['orders/#W1', 'customers/lena'],
      changes: {
        'orders/#W1': [
          { field: 'status', from: 'pending', to: 'cancelled' },
          { field: 'payment_history[1]', to: 'hmac:0123456789abcdef' },
          { field: 'note', from: 'fragile\u001b[2J' },
        ],
        '(more)': [{ field: '(7 more)', to: 'hmac:fedcba9876543210' }],
      },
      undo: { tool: 'retail.reopen_order' },
    };
    const shown = receiptLines({ ...receipt, calls: [read, { ...cancelled, outcome }] });
    assert.deepEqual(
      shown.filter((line) => /changed|taken back/.test(line)),
      [
        '    changed orders/#W1: status "pending" to "cancelled", payment_history[1] added ' +
          '"hmac:0123456789abcdef", note "fragile\\u001b[2J" removed',
        '    changed customers/lena',
        '    changed (more): (7 more) added "hmac:fedcba9876543210"',
        '    can be taken back with retail.reopen_order',
      ],
    );
  });

  test('says whether a call has changed what people were shown', () => {
    const [read, cancelled] = receipt.calls;
    assert.ok(read && cancelled?.outcome);
    const shown = (preview: 'as_shown' | 'otherwise') =>
      receiptLines({
        ...receipt,
        calls: [read, { ...cancelled, outcome: { ...cancelled.outcome, preview } }],
      } as typeof receipt);
    assert.ok(shown('as_shown').includes('    changed exactly what people were shown'));
    assert.ok(shown('otherwise').includes('    CHANGED OTHERWISE THAN PEOPLE WERE SHOWN'));
    assert.ok(!lines.some((line) => /people were shown/i.test(line)));
  });

  test('ends with the totals and the digest of its events', () => {
    assert.deepEqual(lines.slice(-7), [
      'model           $0.00004',
      'tools           $0.000002',
      'infrastructure  $0.0003',
      'people          $2.00',
      'total           $2.000342, of its budget $0.000042',
      `events          9, sha-256 ${'c'.repeat(64)}`,
      'proof           none of the 9 events is under a checkpoint; key log.s3.us-east-1.amazonaws.com',
    ]);
  });
});
