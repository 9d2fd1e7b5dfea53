import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHOP_PARTITION_KEY } from '../../../../contracts/shop.ts';
import type { FactReader, Facts } from '../../../../domain/tool/facts.ts';
import { retail } from '../../../../functions/tools/retail/definitions.ts';
import { loadRetailFacts } from '../../../../functions/tools/retail/facts.ts';
import { shopItems } from '../../../../local/shop/load.ts';
import { sampleShop } from './sample-shop.ts';

const TENANT = 'acme';
const NOW = new Date(0);
const ITEMS = shopItems(sampleShop, TENANT);

const READER: FactReader = {
  get: async (table, key) =>
    ITEMS.find((each) => each.table === table && each.item[SHOP_PARTITION_KEY] === key)?.item,
  find: async (table, index, key) => {
    const found = ITEMS.find((each) => each.table === table && each.item[index.partitionKey] === key)?.item;
    return found && { [SHOP_PARTITION_KEY]: found[SHOP_PARTITION_KEY] };
  },
  head: assert.fail,
};

function factsOf(tool: string, args: Record<string, unknown>): Promise<Facts> {
  return loadRetailFacts({ tenant: TENANT, tool: `retail.${tool}`, arguments: args, now: NOW }, READER);
}

function resource(type: string, id: string, attributes: Record<string, unknown>, call = {}): Facts {
  return { resource: { type, id, attributes }, call };
}

const LENA = resource('Customer', 'lena_hofer_4821', { exists: true, owner: 'lena_hofer_4821' });
const NOBODY = resource('Customer', 'unknown', { exists: false });
const SHOP = resource('Shop', 'retail', {});

function lenasOrder(call: Record<string, unknown>): Facts {
  const attributes = { exists: true, owner: 'lena_hofer_4821', status: 'pending', totalCents: 55840 };
  return resource('Order', '#W4400125', attributes, call);
}

