import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Warrant } from '../../../domain/call/warrant.ts';
import { defineTool, type Effect, type ToolDefinition, type Undo } from '../../../domain/tool/definition.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { runTool } from '../../../functions/execute/run-tool.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' };

const WARRANT: Warrant = {
  tenant: 'acme',
  runId: 'run-1',
  callId: '0001-00',
  digest: 'd'.repeat(64),
  digestKey: DIGEST_KEY,
  state: 'executing',
  workflow: 'support',
  agent: 'helper',
  user: { id: 'lena', roles: [] },
  proposal: { tool: 'shop.touch_order', arguments: { order_id: 'W1' } },
  resource: { type: 'Order', id: 'W1', attributes: {} },
  holdMicroDollars: 100,
  policies: [],
  policyDigest: '',
  authorizedAt: '2026-11-21T10:00:00.000Z',
  expiresAt: '2026-11-21T10:02:00.000Z',
};

type Handler = (input: { order_id: string }, context: ToolContext) => Promise<unknown>;

function attempt(
  effect: Effect,
  handler: Handler,
  {
    timeoutSeconds = 5,
    redaction,
    ...more
  }: Partial<Pick<ToolDefinition, 'timeoutSeconds' | 'output' | 'discloses' | 'undo' | 'retrieves'>> &
    Pick<Warrant, 'redaction'> = {},
) {
  const tool: ToolDefinition = defineTool({
    name: 'shop.touch_order',
    description: 'touches an order',
    input: z.strictObject({ order_id: z.string() }),
    output: z.strictObject({ touched: z.string() }),
    effect,
    tier: effect === 'read' ? 0 : 1,
    ...(effect === 'read' ? {} : { idempotency: 'none' }),
    resource: 'Order',
    access: [],
    maximumCostMicroDollars: 100,
    timeoutSeconds,
    loggedArguments: [],
    ...more,
  });
  return runTool({ ...WARRANT, ...(redaction && { redaction }) }, tool, CREDENTIALS, {
    'shop.touch_order': handler as never,
  });
}

test('a result that fits its schema is the outcome, with its effects and its cost', async () => {
  const outcome = await attempt('write', async ({ order_id }, { recordCost, recordEffect }) => {
    recordEffect(`orders/${order_id}`);
    recordCost(1.25);
    recordCost(0.5);
    return { touched: order_id };
  });
  assert.deepEqual(outcome, {
    status: 'succeeded',
    output: { touched: 'W1' },
    effects: ['orders/W1'],
    hasUntoldChanges: true,
    costMicroDollars: 1.75,
  });
});

test('exact changes are kept by effect, and an effect without any has no entry', async () => {
  const changed = [{ field: 'status', from: 'pending', to: 'cancelled' }];
  const outcome = await attempt('write', async ({ order_id }, { recordEffect }) => {
    recordEffect(`orders/${order_id}`, changed);
    recordEffect('customers/lena', []);
    return { touched: order_id };
  });
  assert.deepEqual(outcome.effects, ['orders/W1', 'customers/lena']);
  assert.deepEqual(outcome.changes, { 'orders/W1': changed });
  assert.equal(outcome.hasUntoldChanges, undefined);
});

test('it is known when a tool does not tell what it has changed of something', async () => {
  const outcome = await attempt('write', async ({ order_id }, { recordEffect }) => {
    recordEffect(`orders/${order_id}`, [{ field: 'status', to: 'cancelled' }]);
    recordEffect('tickets/T-1');
    return { touched: order_id };
  });
  assert.equal(outcome.hasUntoldChanges, true);
});

const UNDO: Undo = {
  tool: 'shop.untouch_order',
  arguments: ({ order_id }, output) => ({ order_id, was: (output as { touched: string }).touched }),
};
const touch: Handler = async ({ order_id }) => ({ touched: order_id });

test('a write that succeeded says how it is taken back', async () => {
  const { undo } = await attempt('write', touch, { undo: UNDO });
  assert.deepEqual(undo, { tool: 'shop.untouch_order', arguments: { order_id: 'W1', was: 'W1' } });
});

