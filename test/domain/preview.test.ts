import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineTool, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { checkedNamespaces } from '../../domain/tool/namespaces.ts';
import { type Change, changesBetween, Preview, previewOf, undoneBy } from '../../domain/tool/preview.ts';

/** Two documents, and what differs. */
const CHANGES: Readonly<Record<string, readonly [unknown, unknown, readonly Change[]]>> = {
  'nothing differs': [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, []],
  'a value differs': [{ a: 1 }, { a: 2 }, [{ field: 'a', from: 1, to: 2 }]],
  'a type differs': [{ a: '1' }, { a: 1 }, [{ field: 'a', from: '1', to: 1 }]],
  'null takes the place of a value': [{ a: 1 }, { a: null }, [{ field: 'a', from: 1, to: null }]],
  'null is no missing member': [{ a: null }, {}, [{ field: 'a', from: null }]],
  'a member is new': [{}, { a: { b: 1 } }, [{ field: 'a', to: { b: 1 } }]],
  'a member is gone': [{ a: [1] }, {}, [{ field: 'a', from: [1] }]],
  'an undefined member is none': [{ a: undefined }, {}, []],
  'a deep member differs': [
    { a: { b: { c: 1, d: 2 } } },
    { a: { b: { c: 1, d: 3 } } },
    [{ field: 'a.b.d', from: 2, to: 3 }],
  ],
  'a member of an array differs': [
    { items: [{ id: 1 }, { id: 2 }] },
    { items: [{ id: 1 }, { id: 3 }] },
    [{ field: 'items[1].id', from: 2, to: 3 }],
  ],
  'an array grows': [{ a: [1] }, { a: [1, 2] }, [{ field: 'a[1]', to: 2 }]],
  'an array shrinks': [{ a: [1, 2] }, { a: [1] }, [{ field: 'a[1]', from: 2 }]],
  'an object takes the place of an array': [{ a: [1] }, { a: {} }, [{ field: 'a', from: [1], to: {} }]],
  'the documents are no objects': ['x', 'y', [{ field: '(root)', from: 'x', to: 'y' }]],
  'the documents are arrays': [[1], [2], [{ field: '[0]', from: 1, to: 2 }]],
  'there was no document': [undefined, { a: 1 }, [{ field: '(root)', to: { a: 1 } }]],
  'there is no document any more': [{ a: 1 }, undefined, [{ field: '(root)', from: { a: 1 } }]],
  'there never was one': [undefined, undefined, []],
  'names hold dots and brackets': [
    { 'a.b': 1, 'c[0]': { '': 1 } },
    { 'a.b': 2, 'c[0]': { '': 2 } },
    [
      { field: '["a.b"]', from: 1, to: 2 },
      { field: '["c[0]"][""]', from: 1, to: 2 },
    ],
  ],
  'a name is one that every object has': [
    {},
    JSON.parse('{"__proto__":1,"constructor":2}'),
    [
      { field: '__proto__', to: 1 },
      { field: 'constructor', to: 2 },
    ],
  ],
  'several differ, in the order of their paths': [
    { b: 1, a: 1 },
    { c: 1, a: 2 },
    [
      { field: 'a', from: 1, to: 2 },
      { field: 'b', from: 1 },
      { field: 'c', to: 1 },
    ],
  ],
};

for (const [title, [before, after, changes]] of Object.entries(CHANGES)) {
  test(`changes when ${title}`, () => {
    const found = changesBetween(before, after);
    assert.deepEqual(found, changes);
    Preview.parse({ changes: found.map((change) => ({ effect: 'items/1', ...change })) });
  });
}

const input = z.strictObject({ id: z.string() });
const output = z.strictObject({ id: z.string(), was: z.string() });

const write = defineTool({
  name: 'shop.rename_item',
  description: 'renames an item',
  input,
  output,
  effect: 'write',
  idempotency: 'by_key',
  tier: 3,
  resource: 'Item',
  facts: z.strictObject({ cents: z.int() }),
  access: [
    { table: 'items', operations: ['get', 'update'] },
    { table: 'log', operations: ['update'] },
    {
      actions: ['s3:GetObject', 's3:PutObject'],
      resource: 'arn:{partition}:s3:::items/{tenant}/{id}',
    },
    {
      actions: ['s3:GetawayNothing', 's3:DeleteObject'],
      resource: 'arn:{partition}:s3:::items/{tenant}/{id}',
    },
  ],
  destinations: ['https://api.example.com'],
  secrets: ['api-token'],
  maximumCostMicroDollars: 100,
  timeoutSeconds: 7,
  loggedArguments: ['id'],
  loggedFields: ['name'],
  preview: 'shop.preview_rename_item',
  undo: undoneBy({ name: 'shop.rename_item', input }, { input, output }, (_, { was }) => ({ id: was })),
});
const preview = previewOf(write, 5);

