import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type ApprovalChange, changesSince } from '../../cli/approvals/changes.ts';
import { watchApprovals } from '../../cli/approvals/watch.ts';
import type { Session } from '../../cli/commands.ts';
import { CommandFailure, EXIT } from '../../cli/failure.ts';
import { changeLine } from '../../cli/render/approval-changes.ts';
import { unpainted } from '../../cli/render/text.ts';
import type { ApprovalView } from '../../contracts/api.ts';
import { given } from '../support/approval.ts';
import { counterpart } from '../support/counterpart.ts';
import { waitingApproval as waits } from '../support/views.ts';

const maria = given('maria', 'approve', { roles: ['support_manager'] });
const seen = (change: ApprovalChange) => [change.change, change.approval.state];
const MESSAGE = { channel: 'C1', ts: '1.1', at: waits.requestedAt, approverRole: 'support_manager' };

suite('between two looks at an approval', () => {
  const approved: ApprovalView = { ...waits, state: 'approved', verdicts: [maria], revision: 1 };

  test('what is new is asked, with all that has happened to it', () => {
    assert.deepEqual(changesSince(undefined, waits).map(seen), [['asked', 'waiting']]);
    assert.deepEqual(
      changesSince(undefined, approved).map(({ change }) => change),
      ['asked', 'verdict', 'outcome'],
    );
  });

  test('nothing new is no change, and neither is an older look', () => {
    assert.deepEqual(changesSince(waits, waits), []);
    assert.deepEqual(changesSince(approved, waits), []);
  });

  test('verdicts, outcomes and tellings are changes, each once', () => {
    const told = { ...waits, messages: [{ ...MESSAGE, why: 'asked' as const }] };
    assert.deepEqual(
      changesSince(waits, told).map(({ change }) => change),
      ['told'],
    );
    assert.deepEqual(changesSince(waits, approved).map(seen), [
      ['verdict', 'approved'],
      ['outcome', 'approved'],
    ]);
    assert.deepEqual(changesSince(approved, { ...approved, state: 'used' }).map(seen), [['outcome', 'used']]);
    for (const state of ['expired', 'unreachable'] as const) {
      assert.deepEqual(changesSince(waits, { ...waits, state }).map(seen), [['outcome', state]]);
    }
  });

  test('what was taken back is told, and a no after a yes is only a no', () => {
    const one = { ...waits, verdicts: [maria], revision: 1 };
    const back = { ...waits, revision: 2 };
    assert.deepEqual(changesSince(one, back).map(seen), [['withdrawn', 'waiting']]);
    const no = given('maria', 'reject');
    const rejected: ApprovalView = { ...waits, state: 'rejected', verdicts: [no], revision: 2 };
    assert.deepEqual(changesSince(one, rejected).map(seen), [
      ['verdict', 'rejected'],
      ['outcome', 'rejected'],
    ]);
  });

  test('each is one line', () => {
    const lines = [
      { change: 'asked', approval: waits },
      { change: 'told', approval: { ...waits, messages: [{ ...MESSAGE, why: 'asked' }] } },
      { change: 'verdict', approval: approved, verdict: maria },
      { change: 'withdrawn', approval: waits, verdict: maria },
      { change: 'outcome', approval: { ...waits, state: 'unreachable' } },
    ] as const satisfies readonly ApprovalChange[];
    assert.deepEqual(
      lines.map((change) => changeLine(change)),
      [
        'apr-1  asked        retail.cancel_pending_order on Order/#W1, of support_manager at 2026-01-31T09:00:02.000Z',
        'apr-1  told         support_manager in slack, who is asked',
        'apr-1  verdict      maria approve via api at 2026-11-21T10:00:00.000Z',
        'apr-1  withdrawn    maria has taken back what was approved at 2026-11-21T10:00:00.000Z',
        'apr-1  unreachable  nobody could be reached, the call is not made',
      ],
    );
  });
});

