import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { reportLines } from '../../cli/measures/lines.ts';
import { queueNow } from '../../cli/measures/report.ts';
import { readCases } from '../../infra/policy/cases.ts';
import { countersign, ok } from '../support/command-line.ts';
import { counterpart } from '../support/counterpart.ts';
import { decided, eventsOfRun, executed, type Happened, opened, requested } from '../support/metered.ts';

const DAY = '2026-11-20';
const CANCEL = 'retail.cancel_pending_order';
const context = {
  ...{ mode: 'autonomous', user: { id: 'lena', roles: ['customer'] }, users: ['resource.owner'] },
  ...{ resource: { exists: true, status: 'pending', totalCents: 60_000 }, facts: { refundCents: 60_000 } },
};

const asks = (callId: string, approvalId: string, more: object = {}): Happened =>
  decided(callId, CANCEL, 'needs_approval', {
    ...{ approvalId, approverRole: 'support_manager', quorum: 1, policies: ['agents/x/large'], context },
    ...{ arguments: { order_id: '#W1', reason: 'no longer needed' }, resource: 'Order/#W1', ...more },
  });
const said = (callId: string, approvalId: string, by: string, verdict: string, afterSeconds: number) =>
  ({
    ...{ type: 'approval.verdict', callId, approvalId, via: 'slack', afterSeconds, by, verdict },
    state: verdict === 'approve' ? 'approved' : 'rejected',
    id: `${callId}/verdict/1`,
  }) as Happened;

const LOG = [
  ...eventsOfRun(
    { at: `${DAY}T10:00:00.000Z` },
    ...[requested(), opened(), asks('0001-00', 'apr-1'), said('0001-00', 'apr-1', 'maria', 'approve', 240)],
    decided('0001-00', CANCEL, 'allow', { approvalId: 'apr-1', context, resource: 'Order/#W1' }),
    { ...executed('0001-00'), preview: 'otherwise' } as Happened,
    ...[asks('0002-00', 'apr-2'), said('0002-00', 'apr-2', 'theo', 'reject', 7500)],
  ),
  ...eventsOfRun({ at: `${DAY}T11:00:00.000Z`, tenant: 'globex', runId: 'run-2' }, asks('0001-00', 'apr-3')),
  // asked the day after the period
  ...eventsOfRun({ at: '2026-11-21T00:00:00.000Z', runId: 'run-3' }, asks('0001-00', 'apr-4')),
];

