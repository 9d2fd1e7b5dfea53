import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { EXIT } from '../../cli/failure.ts';
import { given } from '../support/approval.ts';
import { countersign, ok } from '../support/command-line.ts';
import { openRun, receipt, waitingApproval } from '../support/views.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
test.after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const event = { v: 1, id: 'e', at: '2026-01-31T09:00:00.000Z', tenant: 'default', runId: 'run-1' };
const closed = { ...event, type: 'run.closed', outcome: 'completed', spentMicroDollars: 1, calls: 1 };

suite('countersign run', () => {
  test('sends the user, the roles, the task and a token', async () => {
    const proposals = file('proposals.json', '[{"tool":"retail.calculate","arguments":{}}]');
    const words = [
      'run',
      'retail-support',
      '--user',
      'lena',
      '--role',
      'a',
      '--role',
      'b',
      '--proposals',
      proposals,
    ];
    const { code, received } = await countersign(
      [...words, '--tenant', 'shop', '--client-token', 't1'],
      ok(openRun),
    );
    assert.equal(code, EXIT.ok);
    assert.equal(received[0]?.url, '/workflows/retail-support/runs');
    assert.deepEqual(JSON.parse(received[0]?.body ?? ''), {
      tenant: 'shop',
      clientToken: 't1',
      user: { id: 'lena', roles: ['a', 'b'] },
      input: { proposals: [{ tool: 'retail.calculate', arguments: {} }] },
    });
  });

  test('makes a token of its own, so that repeating the request is safe', async () => {
    const { received } = await countersign(['run', 'w', '--user', 'lena', '--prompt', 'hi'], ok(openRun));
    assert.match(JSON.parse(received[0]?.body ?? '').clientToken, /^[0-9a-f-]{36}$/);
  });

  test('without a user is wrong usage', async () => {
    await assert.rejects(countersign(['run', 'w', '--prompt', 'hi'], ok(openRun)), {
      code: 'commander.missingMandatoryOptionValue',
    });
  });

  test('without a task is wrong usage', async () => {
    await assert.rejects(countersign(['run', 'w', '--user', 'lena'], ok(openRun)), {
      exitCode: EXIT.usage,
      message: /--prompt or --proposals/,
    });
  });

  test('with a file that is no json says so', async () => {
    const path = file('broken.json', '{');
    const words = ['run', 'w', '--user', 'lena', '--proposals', path];
    await assert.rejects(countersign(words, ok(openRun)), {
      exitCode: EXIT.usage,
      message: /broken\.json cannot be read/,
    });
  });

  test('with a file that is no array says what it is', async () => {
    const path = file('object.json', '{}');
    const words = ['run', 'w', '--user', 'lena', '--proposals', path];
    await assert.rejects(countersign(words, ok(openRun)), {
      exitCode: EXIT.usage,
      message: /holds object, expected a json array/,
    });
  });

  test('--watch shows the events and ends with the run', async () => {
    const words = ['run', 'w', '--user', 'lena', '--prompt', 'hi', '--watch'];
    const { code, stdout } = await countersign(
      words,
      ok(openRun),
      ok({ events: [], next: '' }),
      ok({ events: [closed], next: 'n' }),
    );
    assert.equal(code, EXIT.ok);
    assert.match(stdout, /closed {5}completed, 1 calls/);
  });

  test('--watch says by its exit code that a run did not complete', async () => {
    const words = ['run', 'w', '--user', 'lena', '--prompt', 'hi', '--watch'];
    const { code } = await countersign(
      words,
      ok(openRun),
      ok({ events: [{ ...closed, outcome: 'stopped' }], next: 'n' }),
    );
    assert.equal(code, EXIT.refused);
  });
});