suite('watching approvals', () => {
  /** Watches lists one after the other, and then stops. @param alone - of approvals that have left the list */
  async function watched(
    lists: readonly (readonly ApprovalView[] | Error)[],
    alone: readonly ApprovalView[] = [],
  ) {
    const stop = new AbortController();
    const shown: { readonly change: string; readonly waiting?: number }[] = [];
    const hints: string[] = [];
    const asked: string[] = [];
    let looks = 0;
    const session = {
      tenant: 'default',
      output: {
        ...{ json: true, paint: unpainted },
        show: (document: unknown) => shown.push(document as never),
        hint: (text: string) => hints.push(text),
      },
      client: {
        listWaiting: async () => {
          const list = lists[looks] ?? [];
          looks += 1;
          if (looks >= lists.length) {
            // after this look has been shown
            setImmediate(() => stop.abort());
          }
          if (list instanceof Error) {
            throw list;
          }
          return { approvals: list, breakGlass: [] };
        },
        getApproval: async (_: string, id: string) => {
          asked.push(id);
          return alone.find(({ approvalId }) => approvalId === id) ?? assert.fail(id);
        },
      },
    } as unknown as Session;
    await watchApprovals(session, stop.signal);
    return { shown: shown.map(({ change, waiting }) => [change, waiting]), hints, asked };
  }

  test('shows what there is, what comes, and how many wait', async () => {
    const other = { ...waits, approvalId: 'apr-2', requestedAt: '2026-01-31T10:00:00.000Z' };
    const { shown, hints } = await watched([[waits], [other, waits], [waits, other], []], [waits, other]);
    assert.deepEqual(shown, [
      ['asked', 1],
      ['asked', 2],
    ]);
    assert.match(hints[0] ?? '', /^1 waits, the oldest for /);
    assert.match(hints[1] ?? '', /^2 wait, the oldest for /);
    assert.equal(hints.at(-1), 'stopped watching; what waits goes on waiting');
    assert.equal(hints.length, 3, 'what has not changed is not said again');
  });

  test('asks after what has left the list, until nothing more can become of it', async () => {
    const used: ApprovalView = { ...waits, state: 'used', verdicts: [maria], revision: 1 };
    const { shown, asked } = await watched([[waits], [], [], []], [used]);
    assert.deepEqual(shown, [
      ['asked', 1],
      ['verdict', 0],
      ['outcome', 0],
    ]);
    assert.deepEqual(asked, ['apr-1']);
  });

  test('goes on when nobody answers for a while, and ends when it may not look', async () => {
    const out = new CommandFailure('no answer', { code: 'unreachable', exitCode: EXIT.unreachable });
    const { shown, hints } = await watched([[waits], out, [waits]]);
    assert.deepEqual(shown, [['asked', 1]]);
    assert.ok(hints.includes('no answer; trying again'));
    const refused = new CommandFailure('forbidden', { code: 'forbidden', exitCode: EXIT.refused });
    await assert.rejects(watched([refused]), { message: 'forbidden' });
  });

  test('ends well on Ctrl-C, and with --json is one document a line', async () => {
    await using server = await counterpart({ status: 200, body: { approvals: [waits], breakGlass: [] } });
    const launcher = join(import.meta.dirname, '..', '..', 'cli', 'countersign.mjs');
    const words = ['approvals', '--watch', '--json', '--api-url', server.url, '--region', 'us-east-1'];
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const child = spawn(process.execPath, [launcher, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    for await (const chunk of child.stdout) {
      stdout += chunk;
      if (stdout.includes('\n')) {
        child.kill('SIGINT');
      }
    }
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    assert.equal(code, EXIT.ok);
    const { change, approval, waiting, oldestRequestedAt } = JSON.parse(stdout);
    assert.deepEqual(
      [change, approval.approvalId, waiting, oldestRequestedAt],
      ['asked', 'apr-1', 1, waits.requestedAt],
    );
  });
});