/** What a command says of a copy of the log. */
async function withLog<T>(use: (folder: string) => Promise<T>, events: readonly unknown[] = LOG): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'measures-'));
  try {
    const day = join(folder, 'events', `dt=${DAY}`);
    mkdirSync(day, { recursive: true });
    writeFileSync(join(day, 'batch.ndjson'), events.map((each) => `${JSON.stringify(each)}\n`).join(''));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PERIOD = ['--since', DAY, '--until', DAY];
const report = (folder: string, ...more: readonly string[]) =>
  countersign(['approvals', 'report', ...PERIOD, '--dir', folder, ...more]);

suite('approvals report', () => {
  test('tells what came of what was asked in the period', async () => {
    const { code, stdout } = await withLog((folder) => report(folder, '--json'));
    const { groups, ...told } = JSON.parse(stdout);
    assert.equal(code, 0);
    assert.deepEqual(told, {
      ...{ since: DAY, until: DAY, by: 'tool', asked: 3, decided: 2, approved: 1, rejected: 1, expired: 0 },
      ...{ unreachable: 0, abandoned: 0, waiting: 1, withdrawn: 0 },
      ...{ secondsToDecide: { p50: 240, p90: 7500, max: 7500 }, overrideRate: 0.5 },
      ...{ shown: 1, changedOtherwise: 1 },
    });
    assert.deepEqual(
      groups.map(({ group, asked }: { group: string; asked: number }) => [group, asked]),
      [[CANCEL, 3]],
    );
  });

  test('is told to people in words and a table', async () => {
    const { stdout } = await withLog((folder) => report(folder, '--by', 'approver'));
    assert.deepEqual(stdout.split('\n'), [
      'asked from 2026-11-20 to 2026-11-20, days of UTC, with what came of it until now',
      '3 asked: 1 approved, 1 rejected, 0 expired, 0 unreachable, 0 abandoned, 1 waiting; 0 approvals taken back',
      'time to decide: p50 4 min, p90 2 h 5 min, max 2 h 5 min',
      'override rate: 50.0 % (1 of 2 decided by people were rejected)',
      'changes: 1 of 1 that were shown beforehand came out otherwise',
      '',
      'APPROVER  DECIDED  APPROVED  REJECTED  WITHDRAWN  OVERRIDE        P50        P90        MAX',
      'maria           1         1         0          0     0.0 %      4 min      4 min      4 min',
      'theo            1         0         1          0   100.0 %  2 h 5 min  2 h 5 min  2 h 5 min',
      '',
    ]);
  });

  test('counts one tenant when one is named', async () => {
    const { stdout } = await withLog((folder) => report(folder, '--json', '--tenant', 'globex'));
    assert.equal(JSON.parse(stdout).asked, 1);
  });

  test('says when people were asked nothing', async () => {
    const { stdout, code } = await withLog((folder) => report(folder), []);
    assert.deepEqual([code, stdout.split('\n')[1]], [0, 'people were asked nothing']);
  });

  test('has how long what waits now has waited', () => {
    const measures = {
      ...{ since: DAY, until: DAY, by: 'tool' as const, asked: 0, decided: 0, approved: 0, rejected: 0 },
      ...{
        expired: 0,
        unreachable: 0,
        abandoned: 0,
        waiting: 0,
        withdrawn: 0,
        shown: 0,
        changedOtherwise: 0,
      },
      groups: [],
    };
    const secondsWaited = { p50: 60, p90: 7200, max: 90_000 };
    const waits = reportLines({ ...measures, queue: { tenant: 'acme', waiting: 3, secondsWaited } });
    assert.equal(waits.at(-1), 'waiting now in acme: 3, for p50 1 min, p90 2 h 0 min, max 1 d 1 h');
    assert.equal(
      reportLines({ ...measures, queue: { tenant: 'acme', waiting: 0 } }).at(-1),
      'waiting now in acme: 0',
    );
  });

  test('asks the api what waits, of one tenant', async () => {
    const requestedAt = new Date(Date.now() - 3_600_000).toISOString();
    await using server = await counterpart(ok({ approvals: [{ requestedAt }] }));
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const connect = async () => ({ apiUrl: server.url, region: 'us-east-1', credentials });
    const queue = await queueNow({ connect }, { by: 'tool', tenant: 'globex' });
    assert.deepEqual([queue.tenant, queue.waiting], ['globex', 1]);
    assert.ok((queue.secondsWaited?.max ?? 0) >= 3600);
    assert.match(server.received[0]?.url ?? '', /^\/approvals\?tenant=globex/);
  });

  test('refuses what is no period, no grouping and no event', async () => {
    await assert.rejects(countersign(['approvals', 'report', '--since', 'monday']), /--since is monday/);
    await assert.rejects(
      countersign(['approvals', 'report', '--by', 'moon']),
      /Allowed choices are approver/,
    );
    const broken = LOG.map((event) =>
      event.type === 'approval.verdict' ? { ...event, verdict: 'maybe' } : event,
    );
    await assert.rejects(
      withLog((folder) => report(folder), broken),
      /batch\.ndjson:4: verdict: /,
    );
  });
});

suite('approvals export', () => {
  test('is a line for each verdict, without anything among them', async () => {
    const { stdout, stderr, code } = await withLog((folder) =>
      countersign(['approvals', 'export', ...PERIOD, '--dir', folder]),
    );
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map(({ approvalId, by, verdict, outcome, execution }) => [
        approvalId,
        by,
        verdict,
        outcome,
        execution?.preview,
      ]),
      [
        ['apr-1', 'maria', 'approve', 'approved', 'otherwise'],
        ['apr-2', 'theo', 'reject', 'rejected', undefined],
      ],
    );
    assert.match(stderr, /2 verdicts on 3 approvals/);
  });

  test('writes cases that can be read as cases, and says which could not be', async () => {
    await withLog(async (folder) => {
      const cases = join(folder, 'cases');
      const { stderr } = await countersign([
        'approvals',
        'export',
        ...PERIOD,
        '--dir',
        join(folder, 'events'),
        '--cases',
        cases,
      ]);
      assert.deepEqual(
        readCases(cases).map(({ folder: decision, case: { policies, quorum } }) => [
          decision,
          policies,
          quorum?.people,
        ]),
        [
          ['ASK', ['agents/x/large'], 1],
          ['ASK', ['agents/x/large'], 1],
        ],
      );
      const [file = ''] = readdirSync(join(cases, 'ASK'));
      assert.equal(file, 'retail-cancel-pending-order-that-people-have-approved-apr-1.json');
      assert.deepEqual(JSON.parse(readFileSync(join(cases, 'ASK', file), 'utf8')).arguments, {
        order_id: '#W1',
        reason: 'no longer needed',
      });
      assert.match(
        stderr,
        /no case ALLOW\/retail-cancel-pending-order-.*apr-1: the log does not have context\.arguments\./,
      );
      assert.match(stderr, /2 of 3 cases written to /);
      assert.ok(!existsSync(join(cases, 'ALLOW')));
    });
  });
});
