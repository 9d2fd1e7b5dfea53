import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { verifierKeyLine, verifierKeys } from '../../cli/audit/verifier-keys.ts';
import { EXIT } from '../../cli/failure.ts';
import { receiptFromCopy } from '../../cli/receipt/copy.ts';
import { problemsOf } from '../../cli/receipt/verify/verify.ts';
import type { Receipt } from '../../contracts/api.ts';
import { OUTPUTS } from '../../contracts/names.ts';
import { eventPosition, runKey } from '../../contracts/tables.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
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
  type StartedRun,
  start,
  tamper,
} from '../support/cloud.ts';
import { countersign } from '../support/command-line.ts';

const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
const folder = mkdtempSync(join(tmpdir(), 'receipts-'));
after(() => rmSync(folder, { recursive: true }));

/** The log's public key, from KMS and not from the receipt. */
async function keyLine(): Promise<string> {
  const { Stacks = [] } = await new CloudFormationClient(localClient(endpoint)).send(
    new DescribeStacksCommand({}),
  );
  const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
  const outputOf = (name: string) =>
    outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? assert.fail(`no output ${name}`);
  const { PublicKey = new Uint8Array() } = await new KMSClient(localClient(endpoint)).send(
    new GetPublicKeyCommand({ KeyId: outputOf(OUTPUTS.auditKey) }),
  );
  return verifierKeyLine(outputOf(OUTPUTS.auditOrigin), PublicKey);
}

async function complete({ tenant, runId }: StartedRun): Promise<Receipt> {
  const app = await as('app');
  return eventually('every event is under a checkpoint', async () => {
    await integrateNow();
    const receipt = await app.getReceipt(tenant, runId);
    return receipt.proof.pending === 0 ? receipt : undefined;
  });
}

/** As `aws s3 sync` copies what a receipt needs. */
async function copiedBucket(): Promise<string> {
  const to = mkdtempSync(join(folder, 'copy-'));
  for (const prefix of ['events/', 'tile/', 'checkpoint']) {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: s3 },
      { Bucket: auditBucket, Prefix: prefix },
    )) {
      for (const { Key = '' } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: auditBucket, Key }));
        mkdirSync(dirname(join(to, Key)), { recursive: true });
        writeFileSync(join(to, Key), (await Body?.transformToByteArray()) ?? '');
      }
    }
  }
  return to;
}

const tenant = await newTenant();
const run = await start(tenant, [
  call.read(ORDERS.small),
  call.read(ORDERS.others),
  call.cancel(ORDERS.large),
]);

test('a receipt counts the events that no checkpoint has yet', async () => {
  await eventually(
    'the run waits',
    async () => (await (await as('app')).getRun(tenant, run.runId)).waitingFor,
  );
  const { proof, events } = await (await as('app')).getReceipt(tenant, run.runId);
  assert.equal(proof.entries.length, events.count);
  const pending = proof.entries.filter(({ leaf }) => leaf === undefined).length;
  assert.equal(proof.pending, pending);
});

test('the receipt of a run proves itself with the public key alone, and answers who, what and why', async () => {
  await countersigned(run);
  await closed(run);
  const receipt = await complete(run);
  const key = await keyLine();
  assert.deepEqual(problemsOf(receipt, verifierKeys(key)), []);
  assert.deepEqual(
    receipt.proof.entries.map(({ event }) => event),
    await eventsOf(run),
  );

  assert.match(receipt.startedBy, /app/);
  const { granted, mode, capMicroDollars } = receipt.permission;
  assert.deepEqual([mode, capMicroDollars, granted?.source], ['autonomous', 500_000, 'of_the_run']);
  assert.ok(granted?.steward && granted.reviewerRole);
  const cancel = granted.tools.find(({ name }) => name === 'retail.cancel_pending_order');
  assert.deepEqual(cancel?.approvers, [{ approverRole: 'support_manager', quorum: 2 }]);
  const deciding = granted.policies.map(({ id }) => id);
  assert.ok(deciding.includes('agents/retail-support-refunds/large-refund'), deciding.join());

  const large = receipt.calls.find(({ tool }) => tool === 'retail.cancel_pending_order');
  assert.deepEqual(
    large?.decisions.map(({ decision }) => decision),
    ['needs_approval', 'allow'],
  );
  assert.deepEqual(
    large?.approval?.verdicts.map(({ by, verdict }) => `${by} ${verdict}`),
    ['maria approve', 'theo approve'],
  );
  assert.equal(large?.outcome?.preview, 'as_shown');

  const file = join(folder, 'receipt.json');
  const keyFile = join(folder, 'key');
  writeFileSync(file, JSON.stringify(receipt));
  writeFileSync(keyFile, key);
  const { code, stdout } = await countersign(['receipt', 'verify', file, '--key', keyFile]);
  assert.equal(code, EXIT.ok, stdout);
});

test('a receipt has nothing of another tenant but hashes', async () => {
  const other = await newTenant();
  const others = await start(other, [call.read(ORDERS.small)]);
  await closed(others);
  const receipt = await complete(others);
  const text = JSON.stringify(receipt);
  assert.ok(!text.includes(tenant) && !text.includes(run.runId));
  assert.ok(receipt.proof.entries.every(({ event }) => event.tenant === other));
  await assert.rejects((await as('app')).getReceipt(other, run.runId), /has no run/);
});

test('a copy of the bucket gives the same receipt, but for what the log does not have', async () => {
  const receipt = await complete(run);
  const made = await receiptFromCopy(run.runId, { dir: await copiedBucket(), root: 'policies', tenant });
  const { budget: _, ...runOfLog } = receipt.run;
  const { granted: __, ...permissionOfLog } = receipt.permission;
  const { proof: ofApi, ...account } = receipt;
  const { proof: ofCopy, ...accountOfCopy } = made;
  assert.deepEqual(accountOfCopy, { ...account, run: runOfLog, permission: permissionOfLog });
  assert.deepEqual(
    ofCopy.entries.map(({ leaf }) => leaf),
    ofApi.entries.map(({ leaf }) => leaf),
  );
  assert.deepEqual(problemsOf(made, verifierKeys(await keyLine())), []);
});

test('an event that was changed in the ledger after it was logged makes no receipt, and is named', async () => {
  const changed = await start(tenant, [call.read(ORDERS.small)]);
  await closed(changed);
  await complete(changed);
  const event = (await eventsOf(changed)).find(({ type }) => type === 'call.executed') ?? assert.fail();
  const key = { run: runKey(event), position: eventPosition(event) };
  await tamper('Events', key, { event: { ...event, costMicroDollars: 0, effects: ['nothing'] } });
  await assert.rejects((await as('app')).getReceipt(tenant, changed.runId), (error: Error) =>
    error.message.includes(`event ${event.id} of ${event.at} is not entry`),
  );
  const made = await receiptFromCopy(changed.runId, { dir: await copiedBucket(), root: 'policies', tenant });
  const logged = made.proof.entries.find(({ event: { id } }) => id === event.id)?.event;
  assert.deepEqual(logged, event);
});
