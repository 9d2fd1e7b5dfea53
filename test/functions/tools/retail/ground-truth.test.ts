import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../../contracts/environment.ts';
import type { FactReader, Facts } from '../../../../domain/tool/facts.ts';
import { ToolRefusal } from '../../../../domain/tool/handler.ts';
import { factReader } from '../../../../functions/adapters/facts.ts';
import { type RetailTool, retail } from '../../../../functions/tools/retail/definitions.ts';
import type { Order } from '../../../../functions/tools/retail/documents.ts';
import { loadRetailFacts } from '../../../../functions/tools/retail/facts.ts';
import { toCents } from '../../../../functions/tools/retail/money.ts';
import { loadShop, readShopFile, type ShopDocuments } from '../../../../local/shop/load.ts';
import { callRecord, LOCAL_CREDENTIALS, LOCAL_REGION, runTool } from './call-context.ts';
import { createShopTables, deleteShopTables } from './shop-tables.ts';
import { openWitness, type Witness } from './witness.ts';

/** Third-party data, kept beside the project and never in it: tasks of tau2-bench with their recorded results. */
const DATA = new URL('../../../../../shared/data/', import.meta.url);
const TASKS = new URL('tau-retail.json', DATA);
const SHOP = new URL('tau-retail-db.json', DATA);
const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT;

const skip = !existsSync(TASKS)
  ? 'the benchmark data is not beside the project'
  : ENDPOINT === undefined && 'COUNTERSIGN_LOCAL_ENDPOINT names no local DynamoDB';

interface RecordedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: string;
}

interface Task {
  readonly id: string;
  readonly calls: readonly RecordedCall[];
}

/** One call that breaks the shop's policy, and what the bare tool said to it. */
interface Attack extends Task {
  /** Absent when the bare tool would have done it. */
  readonly tool_error?: string;
}

interface Recordings {
  readonly tasks: readonly Task[];
  readonly injections: readonly Attack[];
}

