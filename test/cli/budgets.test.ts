import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EXIT } from '../../cli/failure.ts';
import type { BudgetsView, PauseView } from '../../contracts/budgets.ts';
import { countersign, ok } from '../support/command-line.ts';
import { openRun } from '../support/views.ts';

const pause: PauseView = {
  ...{ workflow: 'refund-desk', at: '2026-11-21T12:00:00.000Z', runId: 'run-7' },
  reason: { code: 'stop_condition', message: 'failed_runs are 3 (30 %)' },
};
const budgets: BudgetsView = {
  ...{ tenant: 'shop', day: '2026-11-21', timeZone: 'UTC', paused: [pause] },
  scopes: [
    {
      scope: 'user',
      id: 'lena',
      capMicroDollars: 2_000_000,
      committedMicroDollars: 500_042,
      spentMicroDollars: 42,
    },
    { scope: 'agent', id: 'gone', committedMicroDollars: 5, spentMicroDollars: 5 },
  ],
};

suite('countersign budgets', () => {
  test('shows what is leased, spent and left of each scope, and what is paused', async () => {
    const words = ['budgets', '--tenant', 'shop', '--day', '2026-11-21'];
    const { received, stdout, code } = await countersign(words, ok(budgets));
    assert.equal(code, EXIT.ok);
    assert.equal(received[0]?.url, '/budgets?tenant=shop&day=2026-11-21');
    assert.match(stdout, /^user +lena +\$2\.00 +\$0\.000042 +\$0\.50 +\$1\.499958 +25 %$/m);
    assert.match(stdout, /^agent +gone +none +\$0\.000005 +\$0\.00$/m);
    assert.match(stdout, /^paused: refund-desk since .*, by run-7: failed_runs are 3 \(30 %\)$/m);
  });

  test('says so when nothing was leased', async () => {
    const { stdout, received } = await countersign(['budgets'], ok({ ...budgets, scopes: [], paused: [] }));
    assert.equal(stdout, 'tenant shop has leased nothing on 2026-11-21 (UTC)\n');
    assert.equal(received[0]?.url, '/budgets?tenant=default');
  });
});

suite('countersign cap', () => {
  test('sends dollars as whole micro-dollars, and why', async () => {
    const words = ['cap', 'run-1', '0.1', '--note', 'goes in circles'];
    const { received, stdout, person } = await countersign(words, ok(openRun));
    assert.equal(person, 'maria');
    assert.deepEqual([received[0]?.method, received[0]?.url], ['POST', '/runs/run-1/cap']);
    assert.deepEqual(JSON.parse(received[0]?.body ?? ''), {
      ...{ tenant: 'default', capMicroDollars: 100_000, note: 'goes in circles' },
    });
    assert.match(stdout, /run-1/);
  });

  for (const usd of ['-1', '0.0000001', 'much', '1e3']) {
    test(`of ${usd} is wrong usage, and nothing is sent`, async () => {
      await assert.rejects(countersign(['cap', 'run-1', '--note', 'n', '--', usd], ok(openRun)), {
        code: 'commander.invalidArgument',
        message: /expected dollars such as 0\.25/,
      });
    });
  }
});

suite('countersign resume', () => {
  test('sends why, and shows the pause that is over', async () => {
    const { received, stdout } = await countersign(['resume', 'refund-desk', '--note', 'mended'], ok(pause));
    assert.deepEqual([received[0]?.method, received[0]?.url], ['POST', '/workflows/refund-desk/resume']);
    assert.deepEqual(JSON.parse(received[0]?.body ?? ''), { tenant: 'default', note: 'mended' });
    assert.match(stdout, /^resumed: refund-desk since 2026-11-21T12:00:00\.000Z, by run-7/);
  });
});
