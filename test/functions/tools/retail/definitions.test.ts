import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { isTableAccess } from '../../../../domain/tool/access.ts';
import type { ToolDefinition } from '../../../../domain/tool/definition.ts';
import { retail } from '../../../../functions/tools/retail/definitions.ts';

const TOOLS: readonly ToolDefinition[] = retail.tools;
const SCOPE = {
  tenant: 'acme',
  arguments: {
    order_id: '#W1',
    user_id: 'lena_hofer_4821',
    product_id: '7',
    item_id: '8',
    email: 'Lena@Example.com',
    first_name: 'Lena',
    last_name: 'Hofer',
    zip: '97205',
  },
  resource: { type: 'Order', id: '5', attributes: { exists: true, owner: 'jonas_lindqvist_6038' } },
};

/** What each tool may touch, reviewed line by line: table or index, operations, keys. */
const ACCESS: Readonly<Record<string, readonly string[]>> = {
  'retail.find_user_id_by_email': ['customers/byEmail query acme#lena@example.com'],
  'retail.find_user_id_by_name_zip': ['customers/byNameZip query acme#lena#hofer#97205'],
  'retail.get_user_details': ['customers get acme#lena_hofer_4821'],
  'retail.get_order_details': ['orders get acme##W1'],
  'retail.get_product_details': ['products get acme#7'],
  'retail.get_item_details': ['products get acme#item#8, acme#5'],
  'retail.list_all_product_types': ['products/byTenant query acme'],
  'retail.calculate': [],
  'retail.transfer_to_human_agents': [],
  'retail.modify_user_address': ['customers get+update acme#lena_hofer_4821'],
  'retail.modify_pending_order_address': ['orders get+update acme##W1'],
  'retail.modify_pending_order_payment': [
    'orders get+update acme##W1',
    'customers get+update acme#jonas_lindqvist_6038',
  ],
  'retail.modify_pending_order_items': [
    'orders get+update acme##W1',
    'customers get+update acme#jonas_lindqvist_6038',
    'products get (tenant)',
  ],
  'retail.exchange_delivered_order_items': [
    'orders get+update acme##W1',
    'customers get acme#jonas_lindqvist_6038',
    'products get (tenant)',
  ],
  'retail.cancel_pending_order': [
    'orders get+update acme##W1',
    'customers get+update acme#jonas_lindqvist_6038',
  ],
  'retail.preview_cancel_pending_order': ['orders get acme##W1', 'customers get acme#jonas_lindqvist_6038'],
  'retail.return_delivered_order_items': [
    'orders get+update acme##W1',
    'customers get acme#jonas_lindqvist_6038',
  ],
};

function accessOf({ access }: ToolDefinition): string[] {
  return access
    .filter(isTableAccess)
    .map(({ table, index, operations, keys }) =>
      [
        index === undefined ? table : `${table}/${index}`,
        operations.join('+'),
        keys === undefined ? '(tenant)' : keys(SCOPE).join(', '),
      ].join(' '),
    );
}

describe('the retail tools', () => {
  it('may touch what was reviewed', () => {
    assert.deepEqual(Object.fromEntries(TOOLS.map((tool) => [tool.name, accessOf(tool)])), ACCESS);
  });

  it('write no item unless they say that they write', () => {
    for (const { name, effect, access } of TOOLS) {
      const updates = access.filter(isTableAccess).some(({ operations }) => operations.includes('update'));
      assert.equal(updates, effect === 'write', name);
    }
  });

  it('touch no customer for an order without owner', () => {
    const scope = { ...SCOPE, resource: { ...SCOPE.resource, attributes: { exists: false } } };
    const cancel = TOOLS.find(({ name }) => name === 'retail.cancel_pending_order');
    const keys = cancel?.access
      .filter(isTableAccess)
      .find(({ table }) => table === 'customers')
      ?.keys?.(scope);
    assert.deepEqual(keys, ['acme#unknown']);
  });

  it('log ids and reasons, nothing else', () => {
    const logged = new Set(TOOLS.flatMap((tool) => tool.loggedArguments));
    const expected = 'item_id item_ids new_item_ids order_id payment_method_id product_id reason user_id';
    assert.deepEqual([...logged].sort(), expected.split(' '));
  });

  it('log every id that they are given', () => {
    for (const { name, input, loggedArguments } of TOOLS) {
      const ids = Object.keys(input.shape).filter((argument) => /_ids?$/.test(argument));
      assert.deepEqual(
        ids.filter((id) => !loggedArguments.includes(id)),
        [],
        name,
      );
    }
  });

  it('name only resources of their namespace', () => {
    const known: readonly string[] = retail.resources.map(({ name }) => name);
    assert.deepEqual(
      TOOLS.map(({ resource }) => resource).filter((name) => !known.includes(name)),
      [],
    );
  });

  it('hold at most 300 micro-dollars for a call', () => {
    const dear = TOOLS.filter(({ maximumCostMicroDollars }) => maximumCostMicroDollars > 300);
    assert.deepEqual(
      dear.map(({ name, maximumCostMicroDollars }) => [name, maximumCostMicroDollars]),
      [],
    );
  });

  it('refuse arguments that they do not know', () => {
    for (const { name, input } of TOOLS) {
      const codes = input.safeParse({ surprise: 1 }).error?.issues.map(({ code }) => code);
      assert.ok(codes?.includes('unrecognized_keys'), name);
    }
  });

  it("refuse a '#' in what becomes part of a key", () => {
    const product = TOOLS.find(({ name }) => name === 'retail.get_product_details');
    assert.equal(product?.input.safeParse({ product_id: 'item#3301845216' }).success, false);
  });

  it('can be described to a model as JSON Schema', () => {
    for (const { name, input } of TOOLS) {
      const schema = z.toJSONSchema(input);
      assert.equal(schema.additionalProperties, false, name);
      for (const [argument, property] of Object.entries(schema.properties ?? {})) {
        assert.ok(
          typeof property === 'object' && property.description,
          `${name}: ${argument} is not described`,
        );
      }
    }
  });
});
