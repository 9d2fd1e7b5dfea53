import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { CallResult, ExecuteResult, Proposal, WarrantRef } from '../../contracts/call.ts';
import { localClient } from '../../local/aws.ts';
import {
  as,
  closed,
  endpoint,
  eventsOf,
  invoke,
  itemsOfRun,
  LENA,
  ofType,
  type StartedRun,
  tamper,
  waiting,
} from '../support/cloud.ts';

const INES = { id: 'ines_okafor', roles: ['store_staff'] };
const NAME = 'opening-hours.md';
const PAST = '2020-01-01T00:00:00.000Z';

const s3 = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
const Bucket = Buckets.map(({ Name = '' }) => Name).find((name) => name.startsWith('countersign-documents-'));
assert.ok(Bucket, 'the bucket of documents is deployed under its own name');

const call = {
  get: { tool: 'documents.get_document', arguments: { name: NAME } },
  put: (content: string, expected_version: string) => ({
    tool: 'documents.put_document',
    arguments: { name: NAME, content, expected_version },
  }),
  preview: (content: string, expected_version: string) => ({
    tool: 'documents.preview_put_document',
    arguments: { name: NAME, content, expected_version },
  }),
};

const newTenant = () => `t-${randomUUID().slice(0, 13)}`;

async function start(tenant: string, proposals: readonly unknown[], user = INES): Promise<StartedRun> {
  const request = { tenant, user, input: { proposals }, clientToken: randomUUID() };
  const { runId } = await (await as('app')).startRun('store-operations', request);
  return { tenant, runId };
}

const keyOf = (tenant: string) => `${tenant}/${NAME}`;

async function byHand(tenant: string, Body: string): Promise<string> {
  const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: keyOf(tenant), Body }));
  return VersionId;
}

async function textOf(tenant: string): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: keyOf(tenant) }));
  return Body?.transformToString();
}

/** A run that waits for people, in which calls are made by hand one after the other. */
async function openRun(): Promise<{ run: StartedRun; propose: (proposal: Proposal) => Promise<CallResult> }> {
  const tenant = newTenant();
  const version = await byHand(tenant, 'by hand\n');
  const run = await start(tenant, [call.put('other\n', version)]);
  await waiting(run);
  let calls = 0;
  return {
    run,
    propose: async (proposal) => {
      calls += 1;
      const request = { ...run, callId: `0009-${String(calls).padStart(2, '0')}`, proposal };
      const decided = (await invoke('Authorize', request)) as CallResult | { warrant: WarrantRef };
      return 'warrant' in decided
        ? ((await invoke('execute-documents', decided.warrant)) as ExecuteResult)
        : decided;
    },
  };
}

function succeeded<T>(result: CallResult): ExecuteResult & { readonly output: T } {
  assert.ok(result.decision === 'allow' && result.status === 'succeeded', JSON.stringify(result));
  return result as ExecuteResult & { readonly output: T };
}

interface Written {
  readonly version: string;
  readonly replaced_version: string;
}

test('a run writes a document with its name on it, and its record says exactly what has changed', async () => {
  const tenant = newTenant();
  const run = await start(tenant, [call.preview('open\n', 'none'), call.put('open\n', 'none'), call.get]);
  assert.equal((await closed(run)).outcome, 'completed');
  const { Metadata, VersionId } = await s3.send(new HeadObjectCommand({ Bucket, Key: keyOf(tenant) }));
  const executed = ofType(await eventsOf(run), 'call.executed');
  assert.deepEqual(
    executed.map(({ tool, status }) => [tool, status]),
    [
      ['documents.preview_put_document', 'succeeded'],
      ['documents.put_document', 'succeeded'],
      ['documents.get_document', 'succeeded'],
    ],
  );
  const [preview, put] = executed;
  assert.deepEqual([preview?.effects, preview?.undo], [[], undefined]);
  const effect = `documents/${NAME}`;
  assert.deepEqual(put?.effects, [effect, `${effect}/versions/${VersionId}`]);
  assert.deepEqual(put?.undo, { tool: 'documents.restore_document' });
  assert.deepEqual(Object.keys(put?.changes ?? {}), [effect]);
  const [change] = put?.changes?.[effect] ?? [];
  assert.equal(change?.field, '(root)');
  assert.match(String(change?.to), /^hmac:/, 'what the document says is not in the log');
  assert.ok(JSON.stringify(put).length < 1024, `${JSON.stringify(put).length} bytes`);

  assert.deepEqual([Metadata?.['run-id'], Metadata?.['call-id']], [run.runId, put?.callId]);
  const { calls } = await (await as('app')).getReceipt(tenant, run.runId);
  assert.deepEqual(calls[1]?.outcome?.undo, { tool: 'documents.restore_document' });
  assert.deepEqual(calls[1]?.outcome?.changes, put?.changes);
});

