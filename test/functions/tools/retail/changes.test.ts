import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../../contracts/environment.ts';
import { type ShopTable, shopTableName } from '../../../../contracts/names.ts';
import { documentKey } from '../../../../contracts/shop.ts';
import { type ToolContext, ToolRefusal } from '../../../../domain/tool/handler.ts';
import { retailHandlers } from '../../../../functions/tools/retail/handlers.ts';
import { loadShop } from '../../../../local/shop/load.ts';
import { callRecord, LOCAL_CREDENTIALS, LOCAL_REGION } from './call-context.ts';
import { sampleShop } from './sample-shop.ts';
import { createShopTables, deleteShopTables } from './shop-tables.ts';

const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT;
const skip = ENDPOINT === undefined && 'COUNTERSIGN_LOCAL_ENDPOINT names no local DynamoDB';

const LENA = 'lena_hofer_4821';
const JONAS = 'jonas_lindqvist_6038';
/** Pending, $104.20 paid by Jonas' gift card, which holds $410.25. */
const BY_GIFT_CARD = '#W4731096';
const GIFT_CARD = 'gift_card_7714520';
const ADDRESS = {
  address1: '1 New Street',
  address2: '',
  city: 'Salem',
  country: 'USA',
  state: 'OR',
  zip: '97301',
};

