import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import type { PlanInput } from '../../../contracts/run.ts';
import type { Envelope } from '../../../domain/envelope/envelope.ts';
import type { Transcript } from '../../../functions/adapters/transcripts.ts';
import { plan } from '../../../functions/plan/plan.ts';
import { bundle } from '../../support/bundle.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';

process.env[ENV.runsTable] ??= 'runs';

const RUN = { tenant: 'acme', runId: 'run-1' };
const CALL = {
  ...RUN,
  callId: '0001-00',
  proposal: { tool: 'retail.get_order_details', arguments: { order_id: '#W1' } },
};

/** The plan that follows one call whose execution ended so. */
async function planAfter(
  governed: PlanInput['governed'],
  {
    tokens,
    budgets = {},
  }: { readonly tokens?: number; readonly budgets?: Partial<Envelope['budgets']> } = {},
) {
  const envelope = bundle.envelopes['retail-support'] ?? assert.fail();
  const limited = { ...envelope, budgets: { ...envelope.budgets, ...budgets } };
  const Item = {
    ...RUN,
    workflow: 'retail-support',
    agent: 'retail-support',
    status: 'open',
    openedAt: 'then',
    digestKey: DIGEST_KEY,
  };
  const transcript: Transcript = {
    input: { proposals: [] },
    turns: [{ calls: [CALL], results: [], ...(tokens === undefined ? {} : { tokens }) }],
  };
  const { next } = await plan(
    { run: RUN, planned: { plan: { next: 'call', turn: 1, calls: [CALL] } }, ...(governed && { governed }) },
    {
      client: { send: async () => ({ Item }) } as unknown as DynamoDBDocumentClient,
      clock: () => new Date(),
      bundle: { ...bundle, envelopes: { 'retail-support': limited } },
      transcripts: { read: async () => transcript, write: async () => {} },
      proposers: { recorded: async () => ({ proposals: [] }), models: () => assert.fail() },
    },
  );
  return next;
}

for (const Status of ['TIMED_OUT', 'FAILED']) {
  test(`of an execution that is ${Status} nobody knows how far it came: the run ends, and nothing is repeated`, async () => {
    const { next, outcome, reason } = await planAfter({ Status, Error: 'States.Timeout' });
    assert.deepEqual([next, outcome, reason?.code], ['close', 'failed', 'outcome_unresolved']);
    assert.match(
      reason?.message ?? '',
      new RegExp(`call 0001-00 gave no answer \\(${Status}: States.Timeout\\)`),
    );
  });
}

test('of an execution that succeeded each call has its own answer', async () => {
  const undecided = { decision: 'undecided', callId: CALL.callId, error: 'no facts' };
  const { reason } = await planAfter({ Status: 'SUCCEEDED', Output: JSON.stringify([undecided]) });
  assert.deepEqual(reason, { code: 'undecided', message: '0001-00: no facts' });
});

const ANSWERED = {
  Status: 'SUCCEEDED',
  Output: JSON.stringify([{ decision: 'deny', callId: CALL.callId, policies: [], reasons: [] }]),
};

test('a run that has taken the tokens of its envelope ends, and one with some left goes on', async () => {
  const budgets = { max_tokens_per_task: 1000 };
  const { outcome, reason } = await planAfter(ANSWERED, { tokens: 1000, budgets });
  assert.equal(outcome, 'stopped');
  assert.deepEqual(reason, {
    code: 'tokens_exhausted',
    message: 'the run has taken 1000 tokens, its envelope grants 1000',
  });
  assert.equal((await planAfter(ANSWERED, { tokens: 999, budgets })).outcome, 'completed');
  assert.equal((await planAfter(ANSWERED, { tokens: 1_000_000 })).outcome, 'completed');
});
