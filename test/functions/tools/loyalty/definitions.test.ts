import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ToolContext } from '../../../../domain/tool/handler.ts';
import type { InvokeFunction } from '../../../../functions/adapters/existing-function.ts';
import { loyalty } from '../../../../functions/tools/loyalty/definitions.ts';
import { loadLoyaltyFacts } from '../../../../functions/tools/loyalty/facts.ts';
import { loyaltyHandlers } from '../../../../functions/tools/loyalty/handlers.ts';

test('each tool may invoke the one function, and reaches nothing else', () => {
  for (const tool of loyalty.tools) {
    assert.deepEqual(
      tool.access,
      [
        {
          actions: ['lambda:InvokeFunction'],
          resource: 'arn:{partition}:lambda:{region}:{account}:function:{prefix}-shop-loyalty',
          sharedByTenants: true,
        },
      ],
      tool.name,
    );
    assert.ok(!('destinations' in tool) && !('secrets' in tool), tool.name);
  }
  assert.throws(() => loyalty.tableName('countersign', 'points'), /have no tables/);
});

test('the function is plain JavaScript that knows nothing of the control plane', () => {
  const file = join(import.meta.dirname, '../../../../infra/shop/loyalty.mjs');
  const imports = readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g);
  assert.deepEqual(
    [...imports].map(([, module]) => module?.split('/')[0]),
    ['@aws-sdk', '@aws-sdk'],
  );
});

test('no member is named so that it reaches into another tenant', () => {
  for (const member_id of ['', 'globex#lena', 'lena#1', 'Lena', '../lena', '*', '1lena', 'x'.repeat(65)]) {
    for (const { name, input } of loyalty.tools) {
      assert.equal(input.safeParse({ member_id, points: 1, reason: 'goodwill' }).success, false, name);
    }
  }
});

test('points are added in whole numbers, some but not too many', () => {
  const [, addPoints] = loyalty.tools;
  for (const points of [0, -1, 1.5, 5001, Number.NaN]) {
    const input = { member_id: 'lena', points, reason: 'goodwill' };
    assert.equal(addPoints.input.safeParse(input).success, false, String(points));
  }
});

test('a member whose points were added is recorded, one who was looked at is not', async () => {
  const effects: string[] = [];
  const sent: unknown[] = [];
  const invoke = (async (
    _: unknown,
    { payload, functionName }: { payload: object; functionName: string },
  ) => {
    sent.push({ ...payload, functionName });
    return { member_id: 'lena', points: 7 };
  }) as unknown as InvokeFunction;
  const handlers = loyaltyHandlers('countersign', invoke);
  const context = { recordEffect: (effect: string) => effects.push(effect) } as unknown as ToolContext;
  await handlers['loyalty.get_points']({ member_id: 'lena' }, context);
  assert.deepEqual(effects, []);
  await handlers['loyalty.add_points']({ member_id: 'lena', points: 7, reason: 'goodwill' }, context);
  assert.deepEqual(effects, ['members/lena']);
  const functionName = 'countersign-shop-loyalty';
  assert.deepEqual(sent, [
    { operation: 'get_points', member_id: 'lena', functionName },
    { operation: 'add_points', member_id: 'lena', points: 7, reason: 'goodwill', functionName },
  ]);
});

test('facts say which member a call is about, and nothing that nobody has checked', async () => {
  const reader = { get: assert.fail, find: assert.fail, head: assert.fail };
  const request = {
    tenant: 'acme',
    tool: 'loyalty.get_points',
    arguments: { member_id: 'lena' },
    now: new Date(0),
  };
  assert.deepEqual(await loadLoyaltyFacts(request, reader), {
    resource: { type: 'Member', id: 'lena', attributes: {} },
    call: {},
  });
});