describe('writes of the retail tools', { skip }, () => {
  const prefix = `changes-${randomBytes(4).toString('hex')}`;
  const client = new DynamoDBClient({
    ...(ENDPOINT !== undefined && { endpoint: ENDPOINT }),
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const documents = DynamoDBDocumentClient.from(client);
  let tenants = 0;

  before(async () => {
    process.env.AWS_ENDPOINT_URL = ENDPOINT;
    process.env.AWS_REGION = LOCAL_REGION;
    process.env[ENV.prefix] = prefix;
    await createShopTables(client, prefix);
  });

  after(async () => {
    await deleteShopTables(client, prefix);
    client.destroy();
  });

  async function freshShop(): Promise<string> {
    tenants += 1;
    const tenant = `tenant-${tenants}`;
    await loadShop({ documents: sampleShop, tenant, prefix, client });
    return tenant;
  }

  async function item(table: ShopTable, tenant: string, id: string) {
    const { Item } = await documents.send(
      new GetCommand({ TableName: shopTableName(prefix, table), Key: { id: documentKey(tenant, id) } }),
    );
    assert.ok(Item, `${table} holds no ${id}`);
    return Item;
  }

  it('attach the run, the call and its key to every document', async () => {
    const tenant = await freshShop();
    const key = randomUUID();
    const { context, effects } = callRecord(tenant, key, 'run-7');
    await retailHandlers['retail.cancel_pending_order'](
      { order_id: BY_GIFT_CARD, reason: 'no longer needed' },
      context,
    );
    const lastCall = { runId: 'run-7', callId: '0001-00', idempotencyKey: key };
    const order = await item('orders', tenant, BY_GIFT_CARD);
    const customer = await item('customers', tenant, JONAS);
    assert.deepEqual([order.lastCall, order.version], [lastCall, 2]);
    assert.deepEqual([customer.lastCall, customer.version], [lastCall, 2]);
    assert.equal(order.document.status, 'cancelled');
    assert.equal(customer.document.payment_methods[GIFT_CARD].balance, 514.45);
    assert.deepEqual(effects, [`orders/${BY_GIFT_CARD}`, `customers/${JONAS}`]);
  });

  it('happen once when a call is repeated, and answer and record the same again', async () => {
    const tenant = await freshShop();
    const input = { order_id: BY_GIFT_CARD, reason: 'no longer needed' };
    const key = randomUUID();
    const [first, second] = [callRecord(tenant, key), callRecord(tenant, key)];
    const result = await retailHandlers['retail.cancel_pending_order'](input, first.context);
    assert.deepEqual(await retailHandlers['retail.cancel_pending_order'](input, second.context), result);
    assert.deepEqual(second.effects, first.effects);
    assert.equal(
      (await item('customers', tenant, JONAS)).document.payment_methods[GIFT_CARD].balance,
      514.45,
    );
    assert.equal((await item('orders', tenant, BY_GIFT_CARD)).version, 2);
  });

  it('happen once when the attempts at a call race', async () => {
    const tenant = await freshShop();
    const input = { order_id: BY_GIFT_CARD, reason: 'no longer needed' };
    const key = randomUUID();
    const attempts = Array.from({ length: 4 }, () =>
      retailHandlers['retail.cancel_pending_order'](input, callRecord(tenant, key).context),
    );
    const results = await Promise.all(attempts);
    assert.equal(new Set(results.map((result) => JSON.stringify(result))).size, 1);
    assert.equal(
      (await item('customers', tenant, JONAS)).document.payment_methods[GIFT_CARD].balance,
      514.45,
    );
  });

  it('are not repeated over what somebody else has written since', async () => {
    const tenant = await freshShop();
    const [first, other] = [callRecord(tenant, randomUUID()), callRecord(tenant, randomUUID())];
    const input = { user_id: LENA, ...ADDRESS };
    await retailHandlers['retail.modify_user_address'](input, first.context);
    await retailHandlers['retail.modify_user_address']({ ...input, city: 'Bend' }, other.context);
    await assert.rejects(
      retailHandlers['retail.modify_user_address'](input, first.context),
      /may have been carried out/,
    );
    assert.equal((await item('customers', tenant, LENA)).document.address.city, 'Bend');
  });

  it('lose nothing when different calls race for one document', async () => {
    const tenant = await freshShop();
    const calls = ['A', 'B', 'C'].map((line) =>
      retailHandlers['retail.modify_user_address'](
        { user_id: LENA, ...ADDRESS, address2: line },
        callRecord(tenant, randomUUID()).context,
      ),
    );
    await Promise.all(calls);
    assert.equal((await item('customers', tenant, LENA)).version, 4, 'each call has had its turn');
  });

  it('refuse the second of two calls that exclude each other', async () => {
    const tenant = await freshShop();
    const input = { order_id: BY_GIFT_CARD, reason: 'no longer needed' };
    const settled = await Promise.allSettled(
      [randomUUID(), randomUUID()].map((key) =>
        retailHandlers['retail.cancel_pending_order'](input, callRecord(tenant, key).context),
      ),
    );
    const refusals = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
    assert.equal(refusals.length, 1);
    assert.ok(refusals[0] instanceof ToolRefusal);
    assert.equal(refusals[0].message, 'Non-pending order cannot be cancelled');
    assert.equal(
      (await item('customers', tenant, JONAS)).document.payment_methods[GIFT_CARD].balance,
      514.45,
    );
  });

  it('move a customer to the zip code under which it is found', async () => {
    const tenant = await freshShop();
    const { context } = callRecord(tenant, randomUUID());
    await retailHandlers['retail.modify_user_address']({ user_id: LENA, ...ADDRESS }, context);
    const find = (zip: string) =>
      retailHandlers['retail.find_user_id_by_name_zip'](
        { first_name: 'LENA', last_name: 'hofer', zip },
        context,
      );
    assert.equal(await find('97301'), LENA);
    await assert.rejects(find('97205'), { message: 'User not found' });
  });

  it('leave no trace of a call that is refused', async () => {
    const tenant = await freshShop();
    const { context, effects } = callRecord(tenant, randomUUID());
    await assert.rejects(
      retailHandlers['retail.cancel_pending_order'](
        { order_id: '#W4400307', reason: 'no longer needed' },
        context,
      ),
      ToolRefusal,
    );
    assert.deepEqual(effects, []);
    assert.equal((await item('orders', tenant, '#W4400307')).version, 1);
  });

  it('stay within their tenant', async () => {
    const [tenant, other] = [await freshShop(), await freshShop()];
    const { context } = callRecord(tenant, randomUUID());
    await retailHandlers['retail.modify_pending_order_address'](
      { order_id: BY_GIFT_CARD, ...ADDRESS },
      context,
    );
    assert.equal((await item('orders', other, BY_GIFT_CARD)).version, 1);
  });

  it('cost by the request units of DynamoDB', async () => {
    const tenant = await freshShop();
    const { context, costs } = callRecord(tenant, randomUUID());
    await retailHandlers['retail.modify_pending_order_address'](
      { order_id: BY_GIFT_CARD, ...ADDRESS },
      context,
    );
    // one read unit, and two write units for each kilobyte of an order of less than one
    assert.deepEqual(costs, [0.125, 1.25]);
  });

  it('are gone with the time of the call', async () => {
    const tenant = await freshShop();
    const { context } = callRecord(tenant, randomUUID());
    const expired = { ...context, signal: AbortSignal.abort() };
    await assert.rejects(
      retailHandlers['retail.modify_pending_order_address']({ order_id: BY_GIFT_CARD, ...ADDRESS }, expired),
    );
    assert.equal((await item('orders', tenant, BY_GIFT_CARD)).version, 1);
  });

  it('leave the catalog in the order of its names', async () => {
    const tenant = await freshShop();
    const catalog = await retailHandlers['retail.list_all_product_types'](
      {},
      callRecord(tenant, randomUUID()).context,
    );
    assert.ok(catalog.startsWith('{"Hammock": "1204417730", "Pour-Over Kettle": "2217790465", '));
    assert.equal(Object.keys(JSON.parse(catalog)).length, 8);
  });

  it('are previewed as they are made: the same fields, from and to the same values', async () => {
    const tenant = await freshShop();
    const input = { order_id: BY_GIFT_CARD, reason: 'no longer needed' };
    const { context } = callRecord(tenant, randomUUID());
    const { changes } = await retailHandlers['retail.preview_cancel_pending_order'](input, context);
    const { user_id } = (await item('orders', tenant, BY_GIFT_CARD)).document;
    assert.deepEqual(
      changes.map(({ effect, field }) => [effect, field]),
      [
        ...['cancel_reason', 'payment_history[1]', 'status'].map((field) => [
          `orders/${BY_GIFT_CARD}`,
          field,
        ]),
        [`customers/${user_id}`, `payment_methods.${GIFT_CARD}.balance`],
      ],
    );
    assert.deepEqual([changes.at(-1)?.from, changes.at(-1)?.to], [410.25, 514.45]);
    assert.equal((await item('orders', tenant, BY_GIFT_CARD)).version, 1, 'a preview writes nothing');

    const made: unknown[] = [];
    const recording: ToolContext = {
      ...context,
      recordEffect: (effect, changed = []) => {
        made.push(...changed.map((change) => ({ effect, ...change })));
      },
    };
    await retailHandlers['retail.cancel_pending_order'](input, recording);
    assert.deepEqual(made, changes);
  });

  it('are refused in a preview as they are when made', async () => {
    const tenant = await freshShop();
    const { context } = callRecord(tenant, randomUUID());
    const preview = (order_id: string, reason: string) =>
      retailHandlers['retail.preview_cancel_pending_order']({ order_id, reason }, context);
    await assert.rejects(preview('#W0', 'no longer needed'), new ToolRefusal('Order not found'));
    await assert.rejects(preview(BY_GIFT_CARD, 'a whim'), new ToolRefusal('Invalid reason'));
  });
});
