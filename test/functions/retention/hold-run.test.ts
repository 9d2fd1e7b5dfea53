import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ENV } from '../../../contracts/environment.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { runsWithHoldWork } from '../../../functions/adapters/holds.ts';
import { eventItems, provenanceItems, warrantItems } from '../../../functions/adapters/run-data.ts';
import { type RunRecord, readRun } from '../../../functions/adapters/runs.ts';
import { transcriptPrefix } from '../../../functions/adapters/transcripts.ts';
import { carryOut, holdRun } from '../../../functions/hold-run/hold-run.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON } from '../../support/open-run.ts';
import { KEPT, keptRun, transcriptsBucket } from '../../support/run-data.ts';

describe('holding a run', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  let s3: S3Client;
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    s3 = await transcriptsBucket();
  });
  after(() => tables[Symbol.asyncDispose]());

  const dependencies = () => ({ client, s3, clock: () => new Date(NOON) });
  const say = ({ tenant, runId }: RunRecord, hold: boolean) =>
    holdRun({ tenant, runId, hold, by: 'yara', note: 'case 12' }, dependencies());

  async function versionsOf(run: RunRecord) {
    const Bucket = process.env[ENV.transcriptsBucket];
    const { Versions = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: transcriptPrefix(run) }),
    );
    return Versions.map(({ Key, VersionId }) => ({ Bucket, Key, VersionId }));
  }

  async function itemsOf(run: RunRecord) {
    const events = await eventItems(client, run);
    const told = events.map(({ item }) => item.event as LedgerEvent);
    const others = await Promise.all([warrantItems(client, run), provenanceItems(client, run, told)]);
    return [...events, ...others.flat()].map(({ item }) => item);
  }

  async function holdsOf(run: RunRecord): Promise<readonly unknown[]> {
    const versions = await versionsOf(run);
    assert.equal(versions.length, KEPT.transcripts);
    const holds = await Promise.all(
      versions.map((version) => s3.send(new GetObjectLegalHoldCommand(version)).catch(() => undefined)),
    );
    return holds.map((each) => each?.LegalHold?.Status ?? 'OFF');
  }

  const toldOf = async (run: RunRecord) =>
    (await eventItems(client, run))
      .map(({ item }) => (item.event as LedgerEvent).type)
      .filter((type) => type === 'run.held' || type === 'run.released');

  test('keeps every version from everybody, and every item from its time to live; releasing gives both back', async () => {
    const run = await keptRun({ client, s3 });
    const before = new Map(
      (await itemsOf(run)).map((item) => [JSON.stringify(item.event ?? item), item.purgeAt]),
    );
    assert.deepEqual(await say(run, true), { held: true });
    assert.deepEqual(new Set(await holdsOf(run)), new Set(['ON']));
    for (const version of await versionsOf(run)) {
      await assert.rejects(s3.send(new DeleteObjectCommand(version)), /AccessDenied|Access Denied/);
    }
    const held = await itemsOf(run);
    assert.ok(held.every(({ purgeAt, heldPurgeAt }) => purgeAt === undefined && Number(heldPurgeAt) > 0));
    assert.equal((await readRun(client, run))?.holdWork, undefined, 'all of a closed run is held');

    assert.deepEqual(await say(run, false), { held: false });
    assert.deepEqual(new Set(await holdsOf(run)), new Set(['OFF']));
    const released = (await itemsOf(run)).filter(
      ({ event }) => !(event as LedgerEvent)?.type?.startsWith('run.'),
    );
    assert.equal(released.length, before.size);
    assert.ok(released.every(({ purgeAt, heldPurgeAt }) => Number(purgeAt) > 0 && heldPurgeAt === undefined));
    assert.deepEqual(await toldOf(run), ['run.held', 'run.released']);
  });

  test('is recorded once however often it is asked for, and again after a release', async () => {
    const run = await keptRun({ client, s3 });
    for (const hold of [true, true, false, false, true]) {
      assert.deepEqual(await say(run, hold), { held: hold });
    }
    assert.deepEqual((await toldOf(run)).sort(), ['run.held', 'run.held', 'run.released']);
  });

  test('of a run that goes on is not over: what it writes later is held the next time', async () => {
    const run = await keptRun({ client, s3 }, { status: 'open' });
    await say(run, true);
    const listed = await runsWithHoldWork(client);
    assert.ok(listed.some(({ runId }) => runId === run.runId));
    await carryOut(run, dependencies());
    assert.ok((await itemsOf(run)).every(({ purgeAt }) => purgeAt === undefined));
    assert.equal((await readRun(client, run))?.holdWork, 'hold');
  });

  test('takes a run that is there, and releasing one that was held', async () => {
    const run = await keptRun({ client, s3 });
    const codes = [await say(run, false), await say({ ...run, runId: 'run-none' }, true)].map((answer) =>
      'refused' in answer ? answer.refused.code : 'done',
    );
    assert.deepEqual(codes, ['not_held', 'unknown_run']);
  });

  test('lets no call vanish whose outcome is unknown when it is released', async () => {
    const run = await keptRun({ client, s3 });
    await say(run, true);
    const { tenant, runId } = run;
    await client.send(
      new UpdateCommand({
        TableName: process.env[ENV.warrantsTable],
        Key: { run: `${tenant}#${runId}`, callId: '0001-00' },
        UpdateExpression: 'SET unknownTenant = :tenant, unknownSince = :at',
        ExpressionAttributeValues: { ':tenant': tenant, ':at': NOON },
      }),
    );
    await say(run, false);
    const waits = (await warrantItems(client, run)).find(({ key }) => key.callId === '0001-00');
    assert.deepEqual([waits?.item.purgeAt, waits?.item.heldPurgeAt], [undefined, undefined]);
  });
});
