import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import type { EventBody, EventType, LedgerEvent } from '../../../contracts/events.ts';
import { RUNS, runKey } from '../../../contracts/tables.ts';
import { openBudget } from '../../../domain/budget/budget.ts';
import type { Envelope } from '../../../domain/envelope/envelope.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import type { OpenRunRecord } from '../../../functions/adapters/runs.ts';
import type { Transcript, Turn } from '../../../functions/adapters/transcripts.ts';
import { modelProposer } from '../../../functions/plan/models.ts';
import {
  type Economies,
  type ModelAnswer,
  type ModelRequest,
  ModelUnavailable,
  NO_ECONOMIES,
  type Proposals,
} from '../../../functions/plan/provider.ts';
import { findTool } from '../../../functions/tools/registry.ts';
import { bundle } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const price = (dollars: number) => ({
  ...{ input_usd_per_million_tokens: dollars, output_usd_per_million_tokens: 5 * dollars },
  ...{ source: 'https://example.com', as_of: '2026-11-01' },
});
const prices = { ...bundle.prices, models: { small: price(1), large: price(4), other: price(2) } };

const envelope = bundle.envelopes['retail-support'] ?? assert.fail();
const MODELS: Envelope['models'] = { reasoning: 'large', max_output_tokens: 1000, instructions: 'help' };
const ROUTED: Envelope['models'] = { ...MODELS, router: 'small', fallback: 'other' };

type Reply = Partial<ModelAnswer> | Error;

interface Case {
  readonly models?: Envelope['models'];
  readonly budgets?: Partial<Envelope['budgets']>;
  readonly transcript?: Partial<Transcript>;
  readonly economies?: Partial<Economies>;
  readonly prompt?: string;
  readonly tenant?: string;
  readonly cache?: Envelope['cache'];
  readonly capMicroDollars?: number;
  /** What models answer, one after the other. */
  readonly replies: readonly Reply[];
}

const CALL = { tool: 'retail.get_order_details', arguments: { order_id: '#W1234567' } };
const use = (toolUseId: string, tool = CALL.tool, input: unknown = CALL.arguments) => ({
  ...{ toolUseId, tool },
  arguments: input,
});
const uses = (...toolUses: ModelAnswer['toolUses']): Reply => ({ toolUses, stopReason: 'tool_use' });
const triage = (task: string): Reply => uses(use('t', 'route', { task, reason: 'one lookup' }));
const out = (model: string) => new ModelUnavailable(model, 'throttled', 'ThrottlingException');
const WRONG = uses(use('a', 'retail.drop_tables', {}));
const MALFORMED: Reply = { end: 'malformed', stopReason: 'malformed_tool_use' };
/** 1,000 tokens in and 100 out. */
const USAGE = { inputTokens: 1000, outputTokens: 100 };
const COST = { small: 1500, large: 6000, other: 3000 };

let client: DynamoDBDocumentClient;

