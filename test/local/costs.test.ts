import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventsOf as eventsIn } from '../../cli/costs/read.ts';
import { auditBatches } from '../../cli/log/audit-log.ts';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  call,
  closed,
  countersigned,
  endpoint,
  eventually,
  integrateNow,
  newTenant,
  ORDERS,
  start,
} from '../support/cloud.ts';
import { countersign } from '../support/command-line.ts';

test('what two runs cost is told from the audit bucket, and is what their receipts say', async () => {
  const tenant = await newTenant();
  const today = () => new Date().toISOString().slice(0, 10);
  const day = today();
  const served = await start(tenant, [call.read(ORDERS.small), call.cancel(ORDERS.large)]);
  const refused = await start(tenant, [call.cancel(ORDERS.others)]);
  await countersigned(served);
  await Promise.all([closed(served), closed(refused)]);
  const app = await as('app');
  const receipts = await Promise.all([served, refused].map(({ runId }) => app.getReceipt(tenant, runId)));
  const sum = (of: (cost: (typeof receipts)[number]['cost']) => number) =>
    receipts.reduce((all, { cost }) => all + of(cost), 0);

  const services = { configuration: localClient(endpoint), prefix: DEFAULT_PREFIX };
  const texts = await eventually('both runs are sealed to their end', async () => {
    await integrateNow();
    const batches = [];
    for await (const batch of auditBatches(services, [...new Set([day, today()])], () => undefined)) {
      batches.push(batch);
    }
    const mine = await eventsIn(batches, { tenant }, () => undefined);
    const ended = mine.filter(({ type }) => type === 'run.closed');
    return ended.length === 2 ? batches.map(({ text }) => text) : undefined;
  });
  const folder = mkdtempSync(join(tmpdir(), 'costs-'));
  try {
    writeFileSync(join(folder, 'copy.ndjson'), texts.join(''));
    const line = ['costs', '--dir', folder, '--since', day, '--tenant', tenant];
    const { usage, costs, log } = JSON.parse((await countersign([...line, '--json'])).stdout);
    assert.deepEqual(
      [usage.runs_opened, usage.runs_completed, usage.runs_successful, usage.verdicts, log.notClosed],
      [2, 2, 1, 2, 0],
    );
    assert.equal(
      costs.all.total,
      sum(({ totalMicroDollars }) => totalMicroDollars),
    );
    assert.equal(
      usage.spent_micro_dollars,
      sum(({ budgetMicroDollars }) => budgetMicroDollars),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
