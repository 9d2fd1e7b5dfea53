import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditBatches } from '../../cli/log/audit-log.ts';
import { openPolicies } from '../../cli/policy/project.ts';
import { decisionsIn } from '../../cli/policy/records.ts';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { redecide } from '../../domain/policy/backtest.ts';
import { POLICIES } from '../../infra/policy/paths.ts';
import { localClient } from '../../local/aws.ts';
import {
  call,
  closed,
  endpoint,
  eventually,
  integrateNow,
  newTenant,
  ORDERS,
  start,
} from '../support/cloud.ts';

test("a run's decisions are read from the audit bucket, and decided alike under the policies that they were made under", async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [
    call.read(ORDERS.small),
    call.cancel(ORDERS.small),
    call.read(ORDERS.others),
  ]);
  await closed(run);
  const services = { configuration: localClient(endpoint), prefix: DEFAULT_PREFIX };
  const days = [new Date().toISOString().slice(0, 10)];
  const events = await eventually('the decisions are sealed', async () => {
    await integrateNow();
    const mine = [];
    for await (const event of decisionsIn(auditBatches(services, days, () => undefined))) {
      mine.push(...(event.runId === run.runId ? [event] : []));
    }
    return mine.length >= 3 ? mine : undefined;
  });
  const judge = openPolicies(POLICIES);
  assert.deepEqual(events.map(({ decision }) => decision).sort(), ['allow', 'allow', 'deny']);
  assert.deepEqual(
    events.map((event) => redecide(event, judge)),
    events.map(() => ({ status: 'same' })),
  );
});
