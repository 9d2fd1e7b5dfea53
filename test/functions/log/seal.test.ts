import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DynamoDBRecord } from 'aws-lambda';
import { holdsExactly } from '../../support/check-log.ts';
import { noLedger } from '../../support/ledger-tables.ts';
import { eventOfRun, imageOf, recordOf, type TestLog, testLog } from '../../support/log.ts';

describe('seal', { skip: noLedger }, () => {
  let log: TestLog;
  before(async () => {
    log = await testLog();
  });
  after(() => log.close());

  const first = eventOfRun('run-1', 1, 0);
  const item = { run: 'acme#run-9', position: 'x', event: { v: 1 } };
  const insert = (fields: Readonly<Record<string, unknown>>): DynamoDBRecord => ({
    eventName: 'INSERT',
    dynamodb: { NewImage: imageOf(fields) },
  });
  const keyed = (event: ReturnType<typeof eventOfRun>) => ({
    run: `acme#${event.runId}`,
    position: `${event.at}#${event.id}`,
    event,
  });

  const POISON: Readonly<Record<string, readonly [DynamoDBRecord, RegExp]>> = {
    'an item without an event': [insert({ run: 'a#b', position: 'c' }), /no event of version 1/],
    'an event without a header': [insert(item), /id: .*at: .*tenant: /],
    'an event of another version': [insert(keyed({ ...first, v: 2 as 1 })), /v: /],
    'an event with no time': [insert(keyed({ ...first, at: 'yesterday' })), /at: /],
    'an event under another key': [
      insert({ ...keyed(first), run: 'acme#run-2' }),
      /key is not that of the event/,
    ],
    'an event that is too long': [
      insert(
        keyed(eventOfRun('run-1', 2, 0, { type: 'workflow.resumed', by: 'x', note: 'n'.repeat(70_000) })),
      ),
      /an event of \d+ bytes, expected up to 65535/,
    ],
    'a record without images': [{ eventName: 'INSERT', dynamodb: {} }, /no event of version 1/],
    'an event that was changed': [
      {
        eventName: 'MODIFY',
        dynamodb: { OldImage: imageOf(keyed(first)), NewImage: imageOf(keyed({ ...first, agent: 'other' })) },
      },
      /was changed after it was written/,
    ],
  };
  for (const [what, [poison, why]] of Object.entries(POISON)) {
    test(`puts ${what} aside, and seals what came with it`, async () => {
      const before = log.aside.length;
      const beside = eventOfRun(`run-beside ${what}`.replaceAll(' ', '-'), 1, 0);
      const sealed = await log.seal([poison, recordOf(beside)]);
      assert.deepEqual([sealed.events, sealed.unsealable], [1, 1]);
      const put = log.aside.slice(before);
      assert.deepEqual(
        put.map(({ record }) => record),
        [poison],
      );
      assert.match(put[0]?.why ?? '', why);
    });
  }

  test('passes over a change of an item that leaves its event as it is', async () => {
    const [before, after] = [imageOf(keyed(first)), imageOf({ ...keyed(first), purgeAt: 1 })];
    const record: DynamoDBRecord = { eventName: 'MODIFY', dynamodb: { OldImage: before, NewImage: after } };
    assert.deepEqual(await log.seal([record]), { events: 0, unsealable: 0 });
  });

  test('what leaves the ledger is sealed then when it was not before, and only then', async () => {
    const other = await testLog();
    const [kept, missed] = [eventOfRun('run-1', 1, 0), eventOfRun('run-1', 2, 10)];
    await other.seal([recordOf(kept)]);
    await other.integrateAll();
    const removed = await other.seal([recordOf(kept, 'REMOVE'), recordOf(missed, 'REMOVE')]);
    assert.equal(removed.events, 1);
    await other.integrateAll();
    await holdsExactly(other, [kept, missed]);
    other.close();
  });

  test('what was held for longer than the index remembers is put aside, and not sealed a second time', async () => {
    const { seal } = await import('../../../functions/seal/seal.ts');
    const aside: string[] = [];
    const removed = (days: number) =>
      seal([recordOf(first, 'REMOVE')], {
        ...log.parts(),
        putAside: async (_, why) => void aside.push(why),
        clock: () => new Date(Date.parse(first.at) + days * 86_400_000),
      });
    assert.deepEqual(await removed(430), { events: 0, unsealable: 1 });
    assert.match(aside[0] ?? '', /no index says any more whether the log has it/);
    assert.equal((await removed(429)).events, 1);
  });

  test('what was not put aside fails the batch, so that the stream delivers it again', async () => {
    const { seal } = await import('../../../functions/seal/seal.ts');
    const failing = {
      ...log.parts(),
      clock: () => new Date(),
      putAside: () => Promise.reject(new Error('no queue')),
    };
    await assert.rejects(seal([insert(item)], failing), /no queue/);
  });
});