describe('facts of a retail call', () => {
  const CASES: [string, string, Record<string, unknown>, Facts][] = [
    [
      'the customer with an e-mail address in any case',
      'find_user_id_by_email',
      { email: 'Lena.Hofer@example.com' },
      LENA,
    ],
    ['nobody for an unknown e-mail address', 'find_user_id_by_email', { email: 'x@example.com' }, NOBODY],
    [
      'the customer with a name and zip code',
      'find_user_id_by_name_zip',
      { first_name: 'lena', last_name: 'HOFER', zip: '97205' },
      LENA,
    ],
    [
      'nobody for a name at another zip code',
      'find_user_id_by_name_zip',
      { first_name: 'Lena', last_name: 'Hofer', zip: '97206' },
      NOBODY,
    ],
    ['the customer that is named', 'get_user_details', { user_id: 'lena_hofer_4821' }, LENA],
    ['the customer whose address changes', 'modify_user_address', { user_id: 'lena_hofer_4821' }, LENA],
    [
      'that the customer does not exist',
      'get_user_details',
      { user_id: 'nobody_1' },
      resource('Customer', 'nobody_1', { exists: false }),
    ],
    [
      'that the product exists',
      'get_product_details',
      { product_id: '1204417730' },
      resource('Product', '1204417730', { exists: true }),
    ],
    [
      'that a variant is no product',
      'get_product_details',
      { product_id: 'item#3301845216' },
      resource('Product', 'item#3301845216', { exists: false }),
    ],
    [
      'the product of a variant',
      'get_item_details',
      { item_id: '3301845216' },
      resource('Product', '1204417730', { exists: true }),
    ],
    [
      'no product for an unknown variant',
      'get_item_details',
      { item_id: '1' },
      resource('Product', 'unknown', { exists: false }),
    ],
    ['the shop', 'calculate', { expression: '1 + 1' }, SHOP],
    ['the shop for its catalog', 'list_all_product_types', {}, SHOP],
    ['the shop for a hand-over', 'transfer_to_human_agents', { summary: 'asks for a person' }, SHOP],
    [
      'the order, its owner, status and total',
      'get_order_details',
      { order_id: '#W4400125' },
      lenasOrder({}),
    ],
    [
      'that the order does not exist',
      'get_order_details',
      { order_id: '#W0' },
      resource('Order', '#W0', { exists: false }),
    ],
    [
      'the refund of a cancellation',
      'cancel_pending_order',
      { order_id: '#W4400125', reason: 'no longer needed' },
      lenasOrder({ refundCents: 55840 }),
    ],
    [
      'no refund for an order that does not exist',
      'cancel_pending_order',
      { order_id: '#W0', reason: 'no longer needed' },
      resource('Order', '#W0', { exists: false }, { refundCents: 0 }),
    ],
    [
      'the refund of cheaper items',
      'modify_pending_order_items',
      {
        order_id: '#W4400125',
        item_ids: ['7718560342'],
        new_item_ids: ['7718560343'],
        payment_method_id: 'gift_card_3347160',
      },
      lenasOrder({
        paymentMethodSource: 'gift_card',
        giftCardBalanceCents: 12000,
        isOriginalPaymentMethod: false,
        refundCents: 2000,
        chargeCents: 0,
        itemsInOrder: true,
        newItemForEachItem: true,
        newItemsOfSameProduct: true,
        newItemsAvailable: true,
        newItemsDiffer: true,
      }),
    ],
    [
      'that nothing is in an order that does not exist',
      'exchange_delivered_order_items',
      { order_id: '#W0', item_ids: ['1'], new_item_ids: ['2'], payment_method_id: 'gift_card_3347160' },
      resource(
        'Order',
        '#W0',
        { exists: false },
        {
          isOriginalPaymentMethod: false,
          refundCents: 0,
          chargeCents: 0,
          itemsInOrder: false,
          newItemForEachItem: true,
          newItemsOfSameProduct: true,
          newItemsAvailable: true,
          newItemsDiffer: true,
        },
      ),
    ],
    [
      'the payment method in the profile of the owner, and what it would be charged',
      'modify_pending_order_payment',
      { order_id: '#W4400125', payment_method_id: 'gift_card_3347160' },
      lenasOrder({
        paymentMethodSource: 'gift_card',
        giftCardBalanceCents: 12000,
        isOriginalPaymentMethod: false,
        chargeCents: 55840,
        isPaidOnce: true,
      }),
    ],
    [
      'that somebody else has the payment method',
      'modify_pending_order_payment',
      { order_id: '#W4400125', payment_method_id: 'paypal_8120446' },
      lenasOrder({ isOriginalPaymentMethod: false, chargeCents: 55840, isPaidOnce: true }),
    ],
    [
      'the refund of a return',
      'return_delivered_order_items',
      { order_id: '#W4400125', item_ids: ['1042669839'], payment_method_id: 'credit_card_5512087' },
      lenasOrder({
        paymentMethodSource: 'credit_card',
        isOriginalPaymentMethod: true,
        refundCents: 12940,
        itemsInOrder: true,
      }),
    ],
  ];
  for (const [title, tool, args, expected] of CASES) {
    it(`are ${title} (${tool})`, async () => assert.deepEqual(await factsOf(tool, args), expected));
  }

  for (const { name } of retail.tools) {
    it(`are found for odd arguments of ${name}`, async () => {
      for (const odd of [undefined, null, 7, [1, null], {}, '', '#', '__proto__', ['__proto__'], '\u0000']) {
        const anything = new Proxy({}, { get: () => odd, has: () => true });
        const { resource: found } = await loadRetailFacts(
          { tenant: TENANT, tool: name, arguments: anything, now: NOW },
          READER,
        );
        assert.notEqual(found.attributes.exists, true);
      }
    });
  }

  it('stay within the tenant', async () => {
    const request = {
      tenant: 'other',
      tool: 'retail.get_order_details',
      arguments: { order_id: '#W4400125' },
      now: NOW,
    };
    assert.equal((await loadRetailFacts(request, READER)).resource.attributes.exists, false);
  });

  it('are refused for a tool of another namespace', async () => {
    await assert.rejects(factsOf('constructor', {}), /expected a tool of the namespace retail/);
  });
});
