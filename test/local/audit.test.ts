import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { LedgerEvent } from '../../contracts/events.ts';
import { LEAF_MEMBER } from '../../contracts/log.ts';
import { canonicalJson, digestOf } from '../../domain/call/canonical.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  auditBucket,
  call,
  closed,
  endpoint,
  eventsOf,
  eventually,
  integrateNow,
  newTenant,
  ORDERS,
  start,
} from '../support/cloud.ts';

const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });

async function objects(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: auditBucket, Prefix: 'events/', ContinuationToken }),
    );
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: auditBucket, Key }));
      found.set(Key, gunzipSync((await Body?.transformToByteArray()) ?? '').toString());
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return found;
}

test('every event of a run is in the audit bucket, once, and the receipt can be made from there', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [
    call.read(ORDERS.small),
    call.cancel(ORDERS.small),
    call.read(ORDERS.others),
  ]);
  await closed(run);
  const events = await eventsOf(run);
  const sealed = await eventually('all events are in the log', async () => {
    await integrateNow();
    const lines = [...(await objects()).values()].flatMap((body) => body.trimEnd().split('\n'));
    const mine = lines
      .map((line) => JSON.parse(line) as LedgerEvent & { [LEAF_MEMBER]?: number })
      .filter(({ runId }) => runId === run.runId)
      .map(({ [LEAF_MEMBER]: leaf, ...event }): LedgerEvent => {
        assert.equal(typeof leaf, 'number');
        return event;
      });
    return mine.length >= events.length ? mine : undefined;
  });
  const position = ({ at, id }: LedgerEvent) => `${at}#${id}`;
  const inOrder = [...sealed].sort((left, right) => (position(left) < position(right) ? -1 : 1));
  assert.deepEqual(inOrder.map(canonicalJson), events.map(canonicalJson));
  const receipt = await (await as('app')).getReceipt(tenant, run.runId);
  assert.equal(digestOf(inOrder), receipt.events.digest);
});

test('what is in the audit bucket can be neither deleted nor written over', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.read(ORDERS.small)]);
  await closed(run);
  const key = await eventually('an object of the run is there', async () => {
    await integrateNow();
    return [...(await objects())].find(([, body]) => body.includes(run.runId))?.at(0);
  });
  assert.match(key, /^events\/dt=\d{4}-\d\d-\d\d\//);
  for (const Key of [key, 'checkpoint', 'rounds/0000000000000000.json']) {
    const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket: auditBucket, Key }));
    assert.equal(Retention?.Mode, 'COMPLIANCE');
    assert.ok((Retention?.RetainUntilDate?.getTime() ?? 0) > Date.now() + 364 * 24 * 3600 * 1000);
    const { Versions = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: auditBucket, Prefix: Key }),
    );
    const version = Versions.find((each) => each.Key === Key);
    await assert.rejects(
      s3.send(new DeleteObjectCommand({ Bucket: auditBucket, Key, VersionId: version?.VersionId })),
      /AccessDenied|Access Denied/i,
      Key,
    );
  }
  await assert.rejects(
    s3.send(
      new PutObjectCommand({
        ...{ Bucket: auditBucket, Key: key, Body: 'other', IfNoneMatch: '*', ChecksumAlgorithm: 'SHA256' },
      }),
    ),
    /PreconditionFailed|precondition/i,
  );
});