test('what did not succeed is not taken back', async () => {
  const refused = await attempt('write', () => Promise.reject(new ToolRefusal('no')), { undo: UNDO });
  const broken = await attempt('write', () => Promise.reject(new Error('no')), { undo: UNDO });
  assert.deepEqual([refused.undo, broken.undo], [undefined, undefined]);
});

test('an undo that cannot be made out takes nothing from the outcome of the write', async () => {
  const faulty = { ...UNDO, arguments: () => assert.fail('no such version') };
  const { status, output, undo } = await attempt('write', touch, { undo: faulty });
  assert.deepEqual([status, output, undo], ['succeeded', { touched: 'W1' }, undefined]);
});

test('the tool is given the call, the agent credentials and a key that is its own', async () => {
  await attempt('write', async (_, { tenant, runId, callId, credentials, idempotencyKey }) => {
    assert.deepEqual([tenant, runId, callId, credentials], ['acme', 'run-1', '0001-00', CREDENTIALS]);
    assert.equal(idempotencyKey, 'd'.repeat(36));
    return { touched: 'W1' };
  });
});

/** How a tool ends, and what is known then of a read and of a write. */
const ENDS: Record<string, readonly [Handler, 'failed' | 'unknown', string, string]> = {
  'that declines': [
    () => Promise.reject(new ToolRefusal('not pending')),
    'failed',
    'tool_refused',
    'not pending',
  ],
  'that throws': [
    () => Promise.reject(new Error('socket hang up')),
    'unknown',
    'tool_failed',
    'socket hang up',
  ],
  'that throws no error': [() => Promise.reject('no'), 'unknown', 'tool_failed', 'no'],
  'whose result breaks its schema': [
    async () => ({ touched: 5, secret: 'x' }),
    'unknown',
    'invalid_output',
    "the tool's output breaks its schema: touched: expected string, received number; secret: unknown field, remove it",
  ],
};

for (const [end, [handler, afterWrite, code, message]] of Object.entries(ENDS)) {
  test(`a write ${end} is ${afterWrite}`, async () => {
    const { status, error, output } = await attempt('write', handler);
    assert.deepEqual(
      { status, error, output },
      { status: afterWrite, error: { code, message }, output: undefined },
    );
  });

  test(`a read ${end} has failed, and did nothing`, async () => {
    const { status, error } = await attempt('read', handler);
    assert.deepEqual({ status, error }, { status: 'failed', error: { code, message } });
  });
}

test('a tool that takes too long is told so, and nobody waits for it', async () => {
  let aborted = false;
  const slow: Handler = async (_, { signal }) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    await sleep(5000, undefined, { ref: false });
    return { touched: 'late' };
  };
  const [write, read] = await Promise.all([
    attempt('write', slow, { timeoutSeconds: 1 }),
    attempt('read', slow, { timeoutSeconds: 1 }),
  ]);
  assert.equal(write.status, 'unknown');
  assert.equal(read.status, 'failed');
  assert.deepEqual(write.error, {
    code: 'tool_timed_out',
    message: 'shop.touch_order did not answer within 1 seconds',
  });
  assert.ok(aborted);
});

const CARD = '4242 4242 4242 4242';
const answers = (touched: string) => async () => ({ touched });

test('a model gets an output without secrets, and without personal data that the tool does not disclose', async () => {
  const text = `lena@example.com paid with ${CARD}, password: hunter2`;
  assert.deepEqual(await attempt('read', answers(text)), {
    status: 'succeeded',
    output: { touched: '[redacted: email] paid with [redacted: payment_card], password: [redacted: secret]' },
    redacted: { email: 1, payment_card: 1, secret: 1 },
    effects: [],
    costMicroDollars: 0,
  });
  const { output } = await attempt('read', answers(text), { discloses: ['email'] });
  assert.deepEqual(output, {
    touched: 'lena@example.com paid with [redacted: payment_card], password: [redacted: secret]',
  });
});

const Mail = z.strictObject({ touched: z.email() });
const REMEDY = 'let the schema take a marker, or name personal data that the agent needs in discloses';
const BREACH = "the tool's output without email breaks its schema: touched: Invalid email address; ".concat(
  REMEDY,
);