test('a change is previewed, made, and taken back by a governed call of its own', async () => {
  const { run, propose } = await openRun();
  const { tenant } = run;
  await s3.send(
    new PutObjectCommand({ Bucket, Key: keyOf(tenant), Body: 'a\nb\n', Metadata: { 'run-id': 'run-0' } }),
  );
  const { version } = succeeded<Written>(await propose(call.get)).output;
  const changes = [{ field: 'line 2', from: 'b', to: 'B' }];
  const previewed = succeeded(await propose(call.preview('a\nB\n', version)));
  assert.deepEqual(previewed.output, {
    changes: changes.map((change) => ({ effect: `documents/${NAME}`, ...change })),
  });

  const put = succeeded<Written>(await propose(call.put('a\nB\n', version)));
  assert.equal(put.output.replaced_version, version);
  assert.equal(await textOf(tenant), 'a\nB\n');
  assert.deepEqual(put.undo, {
    tool: 'documents.restore_document',
    arguments: { name: NAME, version, expected_version: put.output.version },
  });

  const back = succeeded<Written>(await propose(put.undo ?? assert.fail()));
  assert.equal(await textOf(tenant), 'a\nb\n');
  const decided = ofType(await eventsOf(run), 'call.decided').at(-1);
  assert.deepEqual(
    [decided?.tool, decided?.decision, decided?.policies],
    ['documents.restore_document', 'allow', ['agents/store-operator/write-documents-of-runs']],
  );
  assert.ok((decided?.holdMicroDollars ?? 0) > 0, 'an undo is budgeted');
  assert.equal(back.undo?.arguments.version, put.output.version, 'and can be taken back itself');

  const again = await propose(put.undo ?? assert.fail());
  assert.ok(
    again.decision === 'allow' && again.status === 'failed',
    'what was taken back is not taken back twice',
  );
});

test('the first write of a document is taken back by removing it', async () => {
  const { run, propose } = await openRun();
  const other = { name: 'new.md' };
  const put = succeeded<Written>(
    await propose({
      tool: 'documents.put_document',
      arguments: { ...other, content: 'x', expected_version: 'none' },
    }),
  );
  const back = succeeded<Written>(await propose(put.undo ?? assert.fail()));
  assert.deepEqual(back.output, { ...other, version: 'none', replaced_version: put.output.version });
  const head = new HeadObjectCommand({ Bucket, Key: `${run.tenant}/new.md` });
  await assert.rejects(s3.send(head), { name: 'NotFound' });
  const restored = succeeded<Written>(await propose(back.undo ?? assert.fail()));
  assert.equal((await s3.send(head)).VersionId, restored.output.version);
});

test('a write over a version that nobody has seen is refused, and nothing is written', async () => {
  const { run, propose } = await openRun();
  const Metadata = { 'run-id': 'run-0' };
  const version = 'other-version';
  await s3.send(new PutObjectCommand({ Bucket, Key: keyOf(run.tenant), Body: 'newer\n', Metadata }));
  for (const expected of [version, 'none']) {
    const refused = await propose(call.put('mine\n', expected));
    assert.ok(refused.decision === 'allow' && refused.status === 'failed', JSON.stringify(refused));
    assert.equal(refused.error?.code, 'tool_refused');
    assert.match(refused.error?.message ?? '', /the current version is .*; read the document again/);
    assert.equal(refused.undo, undefined);
  }
  assert.equal(await textOf(run.tenant), 'newer\n');
});

test('what a person has written waits for a person, and a purge is refused to everybody', async () => {
  const { run, propose } = await openRun();
  const [approval] = await (await as('maria')).listApprovals(run.tenant);
  assert.deepEqual(approval?.policies, ['agents/store-operator/replace-documents-of-people']);
  assert.equal(approval?.facts.exists, true);
  const purge = await propose({ tool: 'documents.purge_document', arguments: { name: NAME } });
  assert.equal(purge.decision, 'deny');
  await (await as('maria')).decideApproval(approval?.approvalId ?? '', {
    tenant: run.tenant,
    verdict: 'approve',
  });
  assert.equal((await closed(run)).outcome, 'completed');
  assert.equal(await textOf(run.tenant), 'other\n');
});

test('who does not run the store writes nothing', async () => {
  const tenant = newTenant();
  const run = await start(tenant, [call.put('mine\n', 'none'), call.get], LENA);
  await closed(run);
  assert.deepEqual(ofType(await eventsOf(run), 'call.executed'), []);
  await assert.rejects(textOf(tenant), { name: 'NoSuchKey' });
});

test('a write whose attempt broke off is looked up by its key, and not made again', async () => {
  const { run } = await openRun();
  for (const [index, isThere] of [true, false].entries()) {
    const name = `broken-${index}.md`;
    const proposal = {
      tool: 'documents.put_document',
      arguments: { name, content: 'x', expected_version: 'none' },
    };
    const request = { ...run, callId: `0009-0${index}`, proposal };
    const { warrant } = (await invoke('Authorize', request)) as { warrant: WarrantRef };
    if (isThere) {
      // what the executor had done before it died
      const Metadata = { 'run-id': run.runId, 'idempotency-key': warrant.digest.slice(0, 36) };
      await s3.send(new PutObjectCommand({ Bucket, Key: `${run.tenant}/${name}`, Body: 'x', Metadata }));
    }
    const key = { run: `${run.tenant}#${run.runId}`, callId: warrant.callId };
    await tamper('Warrants', key, { state: 'executing', attempt: 1, deadline: PAST });
    const outcome = (await invoke('execute-documents', warrant)) as ExecuteResult;
    assert.equal(outcome.status, isThere ? 'succeeded' : 'failed', JSON.stringify(outcome));
    const [executed] = ofType(await eventsOf(run), 'call.executed').filter(
      ({ callId }) => callId === warrant.callId,
    );
    assert.equal(executed?.effects.length, isThere ? 2 : 0);
  }
  const warrants = await itemsOfRun('Warrants', run);
  assert.ok(warrants.every(({ state }) => state !== 'executing'));
});
