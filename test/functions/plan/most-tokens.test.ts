import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../../../functions/adapters/transcripts.ts';
import { type Measured, mostInputTokens } from '../../../functions/plan/most-tokens.ts';
import type { Conversation } from '../../../functions/plan/provider.ts';
import { answeredMessages, frameOf, questionOf } from '../../../functions/plan/question.ts';
import { seeded } from '../../support/random.ts';

const PINNED = { reasoning: 'large', max_output_tokens: 100, instructions: 'help '.repeat(200) };
const PROMPT = 'find my order';

function turnOf(number: number, length: number): Turn {
  const callId = `${number}`;
  const proposal = { tool: 'retail.calculate', arguments: {} };
  const output = 'x'.repeat(length);
  return {
    calls: [{ tenant: 't', runId: 'r', callId, proposal, toolUseId: `u${number}` }],
    results: [{ decision: 'allow', callId, status: 'succeeded', output, costMicroDollars: 0 }],
    message: { number },
  };
}

function questionAfter(turns: readonly Turn[], lessContext = false) {
  const conversation = {
    ...{ run: { user: { id: 'u' }, tenant: 't' }, tools: [], turns, input: { prompt: PROMPT } },
    economies: { smallerModel: false, lessContext },
  };
  return questionOf(conversation as unknown as Conversation, PINNED);
}

/** As a model counts that has a token for each two bytes. */
function tokensOf(question: ReturnType<typeof questionAfter>): number {
  const texts = [question.system, question.messages.map(({ role, ...rest }) => [role, rest])];
  return Math.floor(Buffer.byteLength(JSON.stringify(texts)) / 2);
}

function measured(turns: readonly Turn[], lessContext = false): Measured {
  const question = questionAfter(turns.slice(0, -1), lessContext);
  const last = turns.at(-1) ?? assert.fail();
  const kept = lessContext ? { lessContext: true as const } : {};
  const about = { provider: 'bedrock', model: 'large', frame: frameOf(question), ...kept } as const;
  const took = { inputTokens: tokensOf(question), outputTokens: 20 };
  const asked = { ...last, asked: { ...about, ...took } };
  return { ...about, ...took, messages: answeredMessages(PROMPT, [...turns.slice(0, -1), asked]) };
}

test('without a question before it, a question takes no more than its bytes', () => {
  const question = questionAfter([turnOf(1, 1000)]);
  const most = mostInputTokens(question, 'large');
  assert.ok(most > 2000 && most <= Buffer.byteLength(JSON.stringify(question)));
});

test('what a model has told of the conversation counts for less than its bytes, and what is new counts in full', () => {
  const turns = [turnOf(1, 9000), turnOf(2, 500)];
  const before = measured(turns);
  const most = mostInputTokens(questionAfter(turns), 'large', before);
  assert.ok(most >= before.inputTokens + before.outputTokens + 500);
  assert.ok(most < before.inputTokens + 1000, `${most}`);
});

test('another model, and other instructions, are counted by their bytes', () => {
  const turns = [turnOf(1, 9000), turnOf(2, 500)];
  const question = questionAfter(turns);
  const all = mostInputTokens(question, 'large');
  assert.equal(mostInputTokens(question, 'small', measured(turns)), all);
  assert.equal(mostInputTokens(question, 'large', { ...measured(turns), frame: 'other' }), all);
});

test('what was left out of the last question and is back in this one counts in full', () => {
  const turns = [1, 2, 3, 4].map((number) => turnOf(number, 5000));
  const before = measured(turns, true);
  assert.ok(mostInputTokens(questionAfter(turns), 'large', before) >= before.inputTokens + 5000 * 2);
});

test('the bound is never below what is taken, whatever is left out and comes back', () => {
  const random = seeded(7);
  for (let round = 0; round < 300; round += 1) {
    const turns = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, index) =>
      turnOf(index, Math.floor(random() * 4000)),
    );
    const question = questionAfter(turns, random() < 0.5);
    const most = mostInputTokens(question, 'large', measured(turns, random() < 0.5));
    assert.ok(most >= tokensOf(question), `round ${round}: ${most} < ${tokensOf(question)}`);
  }
});
