import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { REMEMBERED_OPERATIONS } from '../../../../functions/tools/ops/documents.ts';
import { opsHandlers } from '../../../../functions/tools/ops/handlers.ts';
import { exampleTables, skip } from '../example-tables.ts';
import { callRecord } from '../retail/call-context.ts';

const deploy = opsHandlers['ops.deploy_service'];
const restart = opsHandlers['ops.restart_service'];
const CHECKOUT = { service: 'checkout' };

describe('the tools of operations', { skip }, () => {
  const tables = exampleTables('ops');
  const row = async (tenant: string, service = 'checkout') =>
    (await tables.read('services', tenant, service)).document;

  it('show a service without what runs have done to it', async () => {
    const tenant = await tables.freshTenant();
    const { context } = callRecord(tenant, randomUUID());
    await restart(CHECKOUT, context);
    const shown = await opsHandlers['ops.get_service'](CHECKOUT, context);
    const { operations, ...rest } = await row(tenant);
    assert.equal(operations.length, 1);
    assert.deepEqual(shown, rest);
  });

  it('change the row, each in its own way, and enter the run in it', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    const call = callRecord(tenant, key, 'run-7');
    const before = await row(tenant);
    await deploy({ ...CHECKOUT, version: '4.2.0' }, call.context);
    const operation = {
      operation: 'ops.deploy_service',
      call: { run_id: 'run-7', call_id: '0001-00', idempotency_key: key },
    };
    const deployed = {
      ...before,
      version: '4.2.0',
      deployed_versions: ['4.0.2', '4.1.0', '4.2.0'],
      operations: [operation],
    };
    assert.deepEqual(await row(tenant), deployed);
    assert.deepEqual(call.effects, ['services/checkout']);
    const next = () => callRecord(tenant, randomUUID()).context;
    assert.equal((await restart(CHECKOUT, next())).restarts, 1);
    assert.equal(
      (await opsHandlers['ops.scale_service']({ ...CHECKOUT, replicas: 7 }, next())).desired_replicas,
      7,
    );
    const deleted = opsHandlers['ops.delete_database'](
      { ...CHECKOUT, database: 'checkout_orders_old' },
      next(),
    );
    assert.deepEqual((await deleted).databases, ['checkout_orders']);
    assert.equal((await row(tenant)).operations.length, 4);
    assert.equal((await row(tenant, 'billing')).operations.length, 0, 'other services stay as they are');
  });

  it('happen once when a call is repeated or its attempts race, also after somebody else came in between', async () => {
    const tenant = await tables.freshTenant();
    const key = randomUUID();
    await Promise.all([1, 2, 3, 4].map(() => restart(CHECKOUT, callRecord(tenant, key).context)));
    await deploy({ ...CHECKOUT, version: '4.2.0' }, callRecord(tenant, randomUUID()).context);
    const late = callRecord(tenant, key);
    await restart(CHECKOUT, late.context);
    assert.deepEqual(late.effects, ['services/checkout']);
    const { restarts, version, operations } = await row(tenant);
    assert.deepEqual([restarts, version, operations.length], [1, '4.2.0', 2]);
  });

  it('remember a bounded number of operations', async () => {
    const tenant = await tables.freshTenant();
    const call = { run_id: 'run-1', call_id: '0001-00', idempotency_key: 'old' };
    const operations = Array(REMEMBERED_OPERATIONS).fill({ operation: 'ops.restart_service', call });
    await tables.change('services', tenant, 'checkout', { operations });
    await restart(CHECKOUT, callRecord(tenant, 'new').context);
    const after = (await row(tenant)).operations;
    assert.equal(after.length, REMEMBERED_OPERATIONS);
    assert.equal(after.at(-1).call.idempotency_key, 'new');
  });

  it('refuse a service and a database that are not there', async () => {
    const { context } = callRecord(await tables.freshTenant(), randomUUID());
    await assert.rejects(restart({ service: 'nowhere' }, context), {
      name: 'ToolRefusal',
      message: 'there is no service nowhere',
    });
    const unknown = opsHandlers['ops.delete_database']({ ...CHECKOUT, database: 'gone' }, context);
    await assert.rejects(unknown, {
      name: 'ToolRefusal',
      message: 'service checkout has no database gone',
    });
  });

  const deployment = async (tenant: string, service: string, version: string, now?: Date) => {
    const { resource, call } = await tables.factsOf(tenant, 'ops.deploy_service', { service, version }, now);
    return { ...resource.attributes, ...call };
  };

  it('are decided on what the inventory says', async () => {
    const tenant = await tables.freshTenant();
    const { resource, call } = await tables.factsOf(tenant, 'ops.restart_service', CHECKOUT);
    assert.deepEqual(call, {});
    assert.deepEqual(resource, {
      type: 'Service',
      id: 'checkout',
      attributes: {
        exists: true,
        environment: 'prod',
        version: '4.1.0',
        healthyReplicas: 4,
        desiredReplicas: 4,
        frozen: false,
      },
    });
    const unknown = await tables.factsOf(tenant, 'ops.get_service', { service: 'nowhere' });
    assert.deepEqual(unknown.resource.attributes, { exists: false });
    const foreign = await tables.factsOf('tenant-of-others', 'ops.get_service', CHECKOUT);
    assert.deepEqual(foreign.resource.attributes, { exists: false });
  });

  it('count a version as staged only if it ran where this service is staged', async () => {
    const tenant = await tables.freshTenant();
    assert.equal((await deployment(tenant, 'checkout', '4.2.0')).stagedBefore, true);
    assert.equal((await deployment(tenant, 'checkout', '4.3.0')).stagedBefore, false);
    assert.equal((await deployment(tenant, 'billing', '4.2.0')).stagedBefore, false, 'on another staging');
    assert.equal((await deployment(tenant, 'search', '1.9.4')).stagedBefore, false, 'has no staging');
    assert.equal((await deployment(tenant, 'nowhere', '1.0.0')).stagedBefore, false);
  });

  it('are frozen from the first moment of a freeze until its end', async () => {
    const tenant = await tables.freshTenant();
    const freezes = [{ from: '2026-06-15T12:00:00Z', until: '2026-06-15T13:00:00Z', reason: 'a sale' }];
    await tables.change('services', tenant, 'checkout', { freezes });
    const frozenAt = async (time: string) =>
      (await deployment(tenant, 'checkout', '4.2.0', new Date(`2026-06-15T${time}Z`))).frozen;
    assert.deepEqual(await Promise.all(['11:59:59', '12:00:00', '12:59:59', '13:00:00'].map(frozenAt)), [
      false,
      true,
      true,
      false,
    ]);
  });
});
