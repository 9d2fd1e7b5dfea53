import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import type { Envelope } from '../../../domain/envelope/envelope.ts';
import type { Turn } from '../../../functions/adapters/transcripts.ts';
import { bedrockProvider } from '../../../functions/plan/bedrock.ts';
import { type Conversation, NO_ECONOMIES } from '../../../functions/plan/provider.ts';
import { bundle } from '../../support/bundle.ts';

process.env[ENV.runsTable] ??= 'runs';
process.env[ENV.eventsTable] ??= 'events';

const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const HAIKU = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

interface Asked {
  readonly envelope?: Partial<Envelope>;
  readonly turns?: readonly Turn[];
  /** Error names that models answer with, one after the other. */
  readonly errors?: readonly string[];
}

/** Asks the provider; gives its answer, and what the models were asked. */
async function ask({ envelope = {}, turns = [], errors = [] }: Asked) {
  const requests: ConverseCommand['input'][] = [];
  const failures = [...errors];
  const bedrock = {
    send: async ({ input }: ConverseCommand) => {
      requests.push(input);
      const name = failures.shift();
      if (name !== undefined) {
        throw Object.assign(new Error(name), { name });
      }
      const output = { message: { role: 'assistant', content: [{ text: 'done' }] } };
      return { output, stopReason: 'end_turn', usage: { inputTokens: 70, outputTokens: 30 } };
    },
  } as unknown as BedrockRuntimeClient;
  const client = { send: async () => ({}) } as unknown as DynamoDBDocumentClient;
  const run = { tenant: 'acme', runId: 'run-1', workflow: 'retail-support', agent: 'a', user: { id: 'u' } };
  const conversation = {
    run,
    envelope: { ...bundle.envelopes['retail-support'], ...envelope },
    tools: [],
    input: { prompt: 'hello' },
    turns,
    prices: bundle.prices,
    budgets: bundle.budgets,
    economies: NO_ECONOMIES,
  } as unknown as Conversation;
  const provider = bedrockProvider({ bedrock, client, clock: () => new Date(0) });
  return { answer: await provider(conversation), requests };
}

const models = (fallback?: string): Envelope['models'] => ({
  ...{ reasoning: SONNET, max_output_tokens: 2000, instructions: 'help' },
  ...(fallback === undefined ? {} : { fallback }),
});

test('what a model took is told in tokens', async () => {
  assert.equal((await ask({})).answer.tokens, 100);
});

test('the fallback is asked when the other model is out, with the same request', async () => {
  const { answer, requests } = await ask({
    envelope: { models: models(HAIKU) },
    errors: ['ThrottlingException'],
  });
  assert.deepEqual(
    requests.map(({ modelId }) => modelId),
    [SONNET, HAIKU],
  );
  assert.deepEqual({ ...requests[0], modelId: '' }, { ...requests[1], modelId: '' });
  assert.equal(answer.tokens, 100);
});

test('nobody else is asked when the request is wrong, when there is no fallback, or when it is out too', async () => {
  const envelope = { models: models(HAIKU) };
  await assert.rejects(ask({ envelope, errors: ['ValidationException'] }), { name: 'ValidationException' });
  await assert.rejects(ask({ envelope: { models: models() }, errors: ['ThrottlingException'] }));
  await assert.rejects(ask({ envelope, errors: ['ThrottlingException', 'ModelTimeoutException'] }), {
    name: 'ModelTimeoutException',
  });
});

test('a fallback whose cost is unknown is not asked', async () => {
  await assert.rejects(ask({ envelope: { models: models('small-llm') }, errors: ['ThrottlingException'] }));
});

test('a model may answer with the tokens that are left and no more', async () => {
  const envelope = {
    budgets: { hard_cost_cap_usd: 1, max_tool_calls: 5, max_turns: 9, max_tokens_per_task: 1000 },
  };
  const turns = [{ calls: [], results: [], message: { role: 'assistant', content: [] }, tokens: 600 }];
  const { requests } = await ask({ envelope, turns });
  assert.equal(requests[0]?.inferenceConfig?.maxTokens, 400);
  assert.equal((await ask({ envelope })).requests[0]?.inferenceConfig?.maxTokens, 1000);
});
