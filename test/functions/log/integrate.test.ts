import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { checkpointText, signedNote } from '../../../domain/log/note.ts';
import { leafHash } from '../../../domain/log/tree.ts';
import { entriesOf, holdsExactly } from '../../support/check-log.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { eventOfRun, recordOf, type TestLog, testLog } from '../../support/log.ts';

const many = (run: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => eventOfRun(run, from + index, (from + index) * 10));

describe('the log', { skip: noLedger }, () => {
  const logs: TestLog[] = [];
  const newLog = async () => {
    const log = await testLog();
    logs.push(log);
    return log;
  };
  after(() => {
    for (const log of logs) {
      log.close();
    }
  });

  test('has every sealed event, in the order of its run', async () => {
    const log = await newLog();
    const events = [...many('run-1', 300), ...many('run-2', 5)];
    await log.seal(events.map((event) => recordOf(event)));
    await log.integrateAll();
    assert.deepEqual(await entriesOf(log), events.map(canonicalJson));
    const more = many('run-1', 400, 300);
    await log.seal(more.map((event) => recordOf(event)));
    await log.integrateAll();
    assert.deepEqual(await entriesOf(log), [...events, ...more].map(canonicalJson));
  });

  test('has an event once, however often and in whatever batches it is delivered', async () => {
    const log = await newLog();
    const events = many('run-1', 40);
    const deliver = (from: number, to: number) =>
      log.seal(events.slice(from, to).map((event) => recordOf(event)));
    await deliver(0, 20);
    await deliver(0, 20);
    await deliver(10, 30);
    await log.integrateAll();
    await deliver(0, 20);
    await deliver(25, 40);
    await deliver(15, 25);
    await log.integrateAll();
    await holdsExactly(log, events);
    assert.deepEqual(await log.parts().table.pending(10), [], 'nothing waits any more');
  });

  test('signs nothing when nothing is new', async () => {
    const log = await newLog();
    assert.deepEqual(await log.integrate(), { entries: 0, more: false });
    await log.seal(many('run-1', 3).map((event) => recordOf(event)));
    await log.integrateAll();
    const before = await log.objects();
    await log.seal(many('run-1', 2).map((event) => recordOf(event)));
    await log.integrateAll();
    const added = [...(await log.objects()).keys()].filter((key) => !before.has(key));
    assert.deepEqual(
      added.map((key) => key.split('/')[0]),
      ['batches'],
    );
  });

  test('keeps its lines for SQL by the day of each event, with its leaf', async () => {
    const log = await newLog();
    const day = 24 * 3600 * 1000;
    const events = [eventOfRun('run-1', 1, 0), eventOfRun('run-1', 2, day), eventOfRun('run-1', 3, 5)];
    await log.seal(events.map((event) => recordOf(event)));
    await log.integrateAll();
    const lines = [...(await log.objects())].filter(([key]) => key.startsWith('events/'));
    const read = lines.map(([key, body]) => [
      key,
      gunzipSync(body)
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as LedgerEvent & { leaf: number })
        .map(({ leaf, id }) => [leaf, id]),
    ]);
    assert.deepEqual(read, [
      [
        'events/dt=2026-11-29/0000000000000000.ndjson.gz',
        [
          [0, '0001/paused'],
          [2, '0003/paused'],
        ],
      ],
      ['events/dt=2026-11-30/0000000000000000.ndjson.gz', [[1, '0002/paused']]],
    ]);
  });

  test('takes fewer of long events into one round, so that what a round has in memory is bounded', async () => {
    const log = await newLog();
    const batches = 60;
    const long = 'x'.repeat(60_000);
    const events = Array.from({ length: batches * 16 }, (_, index) =>
      eventOfRun('run-1', index, index, {
        ...{ type: 'workflow.paused', reason: { code: 'stop_condition', message: long } },
      }),
    );
    for (let batch = 0; batch < batches; batch += 1) {
      await log.seal(events.slice(batch * 16, (batch + 1) * 16).map((event) => recordOf(event)));
    }
    const { entries, more } = await log.integrate();
    const bytes = entries * long.length;
    assert.ok(bytes > 30 * 1024 ** 2 && bytes < 50 * 1024 ** 2, `a round of ${bytes} bytes`);
    assert.equal(more, true);
    await log.integrateAll();
    assert.equal((await entriesOf(log)).length, events.length);
  });

  test('two that integrate at once make one log', async () => {
    const log = await newLog();
    const events = many('run-1', 60);
    for (let from = 0; from < 60; from += 10) {
      await log.seal(events.slice(from, from + 10).map((event) => recordOf(event)));
      await Promise.all([log.integrate(), log.integrate(), log.integrate()]);
    }
    await log.integrateAll();
    await holdsExactly(log, events);
  });

  test('knows where the events of a run are', async () => {
    const log = await newLog();
    const events = [...many('run-1', 2), ...many('run-2', 2), ...many('run-1', 1, 2)];
    await log.seal(events.map((event) => recordOf(event)));
    await log.integrateAll();
    const { table } = log.parts();
    const leaves = async (runId: string) =>
      (await table.eventsOf({ tenant: 'acme', runId })).map(({ leaf }) => leaf);
    assert.deepEqual(
      [await leaves('run-1'), await leaves('run-2'), await leaves('run-3')],
      [[0, 1, 4], [2, 3], []],
    );
  });

  test('stands still where somebody else has signed for another root', async () => {
    const log = await newLog();
    const text = checkpointText({ origin: log.origin, size: 3, root: leafHash(Buffer.from('x')) });
    const key = { name: log.origin, publicKey: await log.publicKey() };
    const forged = signedNote(text, key, Buffer.alloc(64));
    await log.s3.send(
      new PutObjectCommand({
        Bucket: log.name,
        Key: 'checkpoint',
        Body: forged,
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    await assert.rejects(log.integrate(), { name: 'UntrustedCheckpoint' });
  });

  test('stands still where an object of the next round is there with other content', async () => {
    const log = await newLog();
    await log.s3.send(
      new PutObjectCommand({
        Bucket: log.name,
        Key: 'tile/0/000.p/1',
        Body: Buffer.alloc(32),
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    await log.seal([recordOf(eventOfRun('run-1', 1, 0))]);
    await assert.rejects(log.integrate(), {
      name: 'LogConflict',
      message: /tile\/0\/000\.p\/1 is there with other content/,
    });
    assert.equal((await log.objects()).has('checkpoint'), false);
  });

  test('a batch that waits and is not there is not passed over', async () => {
    const log = await newLog();
    await log.parts().table.addPending({
      key: 'batches/dt=2026-11-29/gone.ndjson.gz',
      sealedAt: '2026-11-29T10:00:00.000Z',
    });
    await assert.rejects(log.integrate(), /gone\.ndjson\.gz is not in the bucket/);
  });
});
