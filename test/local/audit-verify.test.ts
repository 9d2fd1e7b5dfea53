import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { bucketStore } from '../../cli/audit/bucket-store.ts';
import { findings } from '../../cli/audit/findings.ts';
import { logKey } from '../../cli/audit/key.ts';
import { verifierKeys } from '../../cli/audit/verifier-keys.ts';
import { verifyLog } from '../../cli/audit/verify-log.ts';
import { DEFAULT_PREFIX } from '../../contracts/names.ts';
import { localClient } from '../../local/aws.ts';
import {
  auditBucket,
  call,
  closed,
  countersigned,
  endpoint,
  eventsOf,
  eventually,
  integrateNow,
  newTenant,
  ORDERS,
  start,
} from '../support/cloud.ts';

test('the log of a deployment is proven with the key that KMS has, and knows the run', async () => {
  const tenant = await newTenant();
  const run = await start(tenant, [call.read(ORDERS.small), call.cancel(ORDERS.large)]);
  await countersigned(run);
  await closed(run);
  const { length: written } = await eventsOf(run);
  const { key, origin } = await logKey({ configuration: localClient(endpoint), prefix: DEFAULT_PREFIX });
  assert.ok(origin.startsWith(`${auditBucket}.s3.`));
  const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  const proven = await eventually('the run is in the log', async () => {
    await integrateNow();
    const found = findings();
    const verified = await verifyLog(bucketStore(s3, auditBucket), {
      keys: verifierKeys(key),
      findings: found,
      progress: () => undefined,
    });
    // other tests forge what a ledger says; what is wrong with the log itself is of no tenant
    const problems = found.problems().filter((problem) => [undefined, tenant].includes(problem.tenant));
    return verified.size >= written ? { problems, verified } : undefined;
  });
  assert.deepEqual(proven.problems, []);
  assert.ok(proven.verified.runs >= 1);
});
