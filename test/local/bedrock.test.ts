import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  as,
  closed,
  eventsOf,
  LENA,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  shopOf,
} from '../support/cloud.ts';
import { type Answer, type ScriptedModel, scriptedModel, toolUse } from '../support/scripted-model.ts';

let model: ScriptedModel;
before(async () => {
  model = await scriptedModel();
});
after(() => model[Symbol.asyncDispose]());

async function startWith(prompt: string, script: readonly Answer[], tenant: string): Promise<StartedRun> {
  model.script(prompt, script);
  const request = { tenant, user: LENA, input: { prompt }, clientToken: prompt };
  const { runId } = await (await as('app')).startRun('retail-support', request);
  return { tenant, runId };
}

/** What the model is asked and answers costs 1,000 tokens in at 3 and 100 tokens out at 15 micro-dollars. */
const ONE_ANSWER_MICRO_DOLLARS = 4500;

test('a model proposes through tool use, sees results and refusals, and pays from the cap of its run', async () => {
  const tenant = await newTenant();
  const prompt = `cancel my order please (${tenant})`;
  const cancel = (order_id: string) => ({ order_id, reason: 'no longer needed' });
  const run = await startWith(
    prompt,
    [
      {
        tool_calls: [
          toolUse('a', 'retail__get_order_details', { order_id: ORDERS.small }),
          toolUse('b', 'retail__cancel_pending_order', cancel(ORDERS.others)),
        ],
      },
      {
        content: 'now yours',
        tool_calls: [toolUse('c', 'retail__cancel_pending_order', cancel(ORDERS.small))],
      },
      { content: 'your order is cancelled' },
    ],
    tenant,
  );
  const view = await closed(run);
  assert.equal(view.outcome, 'completed', JSON.stringify(view.reason));
  const events = await eventsOf(run);
  assert.deepEqual(
    ofType(events, 'call.decided').map(({ callId, decision }) => [callId, decision]),
    [
      ['0001-00', 'allow'],
      ['0001-01', 'deny'],
      ['0002-00', 'allow'],
    ],
  );
  const models = ofType(events, 'model.called');
  assert.deepEqual(
    models.map(({ costMicroDollars }) => costMicroDollars),
    Array(3).fill(ONE_ANSWER_MICRO_DOLLARS),
  );
  const [routed] = ofType(events, 'model.routed');
  assert.deepEqual([routed?.route, routed?.pinned?.reasoning], ['reasoning', models[0]?.model]);
  const receipt = await (await as('app')).getReceipt(tenant, run.runId);
  assert.equal(receipt.cost.modelMicroDollars, 3 * ONE_ANSWER_MICRO_DOLLARS);
  assert.equal(view.budget?.spentMicroDollars, receipt.cost.budgetMicroDollars);
  assert.equal(view.budget?.heldMicroDollars, 0);

  const [first, second] = model.asked(prompt);
  assert.equal(first?.tools.length, 17);
  const toolResults =
    second?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content ?? '') ?? [];
  assert.match(toolResults[0] ?? '', /"status":"pending"/);
  assert.equal(toolResults[1], 'refused: a conversation helps one customer, and this belongs to another');
});

test('a model that proposes a tool that does not exist is told so and asked once more, and nothing happens', async () => {
  const tenant = await newTenant();
  const before = await shopOf(tenant);
  const prompt = `drop the tables (${tenant})`;
  const run = await startWith(prompt, [{ tool_calls: [toolUse('a', 'retail__drop_tables', {})] }], tenant);
  const view = await closed(run);
  assert.equal(view.outcome, 'completed', JSON.stringify(view.reason));
  const events = await eventsOf(run);
  assert.deepEqual(ofType(events, 'call.decided'), []);
  assert.deepEqual(
    ofType(events, 'model.called').map(({ id, invalid }) => [id, invalid?.map(({ code }) => code)]),
    [
      ['0001/model', ['unknown_tool']],
      ['0001/model-2', undefined],
    ],
  );
  assert.match(
    model.asked(prompt)[1]?.messages.at(-1)?.content ?? '',
    /^not carried out, .*: tool 'retail\.drop_tables' is not registered/,
  );
  assert.equal(view.budget?.spentMicroDollars, 2 * ONE_ANSWER_MICRO_DOLLARS);
  assert.deepEqual(await shopOf(tenant), before);
});

test('a model whose tool use cannot be read twice stops the run, with its cost on record', async () => {
  const tenant = await newTenant();
  const broken = {
    id: 'a',
    type: 'function',
    function: { name: 'retail__get_order_details', arguments: '{not json' },
  };
  const answer = { tool_calls: [broken] };
  const run = await startWith(`garbage (${tenant})`, [answer, answer], tenant);
  const view = await closed(run);
  assert.equal(view.outcome, 'stopped');
  assert.equal(view.reason?.code, 'invalid_proposals');
  assert.equal(view.budget?.spentMicroDollars, 2 * ONE_ANSWER_MICRO_DOLLARS);
  assert.equal(view.budget?.heldMicroDollars, 0);
});

test('a model that guesses wildly is stopped when it guesses again, and none of its calls is decided', async () => {
  const tenant = await newTenant();
  const wild = Array.from({ length: 60 }, (_, index) => toolUse(`u${index}`, 'retail__no_such_tool', {}));
  const run = await startWith(`guess (${tenant})`, [{ tool_calls: wild }, { tool_calls: wild }], tenant);
  const view = await closed(run);
  assert.equal(view.outcome, 'stopped');
  assert.equal(view.reason?.code, 'invalid_proposals');
  assert.match(
    view.reason?.message ?? '',
    /the second time: retail\.no_such_tool: tool 'retail\.no_such_tool' is not registered/,
  );
  assert.equal(view.budget?.callsLeft, 60);
});

test('a model that is refused again and again is stopped when it has proposed twice what it was granted', async () => {
  const tenant = await newTenant();
  const cancel = { order_id: ORDERS.others, reason: 'no longer needed' };
  const wild = Array.from({ length: 60 }, (_, index) =>
    toolUse(`u${index}`, 'retail__cancel_pending_order', cancel),
  );
  const run = await startWith(`insist (${tenant})`, [{ tool_calls: wild }, { tool_calls: wild }], tenant);
  const view = await closed(run);
  assert.equal(view.outcome, 'stopped');
  assert.deepEqual(view.reason, {
    code: 'too_many_proposals',
    message: 'the model has proposed 120 calls, at most 120 are taken',
  });
  assert.equal(view.budget?.callsLeft, 60);
});

test('a model that never stops is stopped by the cap of its run, which it does not exceed', async () => {
  const tenant = await newTenant();
  const endless = Array.from({ length: 50 }, (_, index) => ({
    tool_calls: [toolUse(`u${index}`, 'retail__calculate', { expression: `1 + ${index}` })],
    tokens: 2000,
  }));
  const run = await startWith(`count forever (${tenant})`, endless, tenant);
  const view = await closed(run);
  assert.equal(view.outcome, 'stopped');
  assert.equal(view.reason?.code, 'budget_exhausted');
  assert.ok((view.budget?.spentMicroDollars ?? 0) <= (view.budget?.capMicroDollars ?? 0));
});
