import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { LedgerEvent } from '../../contracts/events.ts';
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
      found.set(Key, (await Body?.transformToString()) ?? '');
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
  const sealed = await eventually('all events are sealed', async () => {
    const lines = [...(await objects()).values()].flatMap((body) => body.trimEnd().split('\n'));
    const mine = lines
      .map((line) => JSON.parse(line) as LedgerEvent)
      .filter(({ runId }) => runId === run.runId);
    return mine.length >= events.length ? mine : undefined;
  });
  const position = ({ at, id }: LedgerEvent) => `${at}#${id}`;
  const inOrder = [...sealed].sort((left, right) => (position(left) < position(right) ? -1 : 1));
  assert.deepEqual(inOrder.map(canonicalJson), events.map(canonicalJson));
  const receipt = await (await as('app')).getReceipt(tenant, run.runId);
  assert.equal(digestOf(inOrder), receipt.events.digest);
});

test('what is in the audit bucket cannot be deleted', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.read(ORDERS.small)]);
  await closed(run);
  const key = await eventually('an object of the run is there', async () =>
    [...(await objects())].find(([, body]) => body.includes(run.runId))?.at(0),
  );
  assert.match(key, /^events\/dt=\d{4}-\d\d-\d\d\//);
  const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket: auditBucket, Key: key }));
  assert.equal(Retention?.Mode, 'COMPLIANCE');
  assert.ok((Retention?.RetainUntilDate?.getTime() ?? 0) > Date.now() + 364 * 24 * 3600 * 1000);
  const { Versions = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: auditBucket, Prefix: key }),
  );
  const [version] = Versions;
  await assert.rejects(
    s3.send(new DeleteObjectCommand({ Bucket: auditBucket, Key: key, VersionId: version?.VersionId })),
    /AccessDenied|Access Denied/i,
  );
});
