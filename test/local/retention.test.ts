import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerEvent } from '../../contracts/events.ts';
import { keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { canonicalJson, digestOf } from '../../domain/call/canonical.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  call,
  closed,
  countersigned,
  database,
  endpoint,
  eventsOf,
  invoke,
  itemsOfRun,
  LENA,
  ledgerTable,
  newTenant,
  ORDERS,
  ofType,
  type StartedRun,
  start,
  waiting,
} from '../support/cloud.ts';

const EMAIL = 'lena.hofer@example.com';
const lookUp = { tool: 'retail.find_user_id_by_email', arguments: { email: EMAIL } };
const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });

async function transcriptsBucket(): Promise<string> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  return Buckets.find(({ Name }) => Name?.includes('transcripts'))?.Name ?? assert.fail();
}

/** Versions of everything that is kept of the conversation. */
async function versionsOf({ tenant, runId }: StartedRun) {
  const Bucket = await transcriptsBucket();
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return [...Versions, ...DeleteMarkers]
    .filter(({ Key }) => Key?.includes(`/${tenant}/${runId}/`))
    .map(({ Key, VersionId }) => ({ Bucket, Key, VersionId }));
}

async function runItem({ tenant, runId }: StartedRun) {
  const { Item } = await database.send(
    new GetCommand({ TableName: await ledgerTable('Runs'), Key: { run: `${tenant}#${runId}` } }),
  );
  return Item ?? assert.fail('the run has no item');
}

/** Digests of a value, whole and as they are shown, that anybody can make. */
function guesses(value: unknown): readonly string[] {
  const plain = createHash('sha256').update(String(value)).digest('hex');
  return [digestOf(value), plain].map((digest) => digest.slice(0, 16));
}

test('no value of a run can be found in its events by hashing guesses, and equal ones look equal', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [lookUp, lookUp]);
  await closed(run);
  const events = await eventsOf(run);
  const text = JSON.stringify(events);
  for (const value of [EMAIL, LENA.id, lookUp.arguments, 'lena_hofer_4821']) {
    for (const guess of guesses(value)) {
      assert.ok(!text.includes(guess), `${JSON.stringify(value)} was guessed`);
    }
  }
  const decided = ofType(events, 'call.decided');
  const [first, second] = decided.map((event) => event.arguments.email);
  assert.match(String(first), /^hmac:[0-9a-f]{16}$/);
  assert.equal(first, second, 'equal values look equal');
  const outputs = ofType(events, 'call.executed').map(({ outputDigest }) => outputDigest);
  assert.ok(outputs.length > 0 && outputs.every((each) => each === outputs[0] && each !== undefined));
  const { digestKey } = await runItem(run);
  assert.equal(
    first,
    `hmac:${keyedDigest(String(digestKey), EMAIL).slice(0, 16)}`,
    'with the key it is told',
  );
  const other = await start(tenant, [lookUp]);
  await closed(other);
  const [elsewhere] = ofType(await eventsOf(other), 'call.decided');
  assert.notEqual(elsewhere?.arguments.email, first, 'and not in another run');
});