suite('reading', () => {
  test('status shows the run', async () => {
    const { stdout, received, person } = await countersign(
      ['status', 'run-1', '--tenant', 'shop'],
      ok(openRun),
    );
    assert.equal(received[0]?.url, '/runs/run-1?tenant=shop');
    assert.match(stdout, /^run +run-1$/m);
    assert.equal(person, 'app');
  });

  test('--json gives the document of the api, before or after the command', async () => {
    for (const words of [
      ['--json', 'status', 'run-1'],
      ['status', 'run-1', '--json'],
    ]) {
      const { stdout } = await countersign(words, ok(openRun));
      assert.deepEqual(JSON.parse(stdout), openRun);
    }
  });

  test('events --json gives one document a line', async () => {
    const { stdout } = await countersign(
      ['events', 'run-1', '--json'],
      ok({ events: [closed, closed], next: 'n' }),
    );
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [closed, closed],
    );
  });

  test('events --follow asks for what came after', async () => {
    const other = {
      ...event,
      type: 'model.called',
      model: 'm',
      inputTokens: 1,
      outputTokens: 1,
      costMicroDollars: 1,
    };
    const { received } = await countersign(
      ['events', 'run-1', '--follow'],
      ok({ events: [other], next: 'cursor' }),
      ok({ events: [closed], next: 'n' }),
    );
    assert.deepEqual(
      received.map(({ url }) => url),
      ['/runs/run-1/events?tenant=default', '/runs/run-1/events?tenant=default&after=cursor'],
    );
  });

  test('receipt shows the calls', async () => {
    const { stdout } = await countersign(['receipt', 'run-1'], ok(receipt));
    assert.match(stdout, /^0002-00 {2}retail\.cancel_pending_order/m);
  });
});

suite('approvals', () => {
  const older = { ...waitingApproval, approvalId: 'apr-0', requestedAt: '2026-01-30T09:00:02.000Z' };

  test('are listed for the approver, the oldest first', async () => {
    const answer = ok({ approvals: [waitingApproval, older] });
    const { stdout, stderr, person } = await countersign(['approvals'], answer);
    assert.deepEqual(stdout.match(/^apr-\d(?= )/gm), ['apr-0', 'apr-1']);
    assert.match(stderr, /^2 wait, the oldest for \d+ d \d+ h; look at one with: countersign approval/);
    assert.equal(person, 'maria');
    const json = await countersign(['approvals', '--json'], answer);
    assert.deepEqual(JSON.parse(json.stdout), [older, waitingApproval]);
    assert.equal(json.stderr, '');
  });

  test('one is shown whole', async () => {
    const words = ['approval', 'apr-1', '--tenant', 'shop'];
    const { stdout, stderr, received } = await countersign(words, ok(waitingApproval));
    assert.deepEqual([received[0]?.method, received[0]?.url], ['GET', '/approvals/apr-1?tenant=shop']);
    assert.match(stdout, /^evidence +refundCents=55840$/m);
    assert.match(stderr, /countersign approve apr-1/);
  });

  test('a verdict shows the card, and what is still missing', async () => {
    const asks = [{ approverRole: 'release_manager', quorum: 2, from: waitingApproval.requestedAt }];
    const verdicts = [given('theo', 'approve', { roles: ['release_manager'] })];
    const waits = await countersign(['approve', 'apr-1'], ok({ ...waitingApproval, asks, verdicts }));
    assert.match(waits.stdout, /^decided +theo approve via api/m);
    assert.equal(waits.stderr, 'still missing: 1 more release_manager\n');
    const done = await countersign(['approve', 'apr-1'], ok({ ...waitingApproval, state: 'approved' }));
    assert.equal(done.stderr, 'it is approved\n');
  });

  for (const verdict of ['approve', 'reject', 'withdraw']) {
    test(`${verdict} sends the verdict and the note`, async () => {
      const words = [verdict, 'apr-1', '--note', 'checked', '--as', 'theo'];
      const { received, options } = await countersign(words, ok(waitingApproval));
      assert.equal(received[0]?.url, '/approvals/apr-1');
      assert.deepEqual(JSON.parse(received[0]?.body ?? ''), { tenant: 'default', verdict, note: 'checked' });
      assert.equal(options?.as, 'theo');
    });
  }
});
