import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventBody } from '../../contracts/events.ts';
import { ApiFailure, answerWithin } from '../../functions/api/http.ts';
import { RECEIPT_LIMIT } from '../../functions/api/receipt.ts';
import { decided, eventsOfRun, executed, opened, requested } from '../support/metered.ts';
import { loggedAmongOthers, madeLog, receiptIn } from '../support/receipts.ts';

const CONTEXT = {
  ...{ mode: 'autonomous', user: { id: 'lena_hofer_4821', roles: ['customer'] }, users: ['resource.owner'] },
  ...{
    resource: { status: 'pending' },
    facts: { refundCents: 12345 },
    hidden: ['resource.email', 'resource.items'],
  },
};
const WHY = {
  policies: ['agents/retail-support-refunds/small-refund'],
  digest: 'd'.repeat(64),
  context: CONTEXT,
};

/** Events about as large as the product's own. */
const runOfCalls = (calls: number) => {
  const ids = Array.from({ length: calls }, (_, index) => `${String(index + 1).padStart(4, '0')}-00`);
  const given = {
    arguments: { order_id: '#W4400218', reason: 'no longer needed' },
    policyDigest: 'p'.repeat(64),
  };
  const done = {
    outputDigest: 'o'.repeat(64),
    effects: ['orders/#W4400218'],
    undo: { tool: 'retail.reopen' },
  };
  return eventsOfRun(
    {},
    ...[requested(), opened()],
    ...ids.flatMap((id) => [
      {
        ...{
          type: 'model.called',
          model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
          prices: '2026-11-21',
        },
        ...{ inputTokens: 12345, outputTokens: 678, costMicroDollars: 47205, id: `${id}/model` },
      } as EventBody,
      decided(id, 'retail.cancel_pending_order', 'allow', { ...WHY, ...given }),
      { ...executed(id, 2), ...done } as EventBody,
    ]),
  );
};

test('the receipt of 500 calls is delivered, wherever their events are in a log', async () => {
  const events = runOfCalls(500);
  for (const log of [
    loggedAmongOthers(events),
    madeLog(events.flatMap((event) => [undefined, undefined, event])),
  ]) {
    const receipt = await receiptIn(log, events);
    assert.equal(answerWithin(RECEIPT_LIMIT, receipt).status, 200);
  }
});

test('a receipt that Lambda would not deliver is refused, with its size and what to do instead', async () => {
  const events = runOfCalls(3_000);
  const receipt = await receiptIn(loggedAmongOthers(events), events);
  assert.throws(
    () => answerWithin(RECEIPT_LIMIT, receipt),
    (error) =>
      error instanceof ApiFailure &&
      error.status === 413 &&
      /^the answer has \d+ bytes, expected up to 5900000; make it .* --dir COPY$/.test(error.message),
  );
});

test('a limit counts what a body takes inside of an answer, where each quotation mark is two bytes', () => {
  const limit = { bytes: 20, code: 'x', remedy: 'r' };
  assert.equal(answerWithin(limit, 'a'.repeat(14)).status, 200);
  assert.throws(() => answerWithin(limit, 'a'.repeat(15)), { code: 'x' });
});
