import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { bucketStore } from '../../../cli/audit/bucket-store.ts';
import { findings } from '../../../cli/audit/findings.ts';
import { verifierKeyLine, verifierKeys } from '../../../cli/audit/verifier-keys.ts';
import { verifyLog } from '../../../cli/audit/verify-log.ts';
import { honestRuns } from '../../support/audited-log.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { recordOf, type TestLog, testLog } from '../../support/log.ts';

const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

describe('a log in a bucket', { skip: noLedger }, () => {
  const logs: TestLog[] = [];
  after(() => {
    for (const log of logs) {
      log.close();
    }
  });

  async function written(): Promise<TestLog> {
    const log = await testLog();
    logs.push(log);
    const events = honestRuns(30);
    for (let from = 0; from < events.length; from += 40) {
      await log.seal(events.slice(from, from + 40).map((event) => recordOf(event)));
      await log.integrateAll();
    }
    return log;
  }

  async function problemsOf(log: TestLog) {
    const found = findings();
    const der = Buffer.concat([DER_PREFIX, await log.publicKey()]);
    await verifyLog(bucketStore(log.s3, log.name), {
      keys: verifierKeys(verifierKeyLine(log.origin, der)),
      findings: found,
      progress: () => undefined,
    });
    return found.problems().map(({ code, object }) => [code, object]);
  }

  test('is proven as it is', async () => {
    assert.deepEqual(await problemsOf(await written()), []);
  });

  test('has no object with a second version, even of the same bytes', async () => {
    const log = await written();
    const bytes = (await log.objects()).get('tile/0/000');
    await log.s3.send(
      new PutObjectCommand({ Bucket: log.name, Key: 'tile/0/000', Body: bytes, ChecksumAlgorithm: 'SHA256' }),
    );
    assert.deepEqual(await problemsOf(log), [['object_overwritten', 'tile/0/000']]);
  });

  test('has no delete markers', async () => {
    const log = await written();
    await log.s3.send(new DeleteObjectCommand({ Bucket: log.name, Key: 'tile/0/000' }));
    assert.deepEqual(
      new Set((await problemsOf(log)).map(String)),
      new Set(['object_deleted,tile/0/000', 'tile_missing,tile/0/000']),
    );
  });
});
