import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../contracts/environment.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { openBudget } from '../../domain/budget/budget.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { ToolContext } from '../../domain/tool/handler.ts';
import { ToolRefusal } from '../../domain/tool/handler.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { eventsAfter } from '../../functions/adapters/events.ts';
import { type OpenRunRecord, readRun } from '../../functions/adapters/runs.ts';
import { readWarrant } from '../../functions/adapters/warrants.ts';
import { authorize } from '../../functions/authorize/authorize.ts';
import { callLimiter } from '../../functions/authorize/limits.ts';
import { runContextReader } from '../../functions/authorize/run-context.ts';
import { execute } from '../../functions/execute/execute.ts';
import { findTool, NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { eligible } from '../support/bundle.ts';
import { ledgerTables, noLedger } from '../support/ledger-tables.ts';
import { NOON, openRun } from '../support/open-run.ts';
import { permit, policyRoot } from '../support/policy-folder.ts';

const TOOL = 'loyalty.add_points';
const PRICE = 12_346;
const MOST = findTool(TOOL)?.maximumCostMicroDollars ?? assert.fail(`${TOOL} is registered`);

function built() {
  using folder = policyRoot({ 'agents/desk.cedar': permit('points', TOOL) });
  return buildPolicyBundle(folder.root, NAMESPACES);
}
const unpriced = built();
const sourced = { source: 'https://example.com', as_of: '2026-11-21' };
const prices = { ...unpriced.prices, tools: { [TOOL]: { usd_per_call: 0.0123451, ...sourced } } };
const priced: PolicyBundle = { ...unpriced, prices };
const engine = cedarEngine(unpriced);
const Credentials = { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c' };
const namespace = NAMESPACES.find(({ name }) => name === 'loyalty') ?? assert.fail('loyalty is registered');

describe('a tool with a price', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    process.env[ENV.prefix] = 'none';
  });
  after(() => tables[Symbol.asyncDispose]());

  async function asked(budget: number, bundle = priced) {
    const run = await openRun(client, {
      workflow: 'desk',
      agent: 'desk',
      ...openBudget(budget),
      capChanges: 1,
    });
    const at = { client, clock: () => new Date(NOON) };
    const runContext = runContextReader(client, bundle);
    const dependencies = {
      ...at,
      bundle,
      engine,
      prefix: 'none',
      limiter: callLimiter(at),
      runContext,
      eligible,
    };
    const proposal = { tool: TOOL, arguments: { member_id: 'm_1', points: 5, reason: 'goodwill' } };
    const { result } = await authorize({ ...run, callId: '0001-00', proposal }, dependencies);
    return { run, result };
  }

  /** What the call was charged, once a tool that does this has been executed under these credentials. */
  async function charged(
    does: (input: unknown, context: ToolContext) => Promise<unknown>,
    { canBecomeAgent = true } = {},
  ) {
    const { run, result } = await asked(1_000_000);
    assert.ok(result.decision === 'allow');
    await execute(result.warrant, {
      ...{ client, namespace, prefix: 'p', sessions: new Map(), clock: () => new Date(NOON) },
      sts: { send: async () => (canBecomeAgent ? { Credentials } : assert.fail('denied')) } as never,
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:p-tools-loyalty',
      handlers: { [TOOL]: does } as never,
      reportToLimits: async () => undefined,
      detect: () => assert.fail('nothing is looked at'),
    });
    const { spentMicroDollars, heldMicroDollars } = (await readRun(client, run)) as OpenRunRecord;
    const executed = (await eventsAfter(client, run)).events.find(isExecuted);
    assert.deepEqual([executed?.costMicroDollars, heldMicroDollars], [spentMicroDollars, 0]);
    return { status: executed?.status, spentMicroDollars };
  }

  test('holds what the tool may cost and the price, and its warrant keeps the price', async () => {
    const { run, result } = await asked(MOST + PRICE);
    assert.equal(result.decision, 'allow');
    const warrant = await readWarrant(client, { ...run, callId: '0001-00' });
    assert.ok(warrant?.state === 'authorized');
    assert.deepEqual([warrant.holdMicroDollars, warrant.priceMicroDollars], [MOST + PRICE, PRICE]);
    const after = (await readRun(client, run)) as OpenRunRecord;
    assert.deepEqual([after.heldMicroDollars, after.usedMicroDollars], [MOST + PRICE, MOST + PRICE]);
  });

  test('is refused when what is left does not cover both', async () => {
    const { result } = await asked(MOST + PRICE - 1);
    assert.ok(result.decision === 'deny');
    assert.deepEqual(
      result.reasons.map(({ code }) => code),
      ['budget_exhausted'],
    );
  });

  test('without a price has none in its warrant', async () => {
    const { run } = await asked(MOST, unpriced);
    const warrant = await readWarrant(client, { ...run, callId: '0001-00' });
    assert.ok(warrant?.state === 'authorized' && !('priceMicroDollars' in warrant));
    assert.equal(warrant.holdMicroDollars, MOST);
  });

  test('is charged the price, and what it reports beside it', async () => {
    const answer = { member_id: 'm_1', points: 5 };
    assert.deepEqual(await charged(async () => answer), { status: 'succeeded', spentMicroDollars: PRICE });
    const reported = await charged(async (_, { recordCost }) => {
      recordCost(0.5);
      return answer;
    });
    assert.deepEqual(reported, { status: 'succeeded', spentMicroDollars: PRICE + 1 });
  });

  test('is charged the price when it declines, for whoever charges does so for the attempt', async () => {
    const declined = await charged(() => Promise.reject(new ToolRefusal('no such member')));
    assert.deepEqual(declined, { status: 'failed', spentMicroDollars: PRICE });
  });

  test('is charged nothing when it could not be attempted', async () => {
    const refused = await charged(() => assert.fail('nothing may run'), {
      canBecomeAgent: false,
    });
    assert.deepEqual(refused, { status: 'failed', spentMicroDollars: 0 });
  });

  test('is charged all that was held when nobody knows what came of it', async () => {
    const unknown = await charged(() => Promise.reject(new Error('socket hang up')));
    assert.deepEqual(unknown, { status: 'unknown', spentMicroDollars: MOST + PRICE });
  });
});

function isExecuted(event: LedgerEvent): event is Extract<LedgerEvent, { type: 'call.executed' }> {
  return event.type === 'call.executed';
}
