import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { ENV, type EnvironmentName } from '../../../contracts/environment.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { erasePerson } from '../../../functions/erase-person/erase-person.ts';
import { holdRun } from '../../../functions/hold-run/hold-run.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON } from '../../support/open-run.ts';
import { KEPT, keptRun, transcriptsBucket } from '../../support/run-data.ts';

/** What an erasure of one run sends at most; the test says when it sends more. */
const MOST_REQUESTS = 40;

type Sender = { send: (command: never) => Promise<unknown> };

/** Clients of one process that dies at its n-th request, before it arrives or before its answer does. */
function dyingAt(n: number, afterwards: boolean) {
  let sent = 0;
  const through = <T>(client: T): T =>
    new Proxy(client as object, {
      get: (target, member) =>
        member === 'send'
          ? async (command: never) => {
              sent += 1;
              if (sent >= n) {
                if (sent === n && afterwards) {
                  await (target as Sender).send(command);
                }
                throw new Error('died');
              }
              return (target as Sender).send(command);
            }
          : Reflect.get(target, member, target),
    }) as T;
  return { through, sent: () => sent };
}

describe('erasing a person', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  let s3: S3Client;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    s3 = await transcriptsBucket();
  });
  after(() => tables[Symbol.asyncDispose]());

  const input = (tenant: string, userId = 'lena') => ({ tenant, userId, by: 'yara', note: 'DP-17' });
  const dependencies = (over = { client, s3 }, hasTime = () => true) => ({
    ...{ ...over, hasTime, clock: () => new Date(NOON), randomId: randomUUID },
    randomKey: (bytes: number) => randomBytes(bytes).toString('base64url'),
  });

  /** Items of a tenant, of every table in which something of a run is kept. */
  async function itemsOf(tenant: string, variable: EnvironmentName): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    for await (const page of paginateScan({ client }, { TableName: process.env[variable] })) {
      items.push(...(page.Items ?? []));
    }
    return items.filter((item) =>
      Object.values(item).some((value) => String(value).startsWith(`${tenant}#`)),
    );
  }

  async function versionsOf(tenant: string): Promise<number> {
    const Bucket = process.env[ENV.transcriptsBucket];
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    return Versions.filter(({ Key }) => Key?.includes(`/${tenant}/`)).length;
  }

  async function assertErased(tenant: string, runs: number): Promise<void> {
    const kept = [ENV.warrantsTable, ENV.provenanceTable, ENV.approvalsTable];
    for (const variable of kept) {
      assert.deepEqual(await itemsOf(tenant, variable), [], variable);
    }
    assert.equal(await versionsOf(tenant), 0);
    const items = await itemsOf(tenant, ENV.runsTable);
    assert.equal(items.length, runs, 'the runs, and no erasure under way');
    assert.doesNotMatch(JSON.stringify(items), new RegExp(`lena|${DIGEST_KEY}|provenanceKey|erasing`));
    const events = (await itemsOf(tenant, ENV.eventsTable)).map(({ event }) => event as LedgerEvent);
    assert.equal(events.filter(({ runId }) => runId.startsWith('run-')).length, 2 * runs, 'events stay');
    const told = events.filter((event) => event.type === 'person.erased');
    const { transcripts, names, calls, approvals } = KEPT;
    assert.deepEqual(
      told.map((event) => [event.runs, event.transcripts, event.names, event.calls, event.approvals]),
      [[runs, ...[transcripts, names, calls, approvals].map((count) => count * runs)]],
      'it is told once, with what has gone',
    );
  }

  test('takes all of it, and leaves the events and another person alone', async () => {
    const run = await keptRun({ client, s3 });
    const { tenant } = run;
    await keptRun({ client, s3 }, { tenant });
    await keptRun({ client, s3 }, { tenant: `${tenant}-x` });
    const answer = await erasePerson(input(tenant), dependencies());
    assert.ok('finished' in answer && answer.finished, JSON.stringify(answer));
    await assertErased(tenant, 2);
    assert.equal(await versionsOf(`${tenant}-x`), KEPT.transcripts);
  });

  test('that dies anywhere is finished by asking again, and nothing is counted twice or left', async () => {
    let most = 0;
    for (const afterwards of [false, true]) {
      for (let n = 1; ; n += 1) {
        assert.ok(n <= MOST_REQUESTS, `more than ${MOST_REQUESTS} requests`);
        const { tenant } = await keptRun({ client, s3 });
        const process = dyingAt(n, afterwards);
        const over = { client: process.through(client), s3: process.through(s3) };
        const died = await erasePerson(input(tenant), dependencies(over)).then(
          () => false,
          () => true,
        );
        most = Math.max(most, process.sent());
        if (died) {
          const again = await erasePerson(input(tenant), dependencies());
          // the last request may have arrived, and its answer been lost
          assert.ok('finished' in again || again.refused.code === 'unknown_person', JSON.stringify(again));
        }
        await assertErased(tenant, 1);
        if (!died) {
          break;
        }
      }
    }
    assert.ok(most > 10, `${most} requests are too few to have looked everywhere`);
  });

  test('that runs out of time says what is left, and goes on there', async () => {
    const { tenant } = await keptRun({ client, s3 });
    await keptRun({ client, s3 }, { tenant });
    const first = await erasePerson(
      input(tenant),
      dependencies({ client, s3 }, () => false),
    );
    assert.ok('finished' in first);
    assert.deepEqual([first.finished, first.runs, first.runsLeft], [false, 1, 1]);
    const second = await erasePerson(input(tenant), dependencies());
    assert.ok('finished' in second);
    assert.deepEqual([second.finished, second.runs, second.erasureId], [true, 2, first.erasureId]);
    await assertErased(tenant, 2);
  });

  const IN_THE_WAY = {
    'is open': { status: 'open' },
    'was requested and not opened': { status: 'requested' },
    'has calls under way': { unfinishedShard: '3' },
    'is held': { heldSince: NOON },
    'is being released': { holdWork: 'release' },
  } as const;
  for (const [what, more] of Object.entries(IN_THE_WAY)) {
    test(`is refused while one of the runs ${what}, and nothing of any goes`, async () => {
      const { tenant } = await keptRun({ client, s3 });
      const other = await keptRun({ client, s3 }, { tenant, ...more });
      const answer = await erasePerson(input(tenant), dependencies());
      assert.ok('refused' in answer);
      assert.match(answer.refused.message, new RegExp(other.runId));
      assert.equal(await versionsOf(tenant), 2 * KEPT.transcripts);
      assert.equal((await itemsOf(tenant, ENV.warrantsTable)).length, 2 * KEPT.calls);
    });
  }

  test('is refused for whom nothing is there', async () => {
    const { tenant } = await keptRun({ client, s3 });
    const answer = await erasePerson(input(tenant, 'nobody'), dependencies());
    assert.ok('refused' in answer && answer.refused.code === 'unknown_person');
  });

  test('and holding do not go together: a run that is being erased cannot be held', async () => {
    const run = await keptRun({ client, s3 });
    const process = dyingAt(12, false);
    const over = { client: process.through(client), s3: process.through(s3) };
    await assert.rejects(erasePerson(input(run.tenant), dependencies(over)), /died/);
    const hold = { ...input(run.tenant), runId: run.runId, hold: true };
    const answer = await holdRun(hold, { client, s3, clock: () => new Date(NOON) });
    assert.ok('refused' in answer && answer.refused.code === 'erased', JSON.stringify(answer));
  });
});
