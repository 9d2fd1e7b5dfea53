/**
 * Scaffolds tools into one copy of the project and holds the copy to the project's own checks. The tests follow each
 * other: each finds what the ones before have written.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EXIT } from '../../../cli/failure.ts';
import { KIND_NAMES } from '../../../cli/scaffold/kinds/table.ts';
import { planTool } from '../../../cli/scaffold/new-tool.ts';
import type { ToolRequest } from '../../../cli/scaffold/request.ts';
import { projectCopy } from './project-copy.ts';

const copy = projectCopy();
after(copy.remove);
const TRIAGE = ['--workflow', 'helpdesk-triage'];
const SUPPORT = ['--workflow', 'retail-support'];

/** Words behind `new tool`, what each is, and one file by which it shows. */
const TOOLS: Readonly<Record<string, readonly [readonly string[], string]>> = {
  'a read in a new namespace': [['billing.get_invoice', ...TRIAGE], 'functions/tools/billing/get-invoice.ts'],
  'a write by look-up': [
    ['billing.create_invoice', ...TRIAGE, '--effect', 'write'],
    'policies/cases/ALLOW/billing-create-invoice-on-behalf-of-support-manager.json',
  ],
  'a write by key that reaches customers': [
    ['billing.send_reminder', ...TRIAGE, '--effect', 'write', '--idempotency', 'by_key', '--tier', '2'],
    'policies/cases/ASK/billing-send-reminder-on-behalf-of-support-manager.json',
  ],
  'a privileged write that only people can look up': [
    ['billing.delete_account', ...TRIAGE, '--effect', 'write', '--idempotency', 'none', '--tier', '4'],
    'policies/cases/ASK/billing-delete-account-on-behalf-of-support-manager.json',
  ],
  'a write by look-up in a namespace that knew none': [
    ['retail.add_note', ...SUPPORT, '--effect', 'write', '--tier', '3', '--role', 'support_agent'],
    'policies/cases/ASK/retail-add-note-on-behalf-of-support-agent.json',
  ],
  'a read for an envelope that is compiled to permits': [
    ['billing.list_invoices', '--workflow', 'refund-desk'],
    'policies/cases/DENY/billing-list-invoices-on-behalf-of-anybody-else.json',
  ],
  'a write for an envelope that is compiled to permits': [
    ['billing.void_invoice', '--workflow', 'refund-desk', '--effect', 'write'],
    'policies/cases/DENY/billing-void-invoice-on-behalf-of-anybody-else.json',
  ],
  'a write for an envelope that has every write approved': [
    ['billing.split_invoice', '--workflow', 'invoice-reconciliation', '--effect', 'write'],
    'policies/cases/ASK/billing-split-invoice-on-behalf-of-FinanceAdmin.json',
  ],
  'a write over the HTTP API of a namespace': [
    ['helpdesk.close_ticket', ...TRIAGE, '--effect', 'write'],
    'functions/tools/helpdesk/close-ticket.ts',
  ],
  'a read over the HTTP API of a new namespace': [
    ['depot.get_parcel', ...SUPPORT, '--kind', 'http'],
    'functions/tools/depot/handler.ts',
  ],
  'a write by key over an HTTP API': [
    ['depot.book_pickup', ...SUPPORT, '--effect', 'write', '--idempotency', 'by_key'],
    'functions/tools/depot/book-pickup.ts',
  ],
  'a write over an HTTP API that only people can look up': [
    ['depot.refuse_parcel', ...SUPPORT, '--effect', 'write', '--idempotency', 'none'],
    'functions/tools/depot/refuse-parcel.ts',
  ],
};

const original = copy.files();

test('the help names every option, and every kind', async () => {
  const { code, stdout } = await copy.countersign('new', 'tool', '--help');
  assert.equal(code, EXIT.ok);
  for (const word of [
    'workflow',
    'kind',
    'effect',
    'tier',
    'idempotency',
    'role',
    'destination',
    'dry-run',
    'json',
  ]) {
    assert.match(stdout, new RegExp(`--${word}\\b`));
  }
  for (const kind of KIND_NAMES) {
    assert.match(stdout, new RegExp(`\\b${kind}: `));
  }
});

