import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LedgerEvent } from '../../contracts/events.ts';
import { COLUMNS } from '../../domain/metering/columns.ts';
import { countersign } from '../support/command-line.ts';
import {
  asked,
  closed,
  decided,
  eventsOfRun,
  executed,
  opened,
  requested,
  verdict,
} from '../support/metered.ts';

const READ = 'retail.get_order_details';
const CANCEL = 'retail.cancel_pending_order';
const DAY = '2026-11-20';
const AT = `${DAY}T10:00:00.000Z`;
const NO_BUDGET = { reasons: [{ code: 'budget_exhausted', message: '' }] };

const LOG = [
  eventsOfRun(
    { at: AT },
    ...[requested(), opened(), asked(4000), decided('0001-00', READ), executed('0001-00', 2)],
    ...[decided('0002-00', CANCEL, 'needs_approval'), verdict('0002-00'), decided('0002-00', CANCEL)],
    ...[executed('0002-00', 6), asked(5000), closed()],
  ),
  eventsOfRun(
    { at: AT, runId: 'run-2', workflow: 'mail', agent: 'clerk', tenant: 'globex' },
    ...[requested('theo'), opened(), asked(900_000)],
    { type: 'budget.step', step: 'smaller_model', share: 0.8, cap: 'run dollars', used: 9, of: 10 },
    ...[decided('0001-00', READ, 'deny', NO_BUDGET), closed('stopped', 'budget_exhausted')],
  ),
].flat();

