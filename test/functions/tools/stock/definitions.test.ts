import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { stock } from '../../../../functions/tools/stock/definitions.ts';
import { loadStockFacts } from '../../../../functions/tools/stock/facts.ts';
import listing from '../../../../functions/tools/stock/listing.json' with { type: 'json' };

const listed = (name: string) => {
  const found = listing.tools.find((tool) => tool.name === name.slice('stock.'.length));
  return found ?? assert.fail(`${name} is not listed`);
};

/** Without the name of the dialect. */
function schemaOf({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}

for (const { name, description, input, output, effect } of stock.tools) {
  test(`${name} takes, gives and says what the reviewed listing does`, () => {
    const { inputSchema, outputSchema, description: reviewed, annotations } = listed(name);
    assert.deepEqual(schemaOf(z.toJSONSchema(input, { io: 'input' })), schemaOf(inputSchema));
    assert.deepEqual(schemaOf(z.toJSONSchema(output, { io: 'output' })), schemaOf(outputSchema ?? {}));
    assert.equal(description, reviewed);
    assert.equal('readOnlyHint' in annotations && annotations.readOnlyHint === true, effect === 'read');
  });
}

test('each tool reaches the server of the deployment with its token, and nothing of AWS', () => {
  for (const { name, access, destinations, secrets } of stock.tools) {
    assert.deepEqual([access, destinations, secrets], [[], ['deployment:stock'], ['api-token']], name);
  }
  assert.throws(() => stock.tableName('countersign', 'pieces'), /have no tables/);
});

test('the time of a tool is more than its session can take', async () => {
  const { DEFAULT_SESSION_LIMITS: limits } = await import(
    '../../../../functions/adapters/mcp/session-fetch.ts'
  );
  const { preparationMilliseconds, callMilliseconds, endMilliseconds } = limits;
  const longest = 3 * preparationMilliseconds + callMilliseconds + endMilliseconds;
  for (const { name, timeoutSeconds } of stock.tools) {
    assert.ok(longest < timeoutSeconds * 1000, name);
  }
});

test('facts say which product a call is about, and nothing that nobody has checked', async () => {
  const reader = { get: assert.fail, find: assert.fail, head: assert.fail };
  const request = {
    tenant: 'acme',
    tool: 'stock.check_stock',
    arguments: { product_id: 'P-1' },
    now: new Date(0),
  };
  assert.deepEqual(await loadStockFacts(request, reader), {
    resource: { type: 'StockItem', id: 'P-1', attributes: {} },
    call: {},
  });
});
