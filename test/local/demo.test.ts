import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Receipt, ReceiptCall } from '../../contracts/api.ts';
import { demoFor, unexpected } from '../../local/demo.ts';
import { localApiUrl } from '../../local/deploy.ts';
import { readShopFile } from '../../local/shop/load.ts';
import { receipt } from '../support/views.ts';

/** Positions of its proposals. */
const STRANGERS = 2;
const LARGE = 4;

const shop = await readShopFile(join(import.meta.dirname, '..', '..', 'local', 'shop', 'sample.json'));

suite('the sample run', () => {
  test('is for a customer with a small and a large pending order', () => {
    const demo = demoFor(shop);
    assert.deepEqual(
      [demo?.customer, demo?.smallOrder, demo?.largeOrder],
      ['lena_hofer_4821', '#W4400218', '#W4400125'],
    );
  });

  test('reaches for an order of somebody else', () => {
    const order = demoFor(shop)?.strangersOrder ?? '';
    assert.notEqual(shop.orders[order]?.user_id, 'lena_hofer_4821');
  });

  test('cannot be told in a shop without such a customer', () => {
    assert.equal(demoFor({ ...shop, orders: {} }), undefined);
  });
});

suite('the end of the sample run', () => {
  const demo = demoFor(shop) ?? assert.fail('the sample shop has a demo');
  const cancelled = { status: 'succeeded', at: '', effects: [], costMicroDollars: 2 } as const;
  const approvedBy = (by: string) =>
    ({ by, verdict: 'approve', at: '2026-01-31T09:00:30.000Z', via: 'api' }) as const;
  const verdicts = ['maria', 'theo'].map(approvedBy);
  const shown = { ...cancelled, preview: 'as_shown' } as const;
  const proposed = demo.proposals.map(({ tool, arguments: given }, index): ReceiptCall => {
    const call = {
      callId: `000${index + 1}-00`,
      tool,
      arguments: given,
      policies: [],
      reasons: [],
      decisions: [],
    };
    const asked = { approvalId: 'apr-1', approverRole: 'support_manager', quorum: 2, askedAt: '', verdicts };
    return index === STRANGERS
      ? { ...call, decision: 'deny' }
      : {
          ...call,
          decision: 'allow',
          outcome: cancelled,
          ...(index === LARGE && { approval: asked, outcome: shown }),
        };
  });
  const preview = { callId: '0005-00-preview', tool: 'retail.preview_cancel_pending_order', arguments: {} };
  const free = { ...cancelled, costMicroDollars: 0 };
  const calls: readonly ReceiptCall[] = [
    ...proposed,
    { ...preview, decision: 'allow', policies: [], reasons: [], decisions: [], outcome: free },
  ];
  const budget = { capMicroDollars: 100, heldMicroDollars: 0, spentMicroDollars: 8, callsLeft: 1, tokens: 0 };
  const asExpected: Receipt = {
    ...receipt,
    run: { ...receipt.run, budget },
    calls,
    cost: {
      ...{ modelMicroDollars: 0, toolsMicroDollars: 8, budgetMicroDollars: 8 },
      ...{ infrastructureMicroDollars: 500, peopleMicroDollars: 2_000_000, totalMicroDollars: 2_000_508 },
    },
    events: { count: 15, digest: '' },
  };

  test('is as expected', () => {
    assert.deepEqual(unexpected(demo, asExpected, 15, ['maria', 'theo']), []);
  });

  const deviations: Readonly<Record<string, readonly [Partial<Receipt>, RegExp]>> = {
    'a run that did not complete': [{ run: { ...asExpected.run, outcome: 'failed' } }, /outcome .* "failed"/],
    'a call that is missing': [{ calls: calls.slice(0, -1) }, /number of calls is 5, expected 6/],
    'a denied call too many': [
      { calls: calls.map((call) => ({ ...call, decision: 'deny' as const })) },
      /denied calls is 6, expected 1/,
    ],
    'a cancellation that failed': [
      { calls: calls.map((call) => ({ ...call, outcome: { ...cancelled, status: 'failed' as const } })) },
      /the large cancellation is "failed"/,
    ],
    'another approver': [
      { calls: calls.map(({ approval: _, ...call }) => call) },
      /who approved the large one is "nobody", expected "maria approve, theo approve"/,
    ],
    'costs that do not add up': [
      { cost: { ...asExpected.cost, budgetMicroDollars: 9 } },
      /charged to the budget is 9, expected 8/,
    ],
    'money still held': [
      { run: { ...asExpected.run, budget: { ...budget, heldMicroDollars: 1 } } },
      /still held is 1, expected 0/,
    ],
    'events that nobody saw': [{ events: { count: 16, digest: '' } }, /number of events is 16, expected 15/],
  };
  for (const [title, [change, message]] of Object.entries(deviations)) {
    test(`with ${title} is not as expected`, () => {
      assert.match(unexpected(demo, { ...asExpected, ...change }, 15, ['maria', 'theo']).join('\n'), message);
    });
  }
});

suite('the address of the api', () => {
  for (const host of [
    'https://ab12.execute-api.us-east-1.amazonaws.com/',
    'http://ab12.execute-api.127.0.0.1:5',
  ]) {
    test(`is found from ${host}`, () => {
      assert.equal(
        localApiUrl('http://127.0.0.1:5', host),
        'http://127.0.0.1:5/_aws/execute-api/ab12/$default',
      );
    });
  }

  test('of another form is refused', () => {
    assert.throws(() => localApiUrl('http://127.0.0.1:5', 'https://example.com'), { code: 'OUTPUT_MISSING' });
  });
});
