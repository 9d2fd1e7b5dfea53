import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import { loadExamples } from '../../local/examples/load.ts';
import {
  as,
  closed,
  endpoint,
  eventsOf,
  LENA,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  waiting,
} from '../support/cloud.ts';
import { type Answer, type ScriptedModel, scriptedModel, toolUse } from '../support/scripted-model.ts';

let model: ScriptedModel;
before(async () => {
  model = await scriptedModel();
});
after(() => model[Symbol.asyncDispose]());

const AGENT = { id: 'ines_okafor', roles: ['support_agent'] };
const prefix = process.env.COUNTERSIGN_LOCAL_PREFIX ?? DEFAULT_PREFIX;

async function startWith(
  workflow: string,
  user: { readonly id: string; readonly roles: readonly string[] },
  tenant: string,
  script: readonly Answer[],
): Promise<StartedRun & { readonly prompt: string }> {
  const prompt = `please see to it (${tenant})`;
  model.script(prompt, script);
  const request = { tenant, user, input: { prompt }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun(workflow, request);
  return { tenant, runId, prompt };
}

/** A tenant of its own with the examples' records. */
async function deskTenant(): Promise<string> {
  const tenant = `t-${randomUUID().slice(0, 13)}`;
  await loadExamples({ tenant, prefix, client: new DynamoDBClient(localClient(endpoint)), now: new Date() });
  return tenant;
}

const ticket = (id: string, ticket_id: string): Answer => ({
  tool_calls: [toolUse(id, 'desk__get_ticket', { ticket_id })],
});
const sameTicket = (times: number) =>
  Array.from({ length: times }, (_, index) => ticket(`u${index}`, 'T-301'));

/** What the model is asked and answers costs 1,000 tokens in at 3 and 100 tokens out at 15 micro-dollars. */
const ONE_ANSWER_MICRO_DOLLARS = 4500;

test('an endless tool loop is stopped when it has shown itself, with its cost and the calls that show it', async () => {
  const order = { order_id: ORDERS.small };
  const endless = Array.from({ length: 50 }, (_, index) => ({
    tool_calls: [toolUse(`u${index}`, 'retail__get_order_details', order)],
  }));
  const run = await startWith('retail-support', LENA, await newTenant(), endless);
  const view = await closed(run);
  assert.deepEqual([view.outcome, view.reason?.code], ['stopped', 'same_call']);
  assert.match(view.reason?.message ?? '', /retail\.get_order_details .* 3 times.*0001-00, 0002-00, 0003-00/);
  const events = await eventsOf(run);
  assert.equal(ofType(events, 'loop.found').length, 1);
  assert.equal(ofType(events, 'call.executed').length, 3);
  const receipt = await (await as('app')).getReceipt(run.tenant, run.runId);
  assert.equal(receipt.cost.modelMicroDollars, 3 * ONE_ANSWER_MICRO_DOLLARS);
  assert.equal(view.budget?.spentMicroDollars, receipt.cost.budgetMicroDollars);
  assert.equal(view.budget?.heldMicroDollars, 0);
});

test('a loop waits for a person, goes on when they approve, and is then ended by the steps of its budget', async () => {
  const dear: Answer = { ...ticket('dear', 'T-302'), tokens: 34_200 };
  const run = await startWith('refund-desk', AGENT, await deskTenant(), [...sameTicket(3), dear]);
  const approvalId = await waiting(run);
  const maria = await as('maria');
  const question = (await maria.listApprovals(run.tenant)).find(
    (approval) => approval.approvalId === approvalId,
  );
  assert.equal(question?.callId, '0004-go');
  assert.equal(question?.proposal.tool, 'countersign.continue_run');
  assert.deepEqual(question?.proposal.arguments.evidence, ['0001-00', '0002-00', '0003-00']);
  assert.equal(model.asked(run.prompt).length, 3, 'nothing is asked while it waits');
  await maria.decideApproval(approvalId, { tenant: run.tenant, verdict: 'approve', note: 'once more' });

  const view = await closed(run);
  assert.deepEqual([view.outcome, view.reason?.code], ['stopped', 'budget_step']);
  assert.equal(view.reason?.message, 'the run ends from 95 % of its run tokens on: 38500 of 40000 used');
  const told = (await eventsOf(run)).map((event) => event.type);
  const order = [
    'loop.found',
    'run.questioned',
    'approval.waiting',
    'approval.verdict',
    'run.continued',
    'budget.step',
  ];
  assert.deepEqual([...new Set(told.filter((type) => order.includes(type)))].sort(), [...order].sort());
  assert.ok(told.indexOf('run.continued') > told.indexOf('approval.verdict'));
  assert.deepEqual(
    ofType(await eventsOf(run), 'budget.step').map(({ step }) => step),
    ['alert', 'less_context', 'stop'],
  );
  assert.equal(model.asked(run.prompt).length, 4);
});

test('a loop that a person does not let go on ends there, with what they said', async () => {
  const run = await startWith('refund-desk', AGENT, await deskTenant(), sameTicket(9));
  const approvalId = await waiting(run);
  const verdict = { tenant: run.tenant, verdict: 'reject', note: 'it reads the same ticket' } as const;
  await (await as('maria')).decideApproval(approvalId, verdict);
  const view = await closed(run);
  assert.deepEqual(
    [view.outcome, view.reason],
    [
      'stopped',
      { code: 'not_continued', message: 'maria said that the run may not go on: it reads the same ticket' },
    ],
  );
  assert.equal(model.asked(run.prompt).length, 3);
});
