import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CallResult } from '../../../contracts/call.ts';
import { ENV } from '../../../contracts/environment.ts';
import type { Plan, PlanInput } from '../../../contracts/run.ts';
import type { Envelope } from '../../../domain/envelope/envelope.ts';
import type { Transcript } from '../../../functions/adapters/transcripts.ts';
import { plan } from '../../../functions/plan/plan.ts';
import type { Conversation } from '../../../functions/plan/provider.ts';
import { bundle } from '../../support/bundle.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';

process.env[ENV.runsTable] ??= 'runs';

const RUN = { tenant: 'acme', runId: 'run-1' };
const WORKFLOW = 'retail-support';
const ARGUMENTS = { order_id: '#W1', reason: 'no longer needed' };
const CANCEL = { tool: 'retail.cancel_pending_order', arguments: ARGUMENTS };
const PREVIEW = 'retail.preview_cancel_pending_order';
const ASKED: CallResult = {
  decision: 'needs_approval',
  callId: '0001-00',
  policies: [],
  approval: {
    approvalId: 'apr-1',
    approverRole: 'support_manager',
    quorum: 1,
    timeoutSeconds: 7200,
    heartbeatSeconds: 600,
  },
};
const CHANGES = [{ effect: 'orders/#W1', field: 'status', from: 'pending', to: 'cancelled' }];
const SHOWS = answered({ changes: CHANGES });

function answered(output: unknown): CallResult {
  return { decision: 'allow', callId: '0001-00-preview', status: 'succeeded', output, costMicroDollars: 1 };
}

interface Circumstances {
  readonly proposals?: readonly unknown[];
  readonly envelope?: (envelope: Envelope) => Envelope;
  readonly run?: Readonly<Record<string, unknown>>;
}

/** A run that a model has just asked for these calls, planned step by step. */
function running({ proposals = [CANCEL], envelope = (same) => same, run = {} }: Circumstances = {}) {
  const calls = proposals.map((proposal, index) => ({ ...RUN, callId: `0001-0${index}`, proposal }));
  const kept = new Map<number, Transcript>([
    [1, { input: { prompt: 'cancel it' }, turns: [{ calls, results: [] }] }],
  ]);
  const state = {
    run: { status: 'open', usedMicroDollars: 0, callsAuthorized: 0, digestKey: DIGEST_KEY, ...run },
  };
  const conversations: Conversation[] = [];
  const planOn = async (input: PlanInput): Promise<Plan> => {
    const Item = {
      ...RUN,
      workflow: WORKFLOW,
      agent: WORKFLOW,
      openedAt: 'then',
      capChanges: 0,
      ...state.run,
    };
    const { next } = await plan(input, {
      client: { send: async () => ({ Item }) } as unknown as DynamoDBDocumentClient,
      clock: () => new Date(),
      bundle: {
        ...bundle,
        envelopes: { [WORKFLOW]: envelope(bundle.envelopes[WORKFLOW] ?? assert.fail()) },
      },
      transcripts: {
        read: async (_, number) =>
          structuredClone(kept.get(number) ?? assert.fail(`no transcript ${number}`)),
        write: async (_, number, transcript) => void kept.set(number, transcript),
      },
      proposers: {
        recorded: () => assert.fail(),
        models: async (conversation) => {
          conversations.push(conversation);
          return { proposals: [] };
        },
      },
    });
    return next;
  };
  const after = (planned: Plan, results: readonly CallResult[]) =>
    planOn({
      run: RUN,
      planned: { plan: planned },
      governed: { Status: 'SUCCEEDED', Output: JSON.stringify(results) },
    });
  const first: Plan = { next: 'call', turn: 1, calls };
  return { first, after, planOn, kept, state, conversations };
}

/** What people are shown when their preview came to this. */
async function shownAfter(result: CallResult, circumstances?: Circumstances) {
  const { first, after } = running(circumstances);
  const asked = await after(first, [ASKED]);
  assert.equal(asked.next, 'call', JSON.stringify(asked));
  const next = await after(asked, [result]);
  assert.equal(next.next, 'wait');
  return next.wait?.preview;
}

