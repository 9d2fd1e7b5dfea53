import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ShownPreview } from '../../../contracts/api.ts';
import { ENV } from '../../../contracts/environment.ts';
import { readApproval, requestApproval } from '../../../functions/adapters/approvals.ts';
import { transact } from '../../../functions/adapters/dynamodb.ts';
import { eventsAfter } from '../../../functions/adapters/events.ts';
import { readRun } from '../../../functions/adapters/runs.ts';
import { TokenUnreadable, tokenOpener, tokenSealer } from '../../../functions/adapters/task-tokens.ts';
import { countersign } from '../../../functions/countersign/countersign.ts';
import { localClient } from '../../../local/aws.ts';
import { approvalOf } from '../../support/approval.ts';
import { changed } from '../../support/countersigning.ts';
import { ledgerTables, noLedger } from '../../support/ledger-tables.ts';
import { NOON, openRun } from '../../support/open-run.ts';

const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT ?? '';

describe('a run that falls asleep on an approval', { skip: noLedger }, () => {
  let tables: Awaited<ReturnType<typeof ledgerTables>>;
  let client: DynamoDBDocumentClient;
  const kms = new KMSClient(localClient(ENDPOINT));
  const [sealToken, openToken] = [tokenSealer(kms), tokenOpener(kms)];
  before(async () => {
    tables = await ledgerTables();
    client = tables.client;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    process.env[ENV.tokenKey] = KeyMetadata?.Arn ?? assert.fail();
  });
  after(async () => {
    kms.destroy();
    await tables[Symbol.asyncDispose]();
  });

  async function asking() {
    const run = await openRun(client, { workflow: 'support', agent: 'helper' });
    const { tenant, runId } = run;
    const approval = approvalOf({
      ...{ approvalId: `apr-${randomUUID()}`, tenant, runId, state: 'requested' },
    });
    await transact(client, { approval: requestApproval(approval) });
    const sleep = (taskToken: string, preview: ShownPreview | null = null) =>
      countersign(
        { run: { tenant, runId }, callId: '0001-00', approvalId: approval.approvalId, taskToken, preview },
        { client, clock: () => new Date(NOON), sealToken },
      );
    const read = async () => (await readApproval(client, approval)) ?? assert.fail();
    return { run, approval, sleep, read };
  }

  test('keeps its token encrypted, and shown to nobody', async () => {
    const { run, sleep, read } = await asking();
    const shown = await sleep('the-task-token');
    const record = await read();
    assert.equal(record.state, 'waiting');
    assert.equal(await openToken(record), 'the-task-token');
    const { events } = await eventsAfter(client, run);
    assert.equal(events.filter(({ type }) => type === 'approval.waiting').length, 1);
    for (const told of [record, shown, events]) {
      assert.doesNotMatch(JSON.stringify(told), /the-task-token/);
    }
    assert.equal((await readRun(client, run))?.waitingFor, record.approvalId);
  });

  test('falls asleep once, however often the step is repeated', async () => {
    const { run, sleep, read } = await asking();
    await sleep('one');
    const { sealedToken } = await read();
    await sleep('one');
    assert.equal((await read()).sealedToken, sealedToken);
    assert.equal((await eventsAfter(client, run)).events.length, 1);
  });

  test('is woken by the newest of its tokens', async () => {
    const { sleep, read } = await asking();
    await sleep('one');
    await sleep('two');
    assert.equal(await openToken(await read()), 'two');
  });

  test('is woken at once when people were quicker than the machine', async () => {
    const { approval, sleep, read } = await asking();
    await changed(client, approval, { state: 'approved' });
    await sleep('late');
    const { state, ...record } = await read();
    assert.equal(state, 'approved');
    assert.equal(await openToken(record), 'late');
  });

  test('keeps what people are shown beside the question, and its digest on record', async () => {
    const { run, sleep, read } = await asking();
    const preview = {
      changes: { 'orders/W1': [{ field: 'status', from: 'pending', to: 'cancelled' }] },
      digest: 'd'.repeat(64),
    };
    await sleep('one', preview);
    assert.deepEqual((await read()).preview, preview);
    const [event] = (await eventsAfter(client, run)).events;
    assert.equal(event?.type === 'approval.waiting' && event.previewDigest, preview.digest);
  });

  test('cannot be woken with the token of another: it opens for no other approval', async () => {
    const [mine, other] = [await asking(), await asking()];
    await mine.sleep('mine');
    await other.sleep('other');
    const stolen = (await other.read()).sealedToken ?? assert.fail();
    await changed(client, mine.approval, { sealedToken: stolen });
    await assert.rejects(openToken(await mine.read()), TokenUnreadable);
    await changed(client, mine.approval, { sealedToken: 'bm8gY2lwaGVydGV4dA==' });
    await assert.rejects(openToken(await mine.read()), TokenUnreadable);
  });
});
