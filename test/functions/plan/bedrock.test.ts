import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseCommandOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { bedrockProvider } from '../../../functions/plan/bedrock.ts';
import type { ModelRequest } from '../../../functions/plan/provider.ts';

const REQUEST: ModelRequest = {
  model: 'large',
  system: ['help', 'You act for u.'],
  messages: [{ role: 'user', content: [{ text: 'hello' }] }],
  tools: [{ name: 'retail.calculate', description: 'counts', input: { type: 'object' } }],
  maxOutputTokens: 500,
};

const DONE = {
  output: { message: { role: 'assistant', content: [{ text: 'done' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 70, outputTokens: 30 },
};

/** Asks; gives the answer and what Converse was sent. */
async function ask(request: Partial<ModelRequest>, answer: object | Error = DONE) {
  const sent: ConverseCommand['input'][] = [];
  const send = async ({ input }: ConverseCommand) => {
    sent.push(input);
    if (answer instanceof Error) {
      throw answer;
    }
    return answer as ConverseCommandOutput;
  };
  const provider = bedrockProvider({ send } as unknown as BedrockRuntimeClient);
  return { answer: await provider({ ...REQUEST, ...request }), sent: sent[0] ?? assert.fail() };
}

test('a request is what Converse takes, with two underscores for the dot of a tool', async () => {
  const { sent } = await ask({});
  assert.deepEqual(sent, {
    modelId: 'large',
    system: [{ text: 'help' }, { text: 'You act for u.' }],
    messages: [{ role: 'user', content: [{ text: 'hello' }] }],
    inferenceConfig: { maxTokens: 500 },
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: 'retail__calculate',
            description: 'counts',
            inputSchema: { json: { type: 'object' } },
          },
        },
      ],
    },
  });
  assert.deepEqual((await ask({ mustUse: 'retail.calculate' })).sent.toolConfig?.toolChoice, {
    tool: { name: 'retail__calculate' },
  });
});

test('a message of its own goes back as it was, that of another provider as its words and tool uses', async () => {
  const use = { toolUseId: 'a', tool: 'retail.calculate', arguments: { expression: '1' } };
  const own = { role: 'assistant', content: [{ reasoningContent: { reasoningText: { text: 'hm' } } }] };
  const result = { toolUseId: 'a', isError: true, texts: ['no', 'really'] };
  const messages = [
    ...REQUEST.messages,
    { role: 'assistant', text: 'one', toolUses: [use], message: own },
    { role: 'user', content: [result] },
    { role: 'assistant', text: 'two', toolUses: [use] },
    { role: 'assistant', text: '', toolUses: [use] },
  ] as const;
  const { sent } = await ask({ messages });
  const toolUse = { toolUseId: 'a', name: 'retail__calculate', input: { expression: '1' } };
  assert.deepEqual(sent.messages?.slice(1), [
    own,
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'a', status: 'error', content: [{ text: 'no' }, { text: 'really' }] } },
      ],
    },
    { role: 'assistant', content: [{ text: 'two' }, { toolUse }] },
    { role: 'assistant', content: [{ toolUse }] },
  ]);
});

test('an answer has its words, its tool uses, its tokens and the message as it was', async () => {
  const content = [
    { text: 'now' },
    { toolUse: { toolUseId: 'a', name: 'retail__calculate', input: { x: 1 } } },
  ];
  const message = { role: 'assistant', content };
  const { answer } = await ask({}, { ...DONE, output: { message }, stopReason: 'tool_use' });
  assert.deepEqual(answer, {
    ...{ message, text: 'now', end: 'finished', stopReason: 'tool_use' },
    toolUses: [{ toolUseId: 'a', tool: 'retail.calculate', arguments: { x: 1 } }],
    usage: { inputTokens: 70, outputTokens: 30 },
  });
  assert.equal((await ask({}, { ...DONE, usage: undefined })).answer.usage, undefined);
});

const ENDS = [
  ['end_turn', 'finished'],
  ['stop_sequence', 'finished'],
  ['malformed_tool_use', 'malformed'],
  ['malformed_model_output', 'malformed'],
  ['tool_use', 'malformed'],
  ['max_tokens', 'cut_off'],
  ['guardrail_intervened', 'stopped'],
  ['content_filtered', 'stopped'],
  ['something_new', 'stopped'],
] as const;

for (const [stopReason, end] of ENDS) {
  test(`an answer that ends with ${stopReason} and uses no tool is ${end}`, async () => {
    assert.equal((await ask({}, { ...DONE, stopReason })).answer.end, end);
  });
}

test('an answer without a message is malformed, and one that says nothing has finished', async () => {
  assert.equal((await ask({}, { stopReason: 'end_turn' })).answer.end, 'malformed');
  const nothing = { message: { role: 'assistant', content: [] } };
  assert.equal((await ask({}, { stopReason: 'end_turn', output: nothing })).answer.end, 'finished');
});

const OUTAGES = [
  ['ThrottlingException', 'throttled'],
  ['ServiceUnavailableException', 'unavailable'],
  ['ModelTimeoutException', 'timeout'],
  ['ModelNotReadyException', 'overloaded'],
] as const;

for (const [name, code] of OUTAGES) {
  test(`${name} is an outage: ${code}`, async () => {
    await assert.rejects(ask({}, Object.assign(new Error('secret detail'), { name })), {
      name: 'ModelUnavailable',
      code,
      message: `model 'large' is out: ${code} (${name})`,
    });
  });
}

test('a connection that broke is an outage, and a request that is wrong is none', async () => {
  const broken = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  await assert.rejects(ask({}, broken), { name: 'ModelUnavailable', code: 'unavailable' });
  for (const name of ['ValidationException', 'AccessDeniedException']) {
    await assert.rejects(ask({}, Object.assign(new Error('no'), { name })), { name });
  }
});