/** What people are shown at once, without a preview being called. */
async function shownAtOnce(circumstances: Circumstances) {
  const { first, after } = running(circumstances);
  const next = await after(first, [ASKED]);
  assert.equal(next.next, 'wait', JSON.stringify(next));
  return next.wait?.preview;
}

test('before people are asked, the platform calls the preview, with the arguments of the call', async () => {
  const { first, after } = running();
  const asked = await after(first, [ASKED]);
  const call = { ...RUN, callId: '0001-00-preview', proposal: { tool: PREVIEW, arguments: ARGUMENTS } };
  assert.deepEqual(asked, { next: 'call', turn: 2, calls: [call] });
  assert.deepEqual(await after(first, [ASKED]), asked, 'repeated');
});

test('with its answer people are asked, and are shown the changes by effect', async () => {
  const { first, after } = running();
  const asked = await after(first, [ASKED]);
  const waits = await after(asked, [SHOWS]);
  const { effect: _, ...change } = CHANGES[0] ?? assert.fail();
  assert.deepEqual([waits.next, waits.turn, waits.wait?.approvalId], ['wait', 3, 'apr-1']);
  assert.ok(waits.wait?.preview && 'changes' in waits.wait.preview);
  assert.deepEqual(waits.wait.preview.changes, { 'orders/#W1': [change] });
  assert.match(waits.wait.preview.digest, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    waits.calls.map(({ callId, approvalId }) => [callId, approvalId]),
    [['0001-00', 'apr-1']],
  );
  assert.deepEqual(await after(asked, [SHOWS]), waits, 'repeated');
});

test('no model is told of a preview, it is no result and no turn', async () => {
  const { first, after, conversations, kept } = running();
  const asked = await after(first, [ASKED]);
  const waits = await after(asked, [SHOWS]);
  const done: CallResult = { decision: 'allow', callId: '0001-00', status: 'succeeded', costMicroDollars: 1 };
  await after(waits, [done]);
  const [conversation] = conversations;
  assert.deepEqual(
    conversation?.turns.map(({ results }) => results),
    [[done]],
  );
  assert.deepEqual(kept.get(3)?.turns[0]?.previews, [SHOWS], 'but it is in the transcript');
});

test('a call that is asked about again is shown as it was, without another preview', async () => {
  const { first, after } = running();
  const waits = await after(await after(first, [ASKED]), [SHOWS]);
  const again = await after(waits, [ASKED]);
  assert.deepEqual([again.next, again.wait?.preview], ['wait', waits.wait?.preview]);
});

test('of two calls that wait each has its own preview, when its turn has come', async () => {
  const second = { ...ASKED, callId: '0001-01', approval: { ...ASKED.approval, approvalId: 'apr-2' } };
  const { first, after } = running({ proposals: [CANCEL, CANCEL] });
  const waits = await after(await after(first, [ASKED, second]), [SHOWS]);
  assert.equal(waits.wait?.approvalId, 'apr-1');
  const done: CallResult = { decision: 'allow', callId: '0001-00', status: 'succeeded', costMicroDollars: 1 };
  const asked = await after(waits, [done]);
  assert.deepEqual(
    asked.calls.map(({ callId }) => callId),
    ['0001-01-preview'],
  );
});

test('a tool that shows nothing beforehand is asked about at once', async () => {
  const order = { order_id: '#W1', item_ids: ['1000000001'], payment_method_id: 'gift_card_1' };
  const proposals = [{ tool: 'retail.return_delivered_order_items', arguments: order }];
  assert.equal(await shownAtOnce({ proposals }), null);
});