/** The costs of a copied log, as `--json` tells them or for people. */
async function costs(events: readonly unknown[], ...more: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'costs-'));
  try {
    const day = join(folder, 'events', `dt=${DAY}`);
    mkdirSync(day, { recursive: true });
    writeFileSync(join(day, 'batch.ndjson'), events.map((each) => `${JSON.stringify(each)}\n`).join(''));
    const csv = join(folder, 'exports', 'usage.csv');
    const ndjson = join(folder, 'exports', 'usage.ndjson');
    const period = ['--since', DAY, '--until', DAY, '--dir', folder];
    const told = await countersign(['costs', ...period, '--csv', csv, '--ndjson', ndjson, ...more]);
    return { ...told, csv: readFileSync(csv, 'utf8'), ndjson: readFileSync(ndjson, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function report(events: readonly unknown[], ...more: readonly string[]) {
  const { code, stdout } = await costs(events, '--json', ...more);
  assert.equal(code, 0);
  return JSON.parse(stdout);
}

test('costs are told in three parts for each run, completed task and successful outcome', async () => {
  const { costs: whole, usage, timeZone, caps, refused, downgraded, log } = await report(LOG);
  assert.deepEqual([usage.runs_opened, usage.runs_completed, usage.runs_successful], [2, 1, 1]);
  assert.deepEqual([whole.all.model, whole.all.people], [909_000, 2_000_000]);
  assert.deepEqual([whole.perRun.model, whole.perSuccessful.model], [454_500, 909_000]);
  assert.deepEqual(
    [timeZone, log.notClosed, caps.runsNearTheirCap, caps.highest.run],
    ['UTC', 0, 1, 'run-2'],
  );
  assert.deepEqual(
    refused.map(({ kind, why }: { kind: string; why: string }) => [kind, why]),
    [
      ['refused', 'budget_exhausted'],
      ['stopped', 'budget_exhausted'],
    ],
  );
  assert.deepEqual(downgraded, [{ kind: 'step', what: 'smaller_model', why: 'run dollars', count: 1 }]);
});

test('people are shown the same in tables', async () => {
  const { stdout, code } = await costs(LOG);
  const [head, runs] = stdout.split('\n');
  assert.equal(code, 0);
  assert.match(
    head ?? '',
    /^2026-11-20 to 2026-11-20, days of UTC; infrastructure and people by prices \S+$/,
  );
  assert.equal(runs, '2 runs opened; 1 completed, 1 of them successful, 1 stopped, 0 failed');
  assert.match(stdout, /^per successful outcome +1 +\$0\.909 +\$0\.\d+ +\$2\.00 +\$2\.9\d+$/m);
  assert.match(stdout, /^mail +1 +0 +0 .* \$1\.00 +90\.0 %$/m);
  assert.match(stdout, /1 of 2 runs used 80 % or more of their cap, the highest 90\.0 % \(run-2 of globex\)/);
  assert.match(stdout, /^ {2}1 x {2}step smaller_model: run dollars$/m);
  assert.match(stdout, /^ {2}1 x {2}call of retail\.get_order_details: budget_exhausted$/m);
});

/** Options, and the groups that they give. */
const GROUPS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  'workflow unless something else is said': [[], ['desk', 'mail']],
  run: [
    ['--by', 'run'],
    ['run-1', 'run-2'],
  ],
  day: [['--by', 'day'], [DAY]],
  user: [
    ['--by', 'user'],
    ['ines', 'theo'],
  ],
  'agent of one tenant': [['--by', 'agent', '--tenant', 'globex'], ['clerk']],
  'tenant of one workflow': [['--by', 'tenant', '--workflow', 'desk'], ['acme']],
};
for (const [title, [options, expected]] of Object.entries(GROUPS)) {
  test(`rows are made by ${title}`, async () => {
    const { groups } = await report(LOG, ...options);
    assert.deepEqual(
      groups.map(({ group }: { group: string }) => group),
      expected,
    );
  });
}

test('exports have a row for each tenant, day, workflow and agent', async () => {
  const { csv, ndjson } = await costs(LOG);
  const rows = ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    rows.map(({ tenant, day, workflow, agent }) => [tenant, day, workflow, agent]),
    [
      ['acme', DAY, 'desk', 'desk'],
      ['globex', DAY, 'mail', 'clerk'],
    ],
  );
  assert.equal(csv.split('\r\n')[1], COLUMNS.map(({ name }) => rows[0][name]).join(','));
});

test('a batch that the log has twice counts once', async () => {
  assert.deepEqual(await report([...LOG, ...LOG]), {
    ...(await report(LOG)),
    log: (await report([...LOG, ...LOG])).log,
  });
});

test('what was done on other days is in no number', async () => {
  const before = eventsOfRun(
    { runId: 'run-0', at: '2026-11-19T10:00:00.000Z' },
    requested(),
    opened(),
    closed(),
  );
  const after = eventsOfRun(
    { runId: 'run-3', at: '2026-11-21T10:00:00.000Z' },
    requested(),
    opened(),
    closed(),
  );
  assert.deepEqual((await report([...before, ...LOG, ...after])).usage, (await report(LOG)).usage);
});

test('an empty log says so, and so does one that has runs in parts', async () => {
  const { stdout, code } = await costs([]);
  assert.equal(code, 0);
  assert.match(stdout, /what was read of the log has no such events\nnothing was done in these days\n$/);
  const isEnd = ({ runId, type }: LedgerEvent) => runId === 'run-1' && type === 'run.closed';
  const isBeginning = ({ runId, type }: LedgerEvent) =>
    runId === 'run-2' && /^run\.(requested|opened)$/.test(type);
  const partial = await costs(
    LOG.filter((event) => !isEnd(event) && !isBeginning(event)),
    '--by',
    'user',
  );
  assert.match(partial.stdout, /of 1 run the beginning is not in what was read/);
  assert.match(partial.stdout, /of 1 run the end is not in what was read/);
  assert.match(partial.stdout, /^\(not in what was read\) /m);
});

test('events that are not metered are passed over, and broken ones are exit code 2 with file and line', async () => {
  const strange = { ...LOG[0], type: 'something.new' };
  assert.equal((await report([strange, ...LOG])).usage.runs_opened, 2);
  const broken = { ...LOG[1], capMicroDollars: 'much' };
  await assert.rejects(costs([LOG[0], broken]), {
    exitCode: 2,
    message: /batch\.ndjson:2: capMicroDollars: /,
  });
});

/** Options that cannot be used, and what is said. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['--since', '2026-02-30'], /--since is 2026-02-30, expected a day such as/],
  [['--until', '30d'], /--until is 30d, expected a day such as/],
  [['--since', '2026-11-21'], /--since is 2026-11-21, expected a day up to 2026-11-20/],
  [['--root', '/nowhere'], /\/nowhere has no prices: .*; expected a folder of policies/],
  [['--dir', '/nowhere'], /\/nowhere cannot be read/],
  [['--csv', '/dev/null/usage.csv'], /\/dev\/null\/usage\.csv cannot be written/],
];
for (const [options, message] of WRONG) {
  test(`${options.join(' ')} is wrong usage`, async () => {
    await assert.rejects(costs(LOG, ...options), { exitCode: 2, message });
  });
}