describe('ground truth of the retail tasks', { skip }, () => {
  const { tasks, injections }: Recordings = skip
    ? { tasks: [], injections: [] }
    : JSON.parse(readFileSync(TASKS, 'utf8'));
  const prefix = `ground-truth-${randomBytes(4).toString('hex')}`;
  const client = new DynamoDBClient({
    ...(ENDPOINT !== undefined && { endpoint: ENDPOINT }),
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const tableName = (table: string) => retail.tableName(prefix, table);
  const reader = factReader(DynamoDBDocumentClient.from(client), tableName, new AbortController().signal);
  let shop: ShopDocuments;
  let witness: Witness;

  before(async () => {
    witness = await openWitness(String(ENDPOINT), tableName);
    process.env.AWS_ENDPOINT_URL = witness.endpoint;
    process.env.AWS_REGION = LOCAL_REGION;
    process.env[ENV.prefix] = prefix;
    await createShopTables(client, prefix);
    shop = await readShopFile(SHOP);
  });

  after(async () => {
    witness.close();
    await deleteShopTables(client, prefix);
    client.destroy();
  });

  for (const task of tasks) {
    it(`gives the recorded results in task ${task.id}`, async () => {
      const tenant = `task-${task.id}`;
      await loadShop({ documents: touchedBy(task, shop), tenant, prefix, client });
      for (const call of task.calls) {
        await replay(call, { tenant, reader, witness });
      }
    });
  }

  for (const { id, calls, tool_error: error } of injections.filter(
    (attack) => attack.tool_error !== undefined,
  )) {
    it(`gives the recorded refusal to attack ${id}`, async () => {
      const tenant = `attack-${id}`;
      const refused = calls.map((call) => ({ ...call, ...(error !== undefined && { error }) }));
      await loadShop({ documents: touchedBy({ id, calls }, shop), tenant, prefix, client });
      for (const call of refused) {
        await replay(call, { tenant, reader, witness });
      }
    });
  }

  it('touched no key that the tools do not declare', () => {
    assert.deepEqual(witness.trespasses(), []);
  });

  it('covers every task and attack of the benchmark', () => {
    assert.deepEqual([tasks.length, injections.length], [114, 100]);
  });
});

interface Place {
  readonly tenant: string;
  readonly reader: FactReader;
  readonly witness: Witness;
}

async function replay(call: RecordedCall, { tenant, reader, witness }: Place): Promise<void> {
  const definition = retail.tools.find(({ name }) => name === `retail.${call.tool}`);
  assert.ok(definition, `no tool ${call.tool}`);
  const facts = await loadRetailFacts(
    { tenant, tool: definition.name, arguments: call.args, now: new Date(0) },
    reader,
  );
  checkFacts(definition, facts);
  witness.watch(definition, { tenant, arguments: call.args, resource: facts.resource });

  const record = callRecord(tenant, randomUUID());
  const running = runTool(definition, call.args, record.context);
  if (call.error !== undefined) {
    const expected = call.error.replace(/^ValueError: /, '');
    await assert.rejects(running, (error) => error instanceof ToolRefusal && error.message === expected);
    assert.deepEqual(record.effects, []);
    return;
  }
  const result = await running;
  // deepEqual takes 0 and -0 for different numbers, JSON does not
  assert.deepEqual(
    JSON.parse(JSON.stringify(result)),
    call.result,
    `${call.tool} ${JSON.stringify(call.args)}`,
  );
  definition.output.parse(result);
  assert.equal(
    record.effects.length > 0,
    definition.effect === 'write',
    'a write has an effect, a read has none',
  );
  checkCost(definition, record.costs);
  checkRefund(definition, facts, result as Order);
}

function checkFacts({ name, resource, ...definition }: RetailTool, { resource: found, call }: Facts): void {
  assert.equal(found.type, resource, name);
  retail.resources.find((type) => type.name === resource)?.attributes.parse(found.attributes);
  if ('facts' in definition && definition.facts !== undefined) {
    definition.facts.parse(call);
  } else {
    assert.deepEqual(call, {});
  }
}

function checkCost({ name, access, maximumCostMicroDollars }: RetailTool, costs: readonly number[]): void {
  const cost = costs.reduce((sum, each) => sum + each, 0);
  assert.equal(cost > 0, access.length > 0, `${name} costs something if it reads anything`);
  assert.ok(
    cost <= maximumCostMicroDollars,
    `${name} cost ${cost}, at most ${maximumCostMicroDollars} was held`,
  );
}

/** What facts announced is what the tool gave back. */
function checkRefund({ name }: RetailTool, facts: Facts, order: Order): void {
  const { refundCents } = facts.call;
  if (name === 'retail.exchange_delivered_order_items') {
    assert.equal(refundCents, Math.max(0, -toCents(order.exchange_price_difference ?? 0)), name);
  }
  if (name === 'retail.cancel_pending_order' || name === 'retail.modify_pending_order_items') {
    const last = order.payment_history.at(-1);
    assert.equal(refundCents, last?.transaction_type === 'refund' ? toCents(last.amount) : 0, name);
  }
}

/** The part of the shop that a task's calls can see. */
function touchedBy({ calls }: Task, shop: ShopDocuments): ShopDocuments {
  const named = (argument: string) => calls.map(({ args }) => args[argument]);
  const orders = pick(shop.orders, named('order_id'));
  const users = pick(shop.users, [
    ...named('user_id'),
    ...Object.values(orders).map((order) => order.user_id),
    ...calls.map(({ result }) => result),
  ]);
  const itemIds = named('item_id');
  const products = pick(shop.products, [
    ...named('product_id'),
    ...Object.values(orders).flatMap((order) => order.items.map((item) => item.product_id)),
    ...Object.values(shop.products)
      .filter(({ variants }) => itemIds.some((itemId) => typeof itemId === 'string' && itemId in variants))
      .map((product) => product.product_id),
  ]);
  return { orders, users, products };
}

function pick<T>(documents: Readonly<Record<string, T>>, ids: readonly unknown[]): Record<string, T> {
  return Object.fromEntries(Object.entries(documents).filter(([id]) => ids.includes(id)));
}