test('a dry run shows every line and writes nothing', async () => {
  const { code, stdout } = await copy.countersign(
    'new',
    'tool',
    'billing.get_invoice',
    ...TRIAGE,
    '--dry-run',
  );
  assert.equal(code, EXIT.ok);
  assert.match(stdout, /^created {2}functions\/tools\/billing\/definitions\.ts$/m);
  assert.match(stdout, /^ {4}\+ {3}name: 'billing\.get_invoice',$/m);
  assert.match(stdout, /^ {4}\+ {5}- billing\.get_invoice$/m);
  assert.match(stdout, /^ {4}\+ action "billing\.get_invoice" in \[Action::"read"/m);
  assert.deepEqual(copy.files(), original);
});

for (const [what, [words, file]] of Object.entries(TOOLS)) {
  test(`${what} is written`, async () => {
    const before = copy.files();
    const { code, stdout, stderr } = await copy.countersign('new', 'tool', ...words, '--json');
    assert.equal(code, EXIT.ok, stderr + stdout);
    const { files, tool, byHand, dryRun } = JSON.parse(stdout);
    assert.deepEqual([tool, byHand, dryRun], [words[0], [], false]);
    const now = copy.files();
    assert.ok(file in now, `${file} among ${Object.keys(now).join(', ')}`);
    const changed = Object.keys(now)
      .filter((path) => now[path] !== before[path])
      .sort();
    assert.deepEqual(
      changed.map((path) => ({ path, change: path in before ? 'changed' : 'created' })),
      files.toSorted((left: { path: string }, right: { path: string }) => (left.path < right.path ? -1 : 1)),
    );
  });
}

/** Lines that become longer because something is on them, or in their type. */
const MAY_CHANGE = [
  /definitions\.ts: tools: \[/,
  /registry\.ts: export const NAMESPACES/,
  /handlers\.ts: import \{ type ToolHandler, ToolRefusal \}/,
  /handlers\.ts: type RetailHandlers = .*: ToolHandler<T> \};$/,
  /schema\.cedarschema: action "read", "tier0"/,
  /policies\/cases\/.*: .*"envelopes\/(refund-desk|invoice-reconciliation)\/L\d+-/,
];

test('no file that was there has lost a line, but those that a list or a type is on', () => {
  const now = copy.files();
  const lost = Object.keys(original).flatMap((path) => {
    const left = new Set(now[path]?.split('\n'));
    return (original[path] ?? '')
      .split('\n')
      .flatMap((line) => (left.has(line) ? [] : [`${path}: ${line.trim()}`]));
  });
  assert.deepEqual(
    lost.filter((line) => !MAY_CHANGE.some((each) => each.test(line))),
    [],
  );
});

test('permissions.txt is left to whoever reads it', () => {
  assert.equal(copy.read('test/infra/permissions.txt'), original['test/infra/permissions.txt']);
});

test('the same name again says that the tool is there, and writes nothing', async () => {
  const before = copy.files();
  const { code, stdout } = await copy.countersign('new', 'tool', 'billing.get_invoice', ...TRIAGE, '--json');
  assert.equal(code, EXIT.refused);
  assert.equal(JSON.parse(stdout).error.code, 'tool_exists');
  assert.deepEqual(copy.files(), before);
});

const triage = { workflow: 'helpdesk-triage' };
const support = { workflow: 'retail-support' };

/** Name, options, exit code and what it says. */
const REFUSED: Readonly<Record<string, readonly [string, ToolRequest, number, RegExp]>> = {
  'a bad name': [
    'getInvoice',
    triage,
    EXIT.usage,
    /expected namespace\.verb_noun .* such as billing\.get_invoice/,
  ],
  'no workflow, of several': [
    'a.get_it',
    {},
    EXIT.usage,
    /--workflow is missing, expected one of helpdesk-triage, .*retail-support/,
  ],
  'an unknown workflow': [
    'a.get_it',
    { workflow: 'x' },
    EXIT.usage,
    /--workflow is x, expected one of helpdesk-triage/,
  ],
  'an unknown effect': ['a.get_it', { ...triage, effect: 'both' }, EXIT.usage, /expected one of read, write/],
  'a read above tier 0': ['a.get_it', { ...triage, tier: '2' }, EXIT.usage, /expected reads in tier 0/],
  'a write in tier 0': [
    'a.get_it',
    { ...triage, effect: 'write', tier: '0' },
    EXIT.usage,
    /writes in 1 to 4/,
  ],
  'a read with idempotency': ['a.get_it', { ...triage, idempotency: 'none' }, EXIT.usage, /of writes only/],
  'an unknown kind': [
    'a.get_it',
    { ...triage, kind: 'soap' },
    EXIT.usage,
    /--kind is soap, expected one of own/,
  ],
  'a kind that does not fit': [
    'retail.get_it',
    { ...support, kind: 'http' },
    EXIT.usage,
    /'retail' does not fit this kind, expected a new namespace, or one whose handlers have a JsonApi/,
  ],
  'a destination in a namespace that has one': [
    'helpdesk.get_it',
    { ...triage, destination: 'https://x.example' },
    EXIT.usage,
    /--destination and --secret are for new namespaces/,
  ],
  'a destination with a path': [
    'a.get_it',
    { ...triage, kind: 'http', destination: 'https://x.example/v1' },
    EXIT.usage,
    /expected an origin such as/,
  ],
  'a role that would be more than a word of Cedar': [
    'a.get_it',
    { ...triage, role: 'x") || true || ("' },
    EXIT.usage,
    /expected a role of letters, digits and underscores/,
  ],
  'a namespace with the Cedar type of another': [
    'order.get_it',
    triage,
    EXIT.refused,
    /'Order' is there already/,
  ],
  'a constant that the definitions have': [
    'retail.maximum_cost',
    support,
    EXIT.refused,
    /has a 'maximumCost' already, choose another name/,
  ],
  'a tool that is there': ['billing.get_invoice', triage, EXIT.refused, /is there already, in functions/],
  'a definition that contradicts itself': [
    'a.get_it',
    { ...triage, kind: 'http', destination: 'https://127.0.0.1' },
    EXIT.refused,
    /nothing was written: .*expected a public address/s,
  ],
};

for (const [what, [name, request, exitCode, message]] of Object.entries(REFUSED)) {
  test(`${what} is refused, with what is expected`, async () => {
    await assert.rejects(planTool(copy.root, name, request), { name: 'CommandFailure', exitCode, message });
  });
}

test('a folder that is no clone is told from one', async () => {
  await assert.rejects(planTool(join(copy.root, 'docs'), 'a.get_it', triage), {
    exitCode: EXIT.usage,
    message: /is missing in .*docs, expected a clone of countersign/,
  });
});

test('a tool of a tier that people approve wants a role that approves', async () => {
  const path = join(copy.root, 'policies/envelopes/helpdesk-triage.yaml');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('approval_roles: [support_manager]', 'approval_roles: []'));
  const planned = planTool(copy.root, 'a.set_it', { ...triage, effect: 'write', tier: '2' });
  await assert.rejects(planned, {
    message: /helpdesk-triage has no approval_roles; name one in its envelope/,
  });
  writeFileSync(path, text);
});

