import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { digestOf } from '../../../domain/call/canonical.ts';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { policyRunId } from '../../../domain/policy/policy-change.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import type { RunRecord } from '../../../functions/adapters/runs.ts';
import { policyChangeRecorder } from '../../../functions/open-run/policy-change.ts';
import { bundle } from '../../support/bundle.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, watched } from '../../support/open-run.ts';

const [NAME = '', ENVELOPE] = Object.entries(bundle.envelopes)[0] ?? [];
const changedEnvelope = { ...ENVELOPE, owner: 'somebody-else' } as PolicyBundle['envelopes'][string];
const { [NAME]: _, ...others } = bundle.envelopes;
const FIRST = { digest: '1'.repeat(64), envelopes: bundle.envelopes };
const SECOND = { digest: '2'.repeat(64), envelopes: { ...others, [NAME]: changedEnvelope } };
const THIRD = { digest: '3'.repeat(64), envelopes: others };

describe('policies that change', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
  });
  after(() => tables[Symbol.asyncDispose]());

  const clock = () => new Date(NOON);
  const runOf = (tenant: string) =>
    ({ tenant, runId: `run-${randomUUID()}`, workflow: 'w', agent: 'a' }) as RunRecord;
  const newTenant = () => `t-${randomUUID().slice(0, 8)}`;
  const changes = async (tenant: string, { digest }: { readonly digest: string }) =>
    (await eventsAfter(client, { tenant, runId: policyRunId(digest) })).events;

  test('are told with the first run that is opened under them, and with no other', async () => {
    const tenant = newTenant();
    const [first, later] = [runOf(tenant), runOf(tenant)];
    const record = policyChangeRecorder(SECOND);
    await policyChangeRecorder(FIRST)(runOf(tenant), { client, clock });
    await record(first, { client, clock });
    await record(later, { client, clock });
    const [event, ...more] = await changes(tenant, SECOND);
    assert.deepEqual(more, []);
    assert.equal(event?.runId, 'policy-2222222222222222');
    assert.deepEqual(event, {
      ...{ v: 1, id: `policy/changed/${NOON}`, at: NOON, tenant, runId: event?.runId },
      ...{ workflow: 'w', agent: 'a', type: 'policy.changed', before: FIRST.digest, after: SECOND.digest },
      envelopes: [{ workflow: NAME, before: digestOf(ENVELOPE), after: digestOf(changedEnvelope) }],
      firstRun: first.runId,
    });
  });

  test('are told of a tenant’s first run without what was before, and name every envelope', async () => {
    const tenant = newTenant();
    await policyChangeRecorder(FIRST)(runOf(tenant), { client, clock });
    const [event] = await changes(tenant, FIRST);
    assert.ok(event?.type === 'policy.changed' && !('before' in event));
    assert.deepEqual(
      event.envelopes.map(({ workflow }) => workflow),
      Object.keys(bundle.envelopes).sort(),
    );
    assert.ok(event.envelopes.every((each) => each.before === undefined && each.after !== undefined));
  });

  test('tell that an envelope is gone', async () => {
    const tenant = newTenant();
    for (const each of [FIRST, THIRD]) {
      await policyChangeRecorder(each)(runOf(tenant), { client, clock });
    }
    const [event] = await changes(tenant, THIRD);
    assert.ok(event?.type === 'policy.changed');
    assert.deepEqual(event.envelopes, [{ workflow: NAME, before: digestOf(ENVELOPE) }]);
  });

  test('are told once by ten containers that open runs at the same time', async () => {
    const tenant = newTenant();
    await policyChangeRecorder(FIRST)(runOf(tenant), { client, clock });
    await Promise.all(
      Array.from({ length: 10 }, () => policyChangeRecorder(SECOND)(runOf(tenant), { client, clock })),
    );
    assert.equal((await changes(tenant, SECOND)).length, 1);
  });

  test('are told again when they come back', async () => {
    const tenant = newTenant();
    const times = [0, 1, 2].map((minute) => new Date(Date.parse(NOON) + minute * 60_000));
    for (const [index, each] of [FIRST, SECOND, FIRST].entries()) {
      await policyChangeRecorder(each)(runOf(tenant), { client, clock: () => times[index] as Date });
    }
    assert.equal((await changes(tenant, FIRST)).length, 2);
  });

  test('that have not changed cost one look for a tenant and container, and nothing after it', async () => {
    const tenant = newTenant();
    await policyChangeRecorder(FIRST)(runOf(tenant), { client, clock });
    const record = policyChangeRecorder(FIRST);
    const seen = watched(client);
    await record(runOf(tenant), { client: seen.client, clock });
    assert.equal(seen.tables.length, 1);
    await record(runOf(tenant), { client: seen.client, clock });
    assert.equal(seen.tables.length, 1);
  });
});