test('a preview takes what its write takes, and can do nothing but read', () => {
  const {
    name,
    effect,
    tier,
    idempotency,
    undo,
    access,
    loggedFields,
    maximumCostMicroDollars,
  }: ToolDefinition = preview;
  assert.deepEqual(
    { name, effect, tier, idempotency, undo, loggedFields, maximumCostMicroDollars },
    {
      name: 'shop.preview_rename_item',
      effect: 'read',
      tier: 0,
      idempotency: undefined,
      undo: undefined,
      loggedFields: undefined,
      maximumCostMicroDollars: 5,
    },
  );
  assert.equal(preview.input, write.input);
  assert.deepEqual(access, [
    { table: 'items', operations: ['get'] },
    { actions: ['s3:GetObject'], resource: 'arn:{partition}:s3:::items/{tenant}/{id}' },
  ]);
});

test('a preview is decided on the same resource and facts, and reaches where its write does', () => {
  const { resource, facts, destinations, secrets, timeoutSeconds, loggedArguments }: ToolDefinition = preview;
  assert.deepEqual(
    { resource, facts, destinations, secrets, timeoutSeconds, loggedArguments },
    {
      resource: write.resource,
      facts: write.facts,
      destinations: write.destinations,
      secrets: write.secrets,
      timeoutSeconds: write.timeoutSeconds,
      loggedArguments: write.loggedArguments,
    },
  );
});

test('an undo is the arguments of another call, made from what the write was given and has answered', () => {
  assert.deepEqual(write.undo?.arguments({ id: 'a' }, { id: 'a', was: 'b' }), { id: 'b' });
});

test('an undo that the other tool would not take throws', () => {
  const narrow = z.strictObject({ id: z.enum(['c']) });
  const undo = undoneBy({ name: 'shop.x', input: narrow }, { input, output }, () => ({ id: 'd' as 'c' }));
  assert.throws(() => undo.arguments({ id: 'a' }, { id: 'a', was: 'b' }));
  assert.throws(() => undo.arguments({ id: 'a' }, 'no output of the tool'));
});

function namespace(...tools: readonly ToolDefinition[]): ToolNamespace[] {
  return [
    {
      name: 'shop',
      tableName: (_, table) => table,
      resources: [{ name: 'Item', attributes: z.strictObject({}) }],
      tools,
    },
  ];
}

test('tools that fit each other are taken as they are', () => {
  const all = namespace(write, preview);
  assert.equal(checkedNamespaces(all), all);
});

const other = defineTool({ ...preview, name: 'shop.other_read', input: z.strictObject({ id: z.string() }) });

/** Tools that say of each other what is not so. */
const MISFITS: Readonly<Record<string, readonly [readonly ToolDefinition[], RegExp]>> = {
  'a preview that nobody has registered': [
    [write],
    /shop\.rename_item: preview 'shop\.preview_rename_item' is not registered, expected a read of the namespace/,
  ],
  'a preview that writes': [
    [{ ...write, preview: 'shop.rename_item' }],
    /preview 'shop\.rename_item' is a write, expected a read/,
  ],
  'a preview with a schema of its own': [
    [{ ...write, preview: 'shop.other_read' }, other],
    /preview 'shop\.other_read' takes other arguments, expected the same schema/,
  ],
  'a preview of a read': [[{ ...other, preview: 'shop.other_read' }], /expected previews of writes only/],
  'an undo that nobody has registered': [
    [{ ...write, undo: { tool: 'shop.nothing', arguments: () => ({}) } }, preview],
    /undo 'shop\.nothing' is not registered, expected a write of the namespace/,
  ],
  'an undo that only reads': [
    [{ ...write, undo: { tool: preview.name, arguments: () => ({}) } }, preview],
    /undo 'shop\.preview_rename_item' is a read, expected a write/,
  ],
  'an undo of a read': [
    [{ ...preview, undo: { tool: write.name, arguments: () => ({}) } }, write],
    /expected undos of writes only/,
  ],
  'two tools of one name': [[write, write, preview], /there is a second tool of this name/],
  'a tool of another namespace': [
    [{ ...other, name: 'stock.other_read' }],
    /stock\.other_read: is in namespace 'shop', expected 'stock'/,
  ],
  "a tool that acts on what is another namespace's": [
    [{ ...other, resource: 'Order' }],
    /shop\.other_read: acts on a 'Order', expected a resource of its namespace: Item/,
  ],
};

for (const [title, [tools, problem]] of Object.entries(MISFITS)) {
  test(`${title} fails at load`, () => {
    assert.throws(() => checkedNamespaces(namespace(...tools)), problem);
  });
}
