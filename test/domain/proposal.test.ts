import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { parseProposal } from '../../domain/call/proposal.ts';
import { defineTool } from '../../domain/tool/definition.ts';

const refund = defineTool({
  name: 'shop.refund_order',
  description: 'refunds an order',
  input: z.strictObject({ order_id: z.string().min(1), cents: z.int() }),
  output: z.string(),
  effect: 'write',
  idempotency: 'none',
  tier: 3,
  resource: 'Order',
  access: [],
  maximumCostMicroDollars: 10,
  timeoutSeconds: 5,
  loggedArguments: ['order_id'],
});

const findTool = (name: string) => (name === refund.name ? refund : undefined);

function reasons(untrusted: unknown): string[] {
  const parsed = parseProposal(untrusted, findTool);
  return parsed.ok ? [] : parsed.reasons.map(({ code, message }) => `${code} ${message}`);
}

test('a well-formed proposal becomes a typed call', () => {
  const proposal = { tool: 'shop.refund_order', arguments: { order_id: 'W1', cents: 5 } };
  assert.deepEqual(parseProposal(proposal, findTool), { ok: true, definition: refund, proposal });
});

for (const untrusted of [
  null,
  'refund',
  42,
  [],
  {},
  { tool: 'shop.refund_order' },
  { tool: 5, arguments: {} },
]) {
  test(`${JSON.stringify(untrusted)} is a malformed proposal`, () => {
    assert.ok(reasons(untrusted).every((reason) => reason.startsWith('malformed_proposal')));
    assert.notEqual(reasons(untrusted).length, 0);
  });
}

test('a member that nobody knows makes a proposal malformed', () => {
  const proposal = { tool: 'shop.refund_order', arguments: { order_id: 'W1', cents: 5 }, approved: true };
  assert.deepEqual(reasons(proposal), ['malformed_proposal approved: unknown field, remove it']);
});

test('an unknown tool is refused by name', () => {
  assert.match(
    reasons({ tool: 'shop.drop_tables', arguments: {} })[0] ?? '',
    /^unknown_tool tool 'shop.drop_tables'/,
  );
});

test('every bad argument is named', () => {
  const all = reasons({ tool: 'shop.refund_order', arguments: { order_id: '', cents: '5', to: 'me' } });
  assert.deepEqual(
    all.map((reason) => reason.split(':')[0]),
    ['invalid_arguments order_id', 'invalid_arguments cents', 'invalid_arguments to'],
  );
});

test('of a proposal with thousands of unknown fields the first are named, and how many there are more', () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field${index}`, 0]));
  for (const proposal of [
    many,
    { tool: 'shop.refund_order', arguments: { order_id: 'W1', cents: 5, ...many } },
  ]) {
    const all = reasons(proposal);
    assert.equal(all.length, 21);
    assert.match(all.at(-1) ?? '', / \(root\): \d+ more fields are wrong, correct these first$/);
  }
});

test('a field with a very long name is named by its beginning', () => {
  const long = `${'x'.repeat(199)}\u{1f600}${'y'.repeat(100_000)}`;
  const [reason = ''] = reasons({
    tool: 'shop.refund_order',
    arguments: { order_id: 'W1', cents: 5, [long]: 1 },
  });
  assert.equal(reason, `invalid_arguments ${'x'.repeat(199)}\ufffd...: unknown field, remove it`);
});

test('an argument with half of a surrogate pair is refused, as nothing can record it or ask about it', () => {
  assert.deepEqual(reasons({ tool: 'shop.refund_order', arguments: { order_id: 'W\ud800', cents: 5 } }), [
    'invalid_arguments order_id: holds half of a surrogate pair, expected text in Unicode',
  ]);
  assert.deepEqual(
    reasons({ tool: 'shop.refund_order', arguments: { order_id: 'W\ud83d\ude00', cents: 5 } }),
    [],
  );
});

test('what is told of a proposal with half of a surrogate pair can be recorded', () => {
  const proposals = [
    { tool: 'shop.\udc00', arguments: {} },
    { tool: 'shop.\udc00', more: 1 },
    { tool: 'shop.refund_order', arguments: { '\ud800': 1 } },
  ];
  for (const proposal of proposals) {
    const parsed = parseProposal(proposal, findTool);
    assert.ok(!parsed.ok && parsed.tool.isWellFormed());
    assert.ok(parsed.reasons.length > 0 && parsed.reasons.every(({ message }) => message.isWellFormed()));
  }
});