/** File, what to replace in it, by what, and the lines that a person is told. */
const ODD_SHAPES: Readonly<Record<string, readonly [string, string, string, readonly RegExp[]]>> = {
  'handlers that are no object with a member for each tool': [
    'functions/tools/helpdesk/handlers.ts',
    "'helpdesk.",
    "['helpdesk.' + '",
    [
      /handlers\.ts: no object with members named after the tools of helpdesk, expected one/,
      /\+ 'helpdesk\.reopen_ticket': reopenTicketOver\(helpdesk\)/,
    ],
  ],
  'tools that are spread': [
    'functions/tools/helpdesk/definitions.ts',
    'tools: [',
    'tools: [...[]].concat([',
    [
      /definitions\.ts: no array 'tools' in the constant 'helpdesk'/,
      /\+ export const reopenTicket = defineTool\(\{/,
    ],
  ],
};

for (const [what, [path, from, to, lines]] of Object.entries(ODD_SHAPES)) {
  test(`${what}: nothing is written, and the lines to add are told`, async () => {
    const target = join(copy.root, path);
    const text = readFileSync(target, 'utf8');
    writeFileSync(target, text.replaceAll(from, to));
    const before = copy.files();
    const { code, stderr } = await copy.countersign('new', 'tool', 'helpdesk.reopen_ticket', ...TRIAGE);
    assert.deepEqual(copy.files(), before);
    writeFileSync(target, text);
    assert.equal(code, EXIT.refused);
    for (const line of lines) {
      assert.match(stderr, line);
    }
  });
}

test('what was written compiles', async () => {
  const { stdout, code } = await copy.run('tsc', '-p', '.');
  assert.equal(code, 0, stdout);
});

test('what was written is formatted and without findings', async () => {
  const { stdout, stderr, code } = await copy.run('biome', 'check', '--error-on-warnings', '.');
  assert.equal(code, 0, stdout + stderr);
});

test('the new tests, the policy cases and the policy bundle pass', async () => {
  const written = globSync('test/functions/tools/**/*.test.ts', { cwd: copy.root }).filter(
    (path) => !(path in original),
  );
  assert.equal(written.length, Object.keys(TOOLS).length);
  const others = [
    'test/policies/cases.test.ts',
    'test/policies/manifest.test.ts',
    'test/infra/policy-files.test.ts',
  ];
  assert.deepEqual(await copy.failing(...written, ...others), []);
});

test('it synthesises, and what fails is that nobody has reviewed the new rights', async () => {
  const failed = await copy.failing('test/infra/permissions.test.ts');
  assert.ok(
    failed.includes('every right of every role is one that somebody has reviewed'),
    failed.join('; '),
  );
  // the other lists of that file are of executors and of secrets
  assert.deepEqual(
    failed.slice(1).filter((title) => !/executor|secret/.test(title)),
    [],
  );
});

/** Bodies and definitions made wrong: file, what to replace, by what, and the test that must notice. */
const FAULTS: readonly (readonly [string, string, string, string, string])[] = [
  [
    'functions/tools/billing/create-invoice.ts',
    'return found && recorded(found, context);',
    'return undefined;',
    'billing/create-invoice',
    'a look-up finds what an earlier attempt has done, and records it',
  ],
  [
    'functions/tools/billing/delete-account.ts',
    'context.recordEffect',
    'String',
    'billing/delete-account',
    'what was done is answered, fits the output and is recorded',
  ],
  [
    'functions/tools/helpdesk/close-ticket.ts',
    'external_id: idempotencyKey',
    'external_id: callId',
    'helpdesk/close-ticket',
    'a look-up finds what an earlier attempt has done, and records it',
  ],
  [
    'functions/tools/depot/definitions.ts',
    'z.strictObject({ parcel_id',
    'z.object({ parcel_id',
    'depot/get-parcel',
    'an argument that it does not know is refused',
  ],
];

test('the new tests notice what is wrong', async () => {
  for (const [path, from, to] of FAULTS) {
    const target = join(copy.root, path);
    const text = readFileSync(target, 'utf8');
    const wrong = text.replace(flexible(from), to);
    assert.notEqual(wrong, text, `${path}: ${from}`);
    writeFileSync(target, wrong);
  }
  const tests = FAULTS.map(([, , , name]) => `test/functions/tools/${name}.test.ts`);
  const failed = await copy.failing(...tests);
  for (const [, , , name, title] of FAULTS) {
    assert.ok(failed.includes(title), `${name}: ${title} among ${failed.join('; ')}`);
  }
});

/** The same words with any space between them. */
function flexible(words: string): RegExp {
  return new RegExp(
    words
      .split(' ')
      .map((word) => RegExp.escape(word))
      .join('\\s+'),
  );
}
