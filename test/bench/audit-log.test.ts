import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EVENTS_OF_A_CALL, eventAt } from '../../bench/audit/events.ts';
import { inMemoryClients } from '../../bench/audit/in-memory.ts';
import { costOfWriting } from '../../bench/audit/log-cost.ts';
import { byPrefix } from '../../bench/audit/prefixes.ts';
import { writeLog } from '../../bench/audit/written-log.ts';

const PACE = { events: 3_000, eventsInABatch: 75, batchesInARound: 24 };

async function written() {
  const clients = inMemoryClients();
  const log = await writeLog(clients, PACE);
  const sizes = new Map([...clients.objects].map(([key, bytes]) => [key, bytes.length]));
  return { log, prefixes: byPrefix(sizes) };
}

describe('what the bench audit counts', () => {
  test('every put is one object, and only the checkpoint is put again', async () => {
    const { log, prefixes } = await written();
    const puts = [...log.sealing.usage.requests, ...log.integrating.usage.requests].flatMap(
      ([kind, count]): [string, number][] => (kind.startsWith('put ') ? [[kind.slice(4), count]] : []),
    );
    const objects = Object.entries(prefixes).map(([prefix, { objects }]): [string, number] => [
      prefix,
      prefix === 'checkpoint' ? log.rounds : objects,
    ]);
    assert.deepEqual(new Map(puts.toSorted()), new Map(objects.toSorted()));
    assert.deepEqual([log.batches, log.rounds], [40, 2]);
  });

  test('a pointer is written and removed, and a run of a round is one item of the index', async () => {
    const { log } = await written();
    const runsOf = (from: number, to: number) =>
      new Set(Array.from({ length: to - from }, (_, index) => eventAt(from + index).runId)).size;
    const runs = runsOf(0, 1_800) + runsOf(1_800, 3_000);
    assert.equal(log.sealing.usage.writeUnits, log.batches);
    const items = log.integrating.usage.writeUnits - log.batches;
    assert.ok(items >= runs && items <= 2 * runs, `${items} units for the index of ${runs} runs`);
  });

  test('a million events cost as many signatures as they have rounds', async () => {
    const { log } = await written();
    const signatures = costOfWriting(log).find(({ what }) => what === 'checkpoint: signatures');
    assert.equal(Math.round(signatures?.amount ?? 0), Math.round((2 / 3_000) * 1_000_000));
  });

  test('each call has an event of its model, of its decision and of its outcome', () => {
    const ofRun = Array.from({ length: 3_000 }, (_, index) => eventAt(index)).filter(
      ({ runId }) => runId === eventAt(0).runId,
    );
    assert.deepEqual(
      ofRun.slice(0, EVENTS_OF_A_CALL).map(({ type }) => type),
      ['model.called', 'call.decided', 'call.executed'],
    );
    assert.equal(new Set(ofRun.map(({ id }) => id)).size, ofRun.length);
  });
});
