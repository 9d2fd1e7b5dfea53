import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { savedQueries } from '../../infra/saved-queries.ts';
import { localClient } from '../../local/aws.ts';
import { athena, eventsTable, type Row } from '../support/athena.ts';
import {
  auditBucket,
  call,
  closed,
  countersigned,
  endpoint,
  eventsOf,
  eventually,
  integrateNow,
  LENA,
  newTenant,
  ORDERS,
  start,
} from '../support/cloud.ts';

const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
const root = mkdtempSync(join(tmpdir(), 'audit-queries-'));
const duck = athena({ table: eventsTable(), root });
after(() => {
  duck.close();
  rmSync(root, { recursive: true });
});

/** Copies the lines for SQL as `checkpoint` has put them. */
async function copyEvents(): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: auditBucket, Prefix: 'events/' },
  )) {
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: auditBucket, Key }));
      mkdirSync(dirname(join(root, Key)), { recursive: true });
      writeFileSync(join(root, Key), (await Body?.transformToByteArray()) ?? '');
    }
  }
}

test('saved queries answer over the log that real runs have made', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [
    call.read(ORDERS.small),
    call.cancel(ORDERS.large),
    call.cancel(ORDERS.others),
  ]);
  const { approvalId, approverRole } = await countersigned(run);
  await closed(run);
  const events = await eventsOf(run);
  const days = { since: events[0]?.at.slice(0, 10) ?? '', until: new Date().toISOString().slice(0, 10) };
  const ask = async (name: string, more: Readonly<Record<string, string>> = {}): Promise<readonly Row[]> => {
    const query = savedQueries().find((each) => each.name === name);
    const values: Readonly<Record<string, string>> = { ...days, tenant, ...more };
    return (
      await duck.ask(
        query?.sql ?? '',
        (query?.placeholders ?? []).map((each) => `'${values[each]}'`),
      )
    ).rows;
  };
  const recorded = await eventually('the whole run is in the log', async () => {
    await integrateNow();
    await copyEvents();
    const found = await ask('run', { run: run.runId });
    return found.length >= events.length ? found : undefined;
  });
  assert.deepEqual(
    recorded.map(({ id }) => id),
    events.map(({ id }) => id),
    'in the order in which they happened',
  );

  const columns = (rows: readonly Row[], ...names: string[]) =>
    rows.map((row) => names.map((name) => row[name]));
  const verdicts = await ask('who-approved-what');
  assert.deepEqual(columns(verdicts.slice(0, 1), 'verdict', 'tool', 'approval_id'), [
    ['approve', 'retail.cancel_pending_order', approvalId],
  ]);
  assert.ok(verdicts.length >= 1 && String(verdicts[0]?.by).includes('maria'));

  const [decided] = await ask('time-to-decide');
  assert.deepEqual(columns([decided ?? {}], 'role', 'questions', 'decided'), [[approverRole, 1, 1]]);
  assert.deepEqual(columns(await ask('questions-to-people'), 'became', 'approval_id'), [
    ['approved and used', approvalId],
  ]);
  const [denied] = await ask('denials-by-policy');
  assert.deepEqual(columns([denied ?? {}], 'tenant', 'tools'), [[tenant, 'retail.cancel_pending_order']]);
  assert.deepEqual(await ask('calls-without-outcome'), []);
  const ofLena = await ask('runs-of-user', { user: LENA.id });
  assert.deepEqual(columns(ofLena, 'run_id', 'outcome', 'verdicts'), [
    [run.runId, 'completed', verdicts.length],
  ]);
  const tools = columns(await ask('actions-on', { subject: LENA.id }), 'tool').flat();
  assert.deepEqual([...new Set(tools)].includes('retail.get_order_details'), true);
  const tiers = new Map(recorded.filter(({ tier }) => tier !== null).map(({ tool, tier }) => [tool, tier]));
  assert.equal(tiers.get('retail.get_order_details'), 0, 'decisions say the tier of their tool');
  assert.ok(Number(tiers.get('retail.cancel_pending_order')) > 0);
  for (const { name } of savedQueries()) {
    await ask(name, { run: run.runId, user: LENA.id, subject: LENA.id });
  }
});