const id = '0001-00-preview';
const reason = { code: 'x', message: 'write to lena@example.com' };
const REFUSALS: Readonly<Record<string, readonly [CallResult, RegExp]>> = {
  'policy refuses it': [
    { decision: 'deny', callId: id, policies: [], reasons: [reason] },
    /^the preview was refused: write to .*email/,
  ],
  'policy refuses it without a word': [
    { decision: 'deny', callId: id, policies: [], reasons: [] },
    /^the preview was refused: no policy permits it$/,
  ],
  'policy wants people to be asked about it': [
    { ...ASKED, callId: id },
    /^the preview was refused: policy lets nobody see it without an approval of its own$/,
  ],
  'it failed': [
    {
      decision: 'allow',
      callId: id,
      status: 'failed',
      error: { code: 'tool_refused', message: 'Order not found' },
      costMicroDollars: 1,
    },
    /^the preview failed: Order not found$/,
  ],
  'its answer was lost': [
    { decision: 'allow', callId: id, status: 'succeeded', costMicroDollars: 1 },
    /^the preview failed: its answer was lost$/,
  ],
  'nobody could decide on it': [
    { decision: 'undecided', callId: id, error: 'no facts' },
    /^the preview gave no answer: no facts$/,
  ],
  'it gave no answer': [
    { decision: 'unresolved', callId: id, error: 'States.Timeout' },
    /^the preview gave no answer: States.Timeout$/,
  ],
  'it answers something else': [answered({ other: 1 }), /^the preview gave no answer that can be shown$/],
  'it is too long': [
    answered({ changes: [{ effect: 'a/b', field: 'c', to: 'x'.repeat(30_000) }] }),
    /^there are 1 changes of 300\d\d bytes/,
  ],
};

for (const [why, [result, message]] of Object.entries(REFUSALS)) {
  test(`people are asked without a preview when ${why}, and are told why`, async () => {
    const shown = (await shownAfter(result)) ?? assert.fail();
    assert.deepEqual(Object.keys(shown), ['error']);
    assert.match('error' in shown ? shown.error : '', message);
    assert.doesNotMatch(JSON.stringify(shown), /lena@example.com/);
  });
}

test('an execution that broke off, or told nothing of the preview, does not keep people from being asked', async () => {
  const { first, after, planOn } = running();
  const asked = await after(first, [ASKED]);
  const governed = { Status: 'TIMED_OUT', Error: 'States.Timeout' };
  const broken = await planOn({ run: RUN, planned: { plan: asked }, governed });
  assert.deepEqual(broken.wait?.preview, { error: 'the preview gave no answer: TIMED_OUT: States.Timeout' });
  const silent = await after(asked, []);
  assert.deepEqual(silent.wait?.preview, { error: 'the preview gave no answer: no result was given' });
});

test('a preview that the envelope does not allow is not even proposed', async () => {
  const envelope = (it: Envelope): Envelope => ({
    ...it,
    permissions: {
      ...it.permissions,
      allowed_tools: it.permissions.allowed_tools.filter((tool) => tool !== PREVIEW),
    },
  });
  assert.deepEqual(await shownAtOnce({ envelope }), {
    error: `the envelope does not allow the preview, add ${PREVIEW} to its allowed_tools`,
  });
});

test('a preview does not take the last calls of a run, or its last money, from what waits for people', async () => {
  const calls = bundle.envelopes[WORKFLOW]?.budgets.max_tool_calls ?? assert.fail();
  const noCall = {
    error: 'the run has no tool call left for a preview beside the calls that wait for people',
  };
  assert.deepEqual(await shownAtOnce({ run: { callsAuthorized: calls - 1 } }), noCall);
  assert.ok('changes' in ((await shownAfter(SHOWS, { run: { callsAuthorized: calls - 2 } })) ?? {}));
  const two = running({ proposals: [CANCEL, CANCEL], run: { callsAuthorized: calls - 2 } });
  const second = { ...ASKED, callId: '0001-01' };
  assert.deepEqual((await two.after(two.first, [ASKED, second])).wait?.preview, noCall);

  const noMoney = { error: 'the run has no money left for a preview beside the calls that wait for people' };
  assert.deepEqual(await shownAtOnce({ run: { usedMicroDollars: 499_999 } }), noMoney);
});

test('a run that was closed meanwhile ends, whatever its preview came to', async () => {
  const { first, after, state } = running();
  const asked = await after(first, [ASKED]);
  state.run = { ...state.run, status: 'closed' };
  const denied: CallResult = { decision: 'deny', callId: id, policies: [], reasons: [reason] };
  const next = await after(asked, [denied]);
  assert.deepEqual([next.next, next.outcome, next.reason?.code], ['close', 'stopped', 'run_stopped']);
});
