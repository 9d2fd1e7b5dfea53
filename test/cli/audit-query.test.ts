import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { addQueryCommand } from '../../cli/audit/query-command.ts';
import { savedQueries } from '../../infra/saved-queries.ts';
import { athena, eventsTable, putEvents } from '../support/athena.ts';
import { athenaServer, type Trouble } from '../support/athena-server.ts';
import { countersign } from '../support/command-line.ts';
import { AUDITED } from '../support/two-tenants.ts';

const root = mkdtempSync(join(tmpdir(), 'audit-query-'));
putEvents(root, AUDITED);
const duck = athena({ table: eventsTable(), root });
after(() => {
  duck.close();
  rmSync(root, { recursive: true });
});

const DAYS = ['--since', '2026-11-20', '--until', '2026-11-21'];

/** `countersign audit query`, with a server in Athena's place. */
async function query(words: readonly string[], trouble?: Trouble) {
  await using server = await athenaServer(duck, trouble);
  const told = { stdout: '', stderr: '', code: -1 };
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      write: (chunk, _, done) => {
        told[name] += chunk;
        done();
      },
    }) as NodeJS.WriteStream;
  const program = new Command('countersign')
    .option('--json')
    .option('--tenant <tenant>', '', 'default')
    .option('--prefix <prefix>')
    .exitOverride();
  addQueryCommand(program.command('audit'), {
    ...{ athena: server.client, stdout: into('stdout'), stderr: into('stderr') },
    finish: (code) => {
      told.code = code;
    },
  });
  await program.parseAsync(['node', 'countersign', 'audit', 'query', ...words]);
  return { ...told, started: server.started };
}

test('a saved query is asked with its own text, in the workgroup and database of the deployment', async () => {
  const { started, code } = await query(['stops', ...DAYS, '--prefix', 'my-agents']);
  const [asked] = started;
  assert.equal(code, 0);
  assert.equal(asked?.QueryString, savedQueries().find(({ name }) => name === 'stops')?.sql);
  assert.equal(asked?.WorkGroup, 'my-agents-audit');
  assert.deepEqual(asked?.QueryExecutionContext, { Database: 'my_agents_audit' });
  assert.deepEqual(asked?.ExecutionParameters, ["'2026-11-20'", "'2026-11-21'", "''"]);
});

test('people see a table of every page, how far it is, what was read and what that costs', async () => {
  const { stdout, stderr } = await query(['who-approved-what', ...DAYS]);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^AT +TENANT +BY +VERDICT +TOOL +RESOURCE +STATE +VIA +AFTER_SECONDS/);
  assert.equal(lines.length, 6);
  assert.match(lines[5] ?? '', / globex +gina +reject +retail\.refund +orders\/W1 +rejected +api +30 /);
  assert.match(stderr, /asked Athena, query 0\nwaits for its turn\nruns, 0\.0 MB read\n/);
  assert.match(stderr, /5 rows of 2026-11-20 to 2026-11-21; 0\.00\d MB read, about \$0\.00005\n$/);
});

test('programs get one document with numbers as numbers and nothing as null', async () => {
  const { stdout, stderr } = await query(['time-to-decide', ...DAYS, '--tenant', 'acme', '--json']);
  const { query: name, parameters, rows, columns, scannedBytes, dollars } = JSON.parse(stdout);
  assert.equal(stderr, '');
  assert.deepEqual([name, dollars, scannedBytes > 0], ['time-to-decide', 0.00005, true]);
  assert.deepEqual(parameters, { since: '2026-11-20', until: '2026-11-21', tenant: 'acme' });
  assert.deepEqual(Object.keys(rows[0]), columns);
  assert.deepEqual(
    rows.map(({ role, questions, median_seconds }: Record<string, unknown>) => [
      role,
      questions,
      median_seconds,
    ]),
    [
      ['lead', 2, null],
      ['support_manager', 1, 120],
    ],
  );
});

test('a parameter stands wherever the query has it, and a quote in it ends nothing', async () => {
  const subject = ['--param', "subject=o'hara' OR '1'='1"];
  const { started, stdout } = await query(['actions-on', ...DAYS, ...subject]);
  const literal = "'o''hara'' OR ''1''=''1'";
  assert.deepEqual(started[0]?.ExecutionParameters?.slice(3), [literal, literal, literal]);
  assert.equal(stdout, 'nothing in the log answers that\n');
  const found = await query(['actions-on', ...DAYS, '--param', 'subject=customers/ines', '--json']);
  assert.deepEqual(
    JSON.parse(found.stdout).rows.map(({ tool }: { tool: string }) => tool),
    ['retail.refund'],
  );
});

test('without a name every saved query is listed, with its parameters', async () => {
  const { stdout, started } = await query([]);
  const { stdout: json } = await query(['--json']);
  assert.deepEqual(started, []);
  assert.match(stdout, /^actions-on +subject +Every call that has to do with one customer$/m);
  assert.deepEqual(
    JSON.parse(json).map(({ name }: { name: string }) => name),
    savedQueries().map(({ name }) => name),
  );
});

/** What Athena or its API says, and what people are told. */
const TROUBLES: readonly (readonly [Trouble, number, RegExp])[] = [
  [
    { endsWith: { State: 'FAILED', StateChangeReason: 'Query exhausted: Bytes scanned limit was exceeded' } },
    1,
    /^Athena ended the query: .* limit was exceeded; name fewer days, or let auditScanGigabytes/,
  ],
  [{ endsWith: { State: 'CANCELLED' } }, 1, /^Athena ended the query: it gives no reason$/],
  [
    { refuses: { __type: 'AccessDeniedException', message: 'not authorized' } },
    3,
    /^workgroup countersign-audit cannot be asked: not authorized; check .* the policy for auditors$/,
  ],
];
for (const [trouble, exitCode, message] of TROUBLES) {
  test(`people are told when ${JSON.stringify(trouble)}`, async () => {
    await assert.rejects(query(['stops', ...DAYS], trouble), { exitCode, message });
  });
}

/** Command lines that cannot be meant, and what is said. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [['nothing'], /^no saved query is called nothing, expected one of actions-on, /],
  [['actions-on'], /^actions-on lacks --param subject=\.\.\. \(id of a user/],
  [
    ['stops', '--param', 'user=ines'],
    /^--param is user=ines, expected name=value with a parameter of stops: none$/,
  ],
  [['run', '--param', 'run'], /^--param is run, expected name=value with a parameter of run: run$/],
  [['run', '--param', 'run='], /^--param is run=, expected name=value/],
  [
    ['run', '--param', 'tenant=acme', '--param', 'run=r'],
    /^--param is tenant=acme, expected .* of run: run$/,
  ],
  [['run', '--param', `run=${'r'.repeat(1023)}`], /^--param run is 1025 long, expected at most 1024$/],
  [['stops', '--since', 'yesterday'], /^--since is yesterday, expected a day such as/],
];
for (const [words, message] of WRONG) {
  test(`${words.join(' ').slice(0, 40)} is wrong usage`, async () => {
    await assert.rejects(query(words), { exitCode: 2, message });
  });
}

test('the local cloud has no Athena, and that is said', async () => {
  await assert.rejects(countersign(['audit', 'query', 'stops']), {
    ...{
      exitCode: 2,
      message: 'the local cloud has no Athena, name an AWS account with --profile or --region',
    },
  });
});
