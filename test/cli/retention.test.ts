import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EXIT } from '../../cli/failure.ts';
import type { ErasureView } from '../../contracts/retention.ts';
import { countersign, ok } from '../support/command-line.ts';
import { openRun } from '../support/views.ts';

const erasure: ErasureView = {
  ...{ erasureId: 'erasure-1', finished: true, runsLeft: 0 },
  ...{ runs: 3, transcripts: 12, names: 4, calls: 9, approvals: 1 },
};

suite('countersign person erase', () => {
  test('is asked by the privacy officer, says why, and shows what has gone', async () => {
    const words = ['person', 'erase', 'lena@example.com', '--tenant', 'shop', '--note', 'DP-17'];
    const { received, stdout, code, person } = await countersign(words, ok(erasure));
    assert.deepEqual([code, person], [EXIT.ok, 'yara']);
    assert.deepEqual([received[0]?.method, received[0]?.url], ['POST', '/people/lena%40example.com/erasure']);
    assert.deepEqual(JSON.parse(received[0]?.body ?? ''), { tenant: 'shop', note: 'DP-17' });
    assert.match(stdout, /^erased: 3 runs, with 12 transcripts, 9 calls, 1 approvals and 4 lists of names$/m);
    assert.match(stdout, /countersign events erasure-1/);
  });

  test('asks again until nothing is left', async () => {
    const partly = { ...erasure, finished: false, runs: 1, runsLeft: 2 };
    const { received } = await countersign(
      ['person', 'erase', 'lena', '--note', 'n'],
      ok(partly),
      ok(erasure),
    );
    assert.equal(received.length, 2);
  });

  test('without saying why is wrong usage, and nothing is sent', async () => {
    await assert.rejects(countersign(['person', 'erase', 'lena'], ok(erasure)), {
      code: 'commander.missingMandatoryOptionValue',
    });
  });
});

suite('countersign hold', () => {
  for (const [option, hold] of [
    [[], true],
    [['--release'], false],
  ] as const) {
    test(`${option.join(' ') || 'without --release'} sends hold ${hold}, and shows the run`, async () => {
      const held = { ...openRun, heldSince: '2026-11-21T12:00:00.000Z' };
      const words = ['hold', 'run-1', ...option, '--note', 'case 12'];
      const { received, stdout } = await countersign(words, ok(held));
      assert.equal(received[0]?.url, '/runs/run-1/hold');
      assert.deepEqual(JSON.parse(received[0]?.body ?? ''), { tenant: 'default', hold, note: 'case 12' });
      assert.match(stdout, /held since +2026-11-21T12:00:00\.000Z/);
    });
  }
});