test('an output whose redaction breaks its schema is withheld; a write has succeeded all the same', async () => {
  const lena = answers('lena@example.com');
  const { status, output, error, redacted } = await attempt('read', lena, { output: Mail });
  assert.deepEqual([status, output, redacted], ['failed', undefined, { email: 1 }]);
  assert.deepEqual(error, { code: 'invalid_output', message: BREACH });
  const write = await attempt('write', lena, { output: Mail });
  assert.deepEqual([write.status, write.output, write.error], ['succeeded', undefined, undefined]);
  assert.deepEqual(write.redacted, { email: 1 });
  const disclosed = await attempt('read', lena, { output: Mail, discloses: ['email'] });
  assert.deepEqual([disclosed.status, disclosed.output], ['succeeded', { touched: 'lena@example.com' }]);
});

test('a number that is a card cannot stay a number', async () => {
  const output = z.strictObject({ touched: z.number() });
  const handler = (async () => ({ touched: 4242424242424242 })) as Handler;
  const { status, error } = await attempt('read', handler, { output });
  assert.equal(status, 'failed');
  assert.match(
    error?.message ?? '',
    /without payment_card breaks its schema: touched: expected number, received string/,
  );
});

test('a breach of the schema says no value and no name of the output', async () => {
  const handler = (async () => ({ touched: CARD, 'lena@example.com': 1 })) as Handler;
  const { error, redacted } = await attempt('read', handler);
  assert.equal(
    error?.message,
    "the tool's output breaks its schema: [redacted: email]: unknown field, remove it",
  );
  assert.deepEqual(redacted, { email: 1 });
});

test('messages and effects disclose nothing, whatever outputs do', async () => {
  const fails: Handler = async (_, { recordEffect }) => {
    recordEffect('customers/lena@example.com');
    throw new Error(`lena@example.com: card ${CARD} was declined`);
  };
  assert.deepEqual(await attempt('write', fails, { discloses: ['email'] }), {
    status: 'unknown',
    error: { code: 'tool_failed', message: '[redacted: email]: card [redacted: payment_card] was declined' },
    effects: ['customers/[redacted: email]'],
    hasUntoldChanges: true,
    redacted: { email: 2, payment_card: 1 },
    costMicroDollars: 0,
  });
});

test('what the workflow redacts goes from outputs, effects and messages, also where the tool discloses it', async () => {
  const redaction = { withheld: ['email'], patterns: ['ACC-\\d{6}'] } as const;
  const told: Handler = async (_, { recordEffect }) => {
    recordEffect('accounts/ACC-123456');
    return { touched: 'ann@example.com of ACC-123456' };
  };
  const outcome = await attempt('write', told, { discloses: ['email'], redaction });
  assert.deepEqual(outcome.output, { touched: '[redacted: email] of [redacted: pattern]' });
  assert.deepEqual(outcome.effects, ['accounts/[redacted: pattern]']);
  assert.deepEqual(outcome.redacted, { email: 1, pattern: 2 });
  const failed = await attempt('read', async () => Promise.reject(new ToolRefusal('no ACC-123456')), {
    redaction,
  });
  assert.equal(failed.error?.message, 'no [redacted: pattern]');
});

test('documents that a tool has retrieved are told with where from, and that it found none is told too', async () => {
  const retrieves = 'handbook';
  const outcome = await attempt(
    'read',
    async (_, { recordRetrieved }) => {
      recordRetrieved({ id: 'returns.md', version: '7', owner: 'lena@example.com' });
      return { touched: 'W1' };
    },
    { retrieves },
  );
  assert.deepEqual(outcome.retrieved, {
    from: 'handbook',
    documents: [{ id: 'returns.md', version: '7', owner: '[redacted: email]' }],
  });
  const nothing = await attempt('read', async () => ({ touched: 'W1' }), { retrieves });
  assert.deepEqual(nothing.retrieved, { from: 'handbook', documents: [] });
  const other = await attempt('read', async () => ({ touched: 'W1' }));
  assert.equal(other.retrieved, undefined);
});

test('a call that failed has retrieved nothing for anybody to read', async () => {
  const outcome = await attempt(
    'read',
    async (_, { recordRetrieved }) => {
      recordRetrieved({ id: 'returns.md' });
      throw new ToolRefusal('no such page');
    },
    { retrieves: 'handbook' },
  );
  assert.equal(outcome.retrieved, undefined);
});