test('a person is erased: what could tell of them goes, what happened stays', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [lookUp, call.cancel(ORDERS.large)]);
  await waiting(run);
  const officer = await as('yara');
  const note = 'asked for by the customer, DP-17';
  await assert.rejects((await as('maria')).erasePerson(LENA.id, { tenant, note }), /privacy_officer/);
  await assert.rejects(officer.erasePerson(LENA.id, { tenant, note }), new RegExp(`${run.runId} is open`));
  const { approvalId } = await countersigned(run);
  await closed(run);
  const other = await start(await newTenant(), [lookUp]);
  await closed(other);

  const events = await eventsOf(run);
  const receipt = await officer.getReceipt(tenant, run.runId);
  const { digestKey } = await runItem(run);
  const before = await versionsOf(run);
  assert.ok(before.length > 0 && (await itemsOfRun('Warrants', run)).length > 0);

  const erasure = await officer.erasePerson(LENA.id, { tenant, note });
  assert.deepEqual([erasure.finished, erasure.runs, erasure.runsLeft], [true, 1, 0]);
  assert.equal(erasure.transcripts, before.length);
  assert.ok(erasure.calls >= 2 && erasure.approvals === 1, JSON.stringify(erasure));

  assert.deepEqual(await versionsOf(run), []);
  assert.deepEqual(await itemsOfRun('Warrants', run), []);
  await assert.rejects(officer.getApproval(tenant, approvalId), /no approval|does not exist/);
  const left = JSON.stringify(await runItem(run));
  for (const gone of [LENA.id, String(digestKey), EMAIL]) {
    assert.ok(!left.includes(gone), `${gone} is on the run's item`);
  }
  assert.deepEqual((await eventsOf(run)).map(canonicalJson), events.map(canonicalJson), 'events stay');
  const after = await officer.getReceipt(tenant, run.runId);
  assert.deepEqual([after.calls, after.events], [receipt.calls, receipt.events], 'and so does the receipt');
  assert.equal(after.run.user.id, '(erased)');

  const [told, ...more] = await eventsOf({ tenant, runId: erasure.erasureId });
  assert.deepEqual(more, []);
  const { type, by, note: why, runs, person } = told as Extract<LedgerEvent, { type: 'person.erased' }>;
  assert.deepEqual([type, by, why, runs], ['person.erased', 'yara', note, 1]);
  assert.match(person, /^[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(told).includes(LENA.id));

  assert.ok((await versionsOf(other)).length > 0, 'another tenant keeps its own');
  await assert.rejects(officer.erasePerson(LENA.id, { tenant, note }), /has no run of/);
});

test('what is held cannot be erased, nor deleted by anybody, until it is released', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.cancel(ORDERS.large), lookUp]);
  await waiting(run);
  const officer = await as('yara');
  const held = await officer.holdRun(run.runId, { tenant, hold: true, note: 'case 12' });
  assert.ok(held.heldSince);
  await countersigned(run);
  await closed(run);
  // what the schedule does every hour: the run has written more since it was held
  await invoke('HoldRun', { source: 'aws.events' });

  const versions = await versionsOf(run);
  for (const version of versions) {
    const { LegalHold } = await s3.send(new GetObjectLegalHoldCommand(version));
    assert.equal(LegalHold?.Status, 'ON', version.Key);
    await assert.rejects(s3.send(new DeleteObjectCommand(version)), /Access ?Denied/i);
  }
  const items = [...(await itemsOfRun('Events', run)), ...(await itemsOfRun('Warrants', run))];
  assert.ok(items.length > 0 && items.every(({ purgeAt, heldPurgeAt }) => !purgeAt && heldPurgeAt > 0));
  await assert.rejects(
    officer.erasePerson(LENA.id, { tenant, note: 'n' }),
    new RegExp(`${run.runId} is held`),
  );

  const released = await officer.holdRun(run.runId, { tenant, hold: false, note: 'case 12 is over' });
  assert.equal(released.heldSince, undefined);
  const again = [...(await itemsOfRun('Events', run)), ...(await itemsOfRun('Warrants', run))];
  const untouched = again.filter(({ event }) => event?.type !== 'run.released');
  assert.ok(untouched.every(({ purgeAt, heldPurgeAt }) => purgeAt > 0 && !heldPurgeAt));
  const told = (await eventsOf(run)).flatMap((event) =>
    event.type === 'run.held' || event.type === 'run.released' ? [[event.type, event.by, event.note]] : [],
  );
  assert.deepEqual(told, [
    ['run.held', 'yara', 'case 12'],
    ['run.released', 'yara', 'case 12 is over'],
  ]);
  const { finished } = await officer.erasePerson(LENA.id, { tenant, note: 'n' });
  assert.ok(finished);
  assert.deepEqual(await versionsOf(run), []);
});