/** What came of asking for one turn's proposals, with the account of the run. */
async function proposed(of: Case) {
  const cap = of.capMicroDollars ?? 1_000_000;
  const who = { agent: 'retail-support', workflow: 'retail-support' };
  const about = { ...who, ...openBudget(cap), ...(of.tenant && { tenant: of.tenant }) };
  const run = await openRun(client, about);
  const requests: ModelRequest[] = [];
  const replies = [...of.replies];
  const bedrock = async (request: ModelRequest): Promise<ModelAnswer> => {
    requests.push(request);
    const reply = replies.shift() ?? assert.fail('asked more often than expected');
    if (reply instanceof Error) {
      throw reply;
    }
    const plain = { message: { by: request.model }, text: '', toolUses: [], stopReason: 'end_turn' };
    return { ...plain, end: 'finished', usage: USAGE, ...reply };
  };
  let now = Date.parse(NOON);
  const clock = () => new Date(now++);
  const propose = modelProposer({ client, clock, providers: { bedrock } });
  const [result] = await Promise.allSettled([
    propose({
      run,
      envelope: {
        ...envelope,
        models: of.models ?? MODELS,
        ...(of.cache && { cache: of.cache }),
        budgets: { ...envelope.budgets, hard_cost_cap_usd: cap / 1_000_000, ...of.budgets },
      },
      tools: envelope.permissions.allowed_tools.map(findTool).filter((tool) => tool !== undefined),
      prices,
      budgets: bundle.budgets,
      economies: { ...NO_ECONOMIES, ...of.economies },
      ...{ turns: [], ...of.transcript, input: { prompt: of.prompt ?? 'help me' } },
    }),
  ]);
  const { Item } = await client.send(
    new GetCommand({ TableName: process.env[ENV.runsTable], Key: { [RUNS.partitionKey]: runKey(run) } }),
  );
  const { heldMicroDollars, spentMicroDollars, usedMicroDollars, tokens = 0 } = Item as OpenRunRecord;
  assert.equal(heldMicroDollars, 0, 'nothing is held');
  assert.equal(usedMicroDollars, spentMicroDollars, 'the account is whole');
  const { events } = await eventsAfter(client, run);
  const called = bodiesOf(events, 'model.called');
  const onRecord = called.reduce((sum, { costMicroDollars }) => sum + costMicroDollars, 0);
  assert.equal(spentMicroDollars, onRecord, 'what is spent is on record');
  const taken = called.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
  assert.equal(tokens, taken, 'so are tokens');
  assert.equal(replies.length, 0, 'every reply was asked for');
  return {
    result,
    requests,
    events,
    called,
    spent: spentMicroDollars,
    asked: requests.map(({ model }) => model),
  };
}

function bodiesOf<T extends EventType>(events: readonly LedgerEvent[], type: T) {
  return events.filter(
    (event): event is LedgerEvent & Extract<EventBody, { type: T }> => event.type === type,
  );
}

type Settled = PromiseSettledResult<Proposals>;

function proposalsOf(result: Settled | undefined): Proposals {
  return result?.status === 'fulfilled' ? result.value : assert.fail(String(result?.reason));
}

function stopOf(result: Settled | undefined): string {
  assert.equal(result?.status, 'rejected');
  assert.equal(result.reason.name, 'NoProposals', String(result.reason));
  return result.reason.code;
}

/** A turn that the large model has answered, with so long a result. */
function turnOf(number: number, resultLength: number): Turn {
  const callId = `000${number}-00`;
  const asked = { provider: 'bedrock', model: 'large', ...USAGE, frame: 'f' } as const;
  const output = 'x'.repeat(resultLength);
  return {
    calls: [{ tenant: 't', runId: 'r', callId, proposal: CALL, toolUseId: `u${number}` }],
    results: [{ decision: 'allow', callId, status: 'succeeded', output, costMicroDollars: 0 }],
    ...{ message: { turn: number }, tokens: 1100, asked },
  };
}

const PINNED = { route: 'reasoning', pinned: MODELS } as const;

suite('models propose', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  test('what a model answers is proposed, charged by its tokens and on record', async () => {
    const { result, called, spent } = await proposed({ replies: [uses(use('a'))] });
    const { proposals, tokens, message } = proposalsOf(result);
    assert.deepEqual(proposals, [{ toolUseId: 'a', proposal: CALL }]);
    assert.deepEqual([tokens, message, spent], [1100, { by: 'large' }, COST.large]);
    const [event] = called;
    assert.deepEqual(
      [event?.id, event?.model, event?.prices, event?.invalid, event?.insteadOf],
      ['0001/model', 'large', prices.version, undefined, undefined],
    );
  });

  test('where the envelope says so, the same question is answered as before, for nothing, and never in another tenant', async () => {
    const cache = { model_answers: 60 };
    const [tenant, other] = [`t-${randomUUID()}`, `t-${randomUUID()}`];
    const reply = uses(use('a'));
    const budgets = { max_tokens_per_task: 50_000 };
    const first = await proposed({ tenant, cache, budgets, replies: [WRONG, reply] });
    const second = await proposed({ tenant, cache, budgets, replies: [WRONG] });
    assert.deepEqual(
      second.called.map(({ cached, costMicroDollars, inputTokens }) => [
        cached,
        costMicroDollars,
        inputTokens,
      ]),
      [
        [undefined, COST.large, 1000],
        [true, 0, 0],
      ],
      'what could not be carried out was not kept',
    );
    assert.deepEqual(proposalsOf(second.result).proposals, proposalsOf(first.result).proposals);
    assert.equal(proposalsOf(second.result).tokens, 1100, 'of the answer that was paid');
    assert.equal((await proposed({ tenant: other, cache, replies: [reply] })).asked.length, 1);
    assert.equal((await proposed({ tenant, prompt: 'help!', cache, replies: [reply] })).asked.length, 1);
    assert.equal(
      (await proposed({ tenant, replies: [reply] })).asked.length,
      1,
      'without cache nothing is kept',
    );
  });

  test('an answer whose tokens are not told is charged the most that it may have cost', async () => {
    const { spent } = await proposed({ replies: [{ usage: undefined }], models: MODELS });
    assert.ok(spent > 1000 * 20, `${spent} has more than the output`);
  });

  suite('when a model is out', () => {
    const models = { ...MODELS, fallback: 'other' };

    test('the fallback is asked, the event says why, and only its answer is paid', async () => {
      const { requests, called, spent } = await proposed({ models, replies: [out('large'), {}] });
      assert.deepEqual(requests[0], { ...requests[1], model: 'large' });
      assert.deepEqual([called.length, called[0]?.model, spent], [1, 'other', COST.other]);
      assert.deepEqual(called[0]?.insteadOf, {
        model: 'large',
        why: { code: 'throttled', message: "model 'large' is out: throttled (ThrottlingException)" },
      });
    });

    test('and the next too, the event is about the one that was to be asked', async () => {
      const transcript = { turns: [turnOf(1, 10)], pinned: ROUTED, route: 'router' } as const;
      const replies = [out('small'), out('large'), {}];
      const { asked, called } = await proposed({ transcript, replies });
      assert.deepEqual([asked, called[0]?.insteadOf?.model], [['small', 'large', 'other'], 'small']);
    });

    test('and the fallback too, or there is none with a price, the plan fails to be repeated', async () => {
      for (const [each, replies] of [
        [models, [out('large'), out('other')]],
        [MODELS, [out('large')]],
        [{ ...MODELS, fallback: 'unpriced' }, [out('large')]],
      ] as const) {
        const { result, spent } = await proposed({ models: each, replies });
        assert.equal(result?.status === 'rejected' && result.reason.name, 'ModelUnavailable');
        assert.equal(spent, 0);
      }
    });

    test('and a fallback that is too dear for the run is no reason to end it', async () => {
      const dear = { ...MODELS, reasoning: 'small', fallback: 'large' };
      const { result, asked } = await proposed({
        models: dear,
        replies: [out('small')],
        capMicroDollars: 40_000,
      });
      assert.equal(result?.status === 'rejected' && result.reason.name, 'ModelUnavailable');
      assert.deepEqual(asked, ['small']);
    });

    test('nobody else is asked when the question is wrong, and nothing stays held', async () => {
      const wrong = Object.assign(new Error('no'), { name: 'ValidationException' });
      const { result } = await proposed({ models, replies: [wrong] });
      assert.equal(result?.status === 'rejected' && result.reason, wrong);
    });
  });

  suite('an answer that cannot be carried out', () => {
    test('goes back to the model once, with what is wrong, and nothing of it is proposed', async () => {
      const mixed = uses(use('a'), use('b', 'retail.drop_tables', {}), use('c', CALL.tool, { order: 1 }));
      const { result, requests, called, spent } = await proposed({ replies: [mixed, uses(use('d'))] });
      assert.deepEqual(proposalsOf(result).proposals, [{ toolUseId: 'd', proposal: CALL }]);
      assert.equal(proposalsOf(result).tokens, 2200);
      assert.equal(spent, 2 * COST.large);
      const [, answered, told] = requests[1]?.messages ?? [];
      assert.deepEqual(answered?.role === 'assistant' && answered.message, { by: 'large' });
      assert.ok(told?.role === 'user');
      const results = told.content.map((each) => ('text' in each ? assert.fail() : each));
      assert.deepEqual(
        results.map(({ toolUseId, isError }) => [toolUseId, isError]),
        [
          ['a', true],
          ['b', true],
          ['c', true],
        ],
      );
      assert.match(results[0]?.texts[0] ?? '', /another call of the same answer was wrong; propose it again/);
      assert.match(results[1]?.texts[0] ?? '', /tool 'retail\.drop_tables' is not registered/);
      assert.match(results[2]?.texts[0] ?? '', /order: unknown field/);
      assert.deepEqual(
        called.map(({ id, invalid }) => [id, invalid?.map(({ code }) => code)]),
        [
          ['0001/model', ['unknown_tool', 'invalid_arguments', 'invalid_arguments']],
          ['0001/model-2', undefined],
        ],
      );
    });

    test('twice ends the run, with both paid and the reasons', async () => {
      const { result, spent, called } = await proposed({ replies: [WRONG, WRONG] });
      assert.equal(stopOf(result), 'invalid_proposals');
      assert.match(String(result?.status === 'rejected' && result.reason), /'retail\.drop_tables' is not/);
      assert.deepEqual([spent, called.length], [2 * COST.large, 2]);
    });

    test("names a tool that is registered and not the workflow's", async () => {
      const points = { member_id: 'm_1', points: 5, reason: 'goodwill' };
      const { called } = await proposed({ replies: [uses(use('a', 'loyalty.add_points', points)), {}] });
      assert.equal(called[0]?.invalid?.[0]?.code, 'tool_not_in_envelope');
    });

    test('is on record without secrets, and not at any length', async () => {
      const secret = 'AKIAIOSFODNN7EXAMPLE';
      const many = Array.from({ length: 60 }, (_, index) =>
        use(`u${index}`, `retail.${secret}_${index}`, {}),
      );
      const { called, requests } = await proposed({ replies: [uses(...many), {}] });
      assert.ok(!JSON.stringify(called).includes(secret));
      assert.equal(called[0]?.invalid?.length, 11);
      const told = requests[1]?.messages.at(-1);
      assert.equal(told?.role === 'user' && told.content.length, 60);
    });

    test('may be one that cannot be read: then the question is asked again with a word about it', async () => {
      const { result, requests } = await proposed({ replies: [MALFORMED, uses(use('a'))] });
      assert.equal(proposalsOf(result).proposals.length, 1);
      const messages = requests[1]?.messages ?? [];
      assert.equal(messages.length, 1);
      assert.match(JSON.stringify(messages[0]), /help me.*could not be read/);
      assert.equal(stopOf((await proposed({ replies: [MALFORMED, MALFORMED] })).result), 'invalid_proposals');
    });

    test('may use one id twice: what came of each could not be told', async () => {
      const { called, result } = await proposed({ replies: [uses(use('a'), use('a')), uses(use('b'))] });
      assert.equal(called[0]?.invalid?.[0]?.code, 'unreadable');
      assert.equal(proposalsOf(result).proposals.length, 1);
    });

    test('of the router goes to the reasoning model, which keeps the run', async () => {
      const replies = [triage('simple'), WRONG, uses(use('d'))];
      const { result, asked, called } = await proposed({ models: ROUTED, replies });
      assert.deepEqual(asked, ['small', 'small', 'large']);
      assert.deepEqual(called[2]?.insteadOf?.model, 'small');
      assert.equal(called[2]?.insteadOf?.why.code, 'invalid_proposals');
      assert.equal(proposalsOf(result).route, 'reasoning');
    });
  });

  test('a model that is stopped ends the run, with its cost on record', async () => {
    const { result, spent } = await proposed({
      replies: [{ end: 'stopped', stopReason: 'content_filtered' }],
    });
    assert.deepEqual([stopOf(result), spent], ['model_stopped', COST.large]);
    const cut: Reply = { end: 'cut_off', stopReason: 'max_tokens' };
    assert.equal(stopOf((await proposed({ replies: [cut] })).result), 'model_stopped');
    // the whole question is no more than 30,000 tokens, so the answer is limited by what is left
    const budgets = { max_tokens_per_task: 1 };
    const { requests } = await proposed({ replies: [{}] });
    const bytes = Buffer.byteLength(JSON.stringify(requests[0]));
    for (let cap = bytes; ; cap -= 10) {
      const each = await proposed({ budgets: { ...budgets, max_tokens_per_task: cap }, replies: [cut] });
      if ((each.requests[0]?.maxOutputTokens ?? 0) < MODELS.max_output_tokens) {
        assert.equal(stopOf(each.result), 'tokens_exhausted');
        break;
      }
    }
  });

  test('money and tokens that a question may take are there before it is asked, or the run ends', async () => {
    assert.equal(
      stopOf((await proposed({ replies: [], capMicroDollars: 20_000 })).result),
      'budget_exhausted',
    );
    const budgets = { max_tokens_per_task: 2000 };
    assert.equal(stopOf((await proposed({ replies: [], budgets })).result), 'tokens_exhausted');
  });

  test('a model without a price is not asked, and the run says so', async () => {
    const models = { ...MODELS, reasoning: 'unpriced', fallback: 'other' };
    assert.equal(stopOf((await proposed({ models, replies: [] })).result), 'model_unpriced');
  });

  suite('the router', () => {
    test('keeps a simple task, and the route is on record with what is pinned', async () => {
      const { result, asked, events, called, requests, spent } = await proposed({
        models: ROUTED,
        replies: [triage('simple'), uses(use('a'))],
      });
      assert.deepEqual(asked, ['small', 'small']);
      assert.deepEqual([requests[0]?.mustUse, requests[1]?.mustUse], ['route', undefined]);
      assert.ok((requests[0]?.maxOutputTokens ?? 0) < 500);
      assert.match(JSON.stringify(requests[0]), /help me/);
      assert.deepEqual(
        called.map(({ id, purpose, model }) => [id, purpose, model]),
        [
          ['0001/triage', 'triage', 'small'],
          ['0001/model', undefined, 'small'],
        ],
      );
      assert.equal(spent, 2 * COST.small);
      assert.deepEqual(proposalsOf(result).route, 'router');
      assert.equal(proposalsOf(result).tokens, 2200);
      const [routed] = bodiesOf(events, 'model.routed');
      assert.deepEqual(
        [routed?.route, routed?.model, routed?.reason],
        ['router', 'small', { code: 'simple', message: 'one lookup' }],
      );
      const { promptDigest, ...models } = routed?.pinned ?? assert.fail();
      const { instructions: _, ...named } = ROUTED;
      assert.deepEqual(models, named);
      assert.match(promptDigest, /^[0-9a-f]{64}$/);
    });

    for (const [why, reply, code] of [
      ['a complex task', triage('complex'), 'complex'],
      ['an answer that is none of both', triage('hard'), 'router_unreadable'],
      ['an answer that uses no tool', { text: 'simple' }, 'router_unreadable'],
      ['a router that is out', out('small'), 'router_not_asked'],
    ] as const) {
      test(`leaves ${why} to the reasoning model`, async () => {
        const { result, asked, events, called } = await proposed({ models: ROUTED, replies: [reply, {}] });
        assert.deepEqual(asked, ['small', 'large']);
        assert.equal(proposalsOf(result).route, 'reasoning');
        assert.equal(bodiesOf(events, 'model.routed')[0]?.reason.code, code);
        const triaged = called.find(({ purpose }) => purpose === 'triage');
        assert.equal(triaged?.invalid !== undefined, code === 'router_unreadable');
      });
    }

    test('is not asked about a run that was begun before routes were kept', async () => {
      const { asked, result } = await proposed({
        models: ROUTED,
        transcript: { turns: [turnOf(1, 10)] },
        replies: [{}],
      });
      assert.deepEqual([asked, proposalsOf(result).route], [['large'], 'reasoning']);
    });

    test('without a price is not asked', async () => {
      const models = { ...MODELS, router: 'unpriced' };
      assert.deepEqual((await proposed({ models, replies: [{}] })).asked, ['large']);
    });

    test('is not asked again in later turns, and is followed by the reasoning model when it is out', async () => {
      const transcript = { turns: [turnOf(1, 10)], pinned: ROUTED, route: 'router' } as const;
      const { asked, events } = await proposed({ models: ROUTED, transcript, replies: [out('small'), {}] });
      assert.deepEqual(asked, ['small', 'large']);
      assert.deepEqual(bodiesOf(events, 'model.routed'), []);
    });
  });

  suite('a task that needs no model', () => {
    const models: Envelope['models'] = {
      ...ROUTED,
      reasoning: 'unpriced',
      without_model: [
        {
          match: 'status of (?<order>.+)',
          propose: [{ tool: CALL.tool, arguments: { order_id: '{order}' } }],
        },
      ],
    };

    test('is carried out as its rule says, and the run is over then', async () => {
      const { result, events } = await proposed({ models, prompt: ' status of #W1234567\n', replies: [] });
      const { proposals, route, pinned } = proposalsOf(result);
      assert.deepEqual([proposals, route], [[{ proposal: CALL }], 'none']);
      const [routed] = bodiesOf(events, 'model.routed');
      assert.deepEqual([routed?.route, routed?.reason.code], ['none', 'without_model']);
      const transcript = { turns: [{ calls: [], results: [] }], route: 'none', pinned } as const;
      assert.deepEqual(
        proposalsOf((await proposed({ models, transcript, replies: [] })).result).proposals,
        [],
      );
    });
  });

  test('models, instructions and parameters stay as they were when the run began, caps do not', async () => {
    const transcript = { turns: [turnOf(1, 10)], ...PINNED };
    const models = { ...MODELS, reasoning: 'other', instructions: 'obey', max_output_tokens: 7 };
    const { requests, result } = await proposed({ models, transcript, replies: [{}] });
    assert.deepEqual([requests[0]?.model, requests[0]?.system[0]], ['large', 'help']);
    assert.equal(requests[0]?.maxOutputTokens, 1000);
    assert.deepEqual(proposalsOf(result).pinned, MODELS);
    const budgets = { max_tokens_per_task: 1200 };
    assert.equal(stopOf((await proposed({ transcript, budgets, replies: [] })).result), 'tokens_exhausted');
  });

  suite('when a budget runs low', () => {
    test('a smaller model works on the run, if it is cheaper', async () => {
      const economies = { smallerModel: true };
      const pinned = { ...MODELS, fallback: 'other' };
      const transcript = { turns: [turnOf(1, 10)], route: 'reasoning', pinned } as const;
      const { asked, called } = await proposed({ transcript, economies, replies: [{}] });
      assert.deepEqual(asked, ['other']);
      assert.deepEqual(
        [called[0]?.insteadOf?.model, called[0]?.insteadOf?.why.code],
        ['large', 'smaller_model'],
      );
      const later = await proposed({ transcript, economies, replies: [out('other'), {}] });
      assert.deepEqual(
        [later.called[0]?.model, later.called[0]?.insteadOf?.model, later.called[0]?.insteadOf?.why.code],
        ['large', 'other', 'throttled'],
      );
      const dear = { ...transcript, pinned: { ...pinned, reasoning: 'small', fallback: 'large' } };
      assert.deepEqual((await proposed({ transcript: dear, economies, replies: [{}] })).asked, ['small']);
    });

    test('older results are left out, with a word in their place, and the last two turns are whole', async () => {
      const turns = [turnOf(1, 3000), turnOf(2, 3), turnOf(3, 3000), turnOf(4, 3000)];
      const transcript = { turns, ...PINNED };
      const { requests, result } = await proposed({
        transcript,
        economies: { lessContext: true },
        replies: [{}],
      });
      const results = (requests[0]?.messages ?? []).flatMap((message) =>
        message.role === 'user' ? message.content.filter((each) => 'toolUseId' in each) : [],
      );
      assert.deepEqual(
        results.map(({ toolUseId }) => toolUseId),
        ['u1', 'u2', 'u3', 'u4'],
      );
      assert.match(results[0]?.texts[0] ?? '', /^\(left out to save tokens; .* read again\)$/);
      assert.deepEqual(
        results.slice(1).map(({ texts }) => texts[0]?.length),
        [5, 3002, 3002],
      );
      assert.equal(proposalsOf(result).asked?.lessContext, true);
    });
  });
});
