/** What every saved query answers, over one log: its own text, on the deployed table, by DuckDB in Athena's place. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { savedQueries } from '../../infra/saved-queries.ts';
import { athena, eventsTable, putEvents, type Row } from '../support/athena.ts';
import { AUDITED } from '../support/two-tenants.ts';

const root = mkdtempSync(join(tmpdir(), 'queries-'));
putEvents(root, AUDITED);
const duck = athena({ table: eventsTable(), root });
after(() => {
  duck.close();
  rmSync(root, { recursive: true });
});
const queries = new Map(savedQueries().map((query) => [query.name, query]));

type Values = Readonly<Record<string, string>>;
const EVERYTHING: Values = { since: '2026-11-20', until: '2026-11-21', tenant: '' };

async function ask(name: string, values: Values = {}) {
  const query = queries.get(name);
  assert.ok(query, name);
  const all: Values = { ...EVERYTHING, ...values };
  return duck.ask(
    query.sql,
    query.placeholders.map((each) => `'${all[each]}'`),
  );
}

/** Some columns of each row. */
async function rows(name: string, columns: readonly string[], values?: Values): Promise<unknown[][]> {
  return (await ask(name, values)).rows.map((row: Row) => columns.map((column) => row[column]));
}

/** What each query answers: columns, other parameters than the period, rows. */
const ANSWERS: Readonly<Record<string, readonly [readonly string[], Values, readonly unknown[][]]>> = {
  'who-approved-what': [
    ['tenant', 'by', 'verdict', 'tool', 'resource', 'state', 'after_seconds'],
    {},
    [
      ['acme', 'maria', 'approve', 'retail.refund', 'orders/W1', 'waiting', 60],
      ['acme', 'theo', 'approve', 'retail.refund', 'orders/W1', 'waiting', 70],
      ['acme', 'theo', 'withdraw', 'retail.refund', 'orders/W1', 'waiting', 80],
      ['acme', 'femi', 'approve', 'retail.refund', 'orders/W1', 'approved', 120],
      ['globex', 'gina', 'reject', 'retail.refund', 'orders/W1', 'rejected', 30],
    ],
  ],
  'denials-by-policy': [
    ['tenant', 'policy', 'reason', 'denials', 'runs', 'agents', 'tools'],
    {},
    [
      ['acme', '(none)', 'approval_expired', 1, 1, 'clerk', 'mail.send'],
      ['acme', '(none)', 'approval_unreachable', 1, 1, 'clerk', 'mail.send'],
      ['acme', '(none)', 'budget_exhausted', 1, 1, 'clerk', 'mail.send'],
      ['acme', 'no-egress', 'forbidden', 1, 1, 'clerk', 'mail.send'],
      ['acme', 'no-night', 'forbidden', 1, 1, 'clerk', 'mail.send'],
      ['globex', '(none)', 'approval_rejected', 1, 1, 'desk', 'retail.refund'],
    ],
  ],
  'spend-by-tenant': [
    ['tenant', 'dt', 'workflow', 'runs', 'model_dollars', 'tool_dollars', 'dollars'],
    {},
    [
      ['acme', '2026-11-20', 'desk', 1, 0.004, 0.000008, 0.004008],
      ['acme', '2026-11-21', 'mail', 1, 0.9, 0.00001, 0.90001],
      ['acme', '2026-11-21', 'operations', 1, 0, 0, 0],
      ['globex', '2026-11-20', 'desk', 1, 0.001, 0.00001, 0.00101],
    ],
  ],
  'tier-3-actions': [
    ['tenant', 'tool', 'tier', 'approvers', 'policies', 'incident', 'status'],
    {},
    [
      ['acme', 'retail.refund', 3, 'femi, maria', 'refunds, hours', null, 'succeeded'],
      ['acme', 'ops.restart', 4, null, 'break-glass', 'INC-7', 'failed'],
    ],
  ],
  'calls-without-outcome': [
    ['tenant', 'tool', 'resource', 'outcome', 'held_dollars', 'run_id', 'call_id'],
    {},
    [
      ['acme', 'erp.post', 'invoices/1', 'none recorded', 0.05, 'run-2', '0005-00'],
      ['acme', 'erp.post', 'invoices/2', 'unknown', 0.00001, 'run-2', '0006-00'],
    ],
  ],
  'cost-per-successful-outcome': [
    ['tenant', 'workflow', 'closed', 'completed', 'successful', 'dollars', 'dollars_per_success'],
    {},
    [
      ['acme', 'desk', 1, 1, 1, 0.004008, 0.004008],
      ['acme', 'mail', 1, 0, 0, 0.90001, null],
      ['acme', 'operations', 0, 0, 0, 0, null],
      ['globex', 'desk', 1, 1, 0, 0.00101, null],
    ],
  ],
  'time-to-decide': [
    [
      'tenant',
      'role',
      'questions',
      'decided',
      'fastest_seconds',
      'median_seconds',
      'slowest_seconds',
      'expired',
      'unreachable',
    ],
    {},
    [
      ['acme', 'lead', 2, 0, null, null, null, 1, 1],
      ['acme', 'support_manager', 1, 1, 120, 120, 120, 0, 0],
      ['globex', 'desk_lead', 1, 1, 30, 30, 30, 0, 0],
    ],
  ],
  'actions-on': [
    ['tenant', 'tool', 'made_for', 'decision', 'status', 'effects'],
    { subject: 'ines' },
    [
      ['acme', 'retail.get_order', 'ines', 'allow', 'succeeded', ''],
      ['acme', 'retail.refund', 'ines', 'allow', 'succeeded', 'orders/W1, customers/ines'],
    ],
  ],
  'model-spend': [
    [
      'tenant',
      'model',
      'questions',
      'input_tokens',
      'output_tokens',
      'dollars',
      'cached',
      'instead_of_another',
    ],
    {},
    [
      ['acme', 'large', 3, 300, 30, 0.904, 1, 0],
      ['globex', 'small', 1, 100, 10, 0.001, 0, 1],
    ],
  ],
  'break-glass': [
    ['grant_id', 'what', 'by', 'incident', 'why', 'tools', 'tool', 'resource', 'used_by_run'],
    {},
    [
      [
        'grant-1',
        'break_glass.opened',
        'noor',
        'INC-7',
        'checkout is down',
        'ops.restart, ops.scale',
        null,
        null,
        null,
      ],
      ['grant-1', 'break_glass.confirmed', 'theo', null, null, null, null, null, null],
      ['grant-1', 'break_glass.used', null, null, null, null, 'ops.restart', 'services/checkout', 'run-9'],
    ],
  ],
  'questions-to-people': [
    ['tenant', 'became', 'tool', 'roles', 'times_told', 'approval_id'],
    {},
    [
      ['acme', 'unreachable', 'mail.send', 'lead', 0, 'apr-3'],
      ['acme', 'expired', 'mail.send', 'lead', 1, 'apr-2'],
      ['acme', 'approved and used', 'retail.refund', 'support_manager', 0, 'apr-1'],
      ['globex', 'rejected', 'retail.refund', 'desk_lead', 0, 'apr-1'],
    ],
  ],
  stops: [
    ['workflow', 'what', 'how', 'why', 'detail', 'used', 'used_of', 'by'],
    {},
    [
      ['mail', 'budget.step', 'stop', 'run dollars', null, 950_000, 1_000_000, null],
      ['mail', 'loop.found', 'stop', 'loop', 'again', null, null, null],
      ['mail', 'run.closed', 'stopped', 'budget_exhausted', '', null, null, null],
      ['mail', 'workflow.paused', null, 'stop_condition', 'half of the runs failed', null, null, null],
      ['mail', 'workflow.resumed', null, null, 'fixed', null, null, 'maria'],
    ],
  ],
  'changes-otherwise': [
    ['tenant', 'came_out', 'tool', 'approvers', 'changes', 'shown_digest'],
    {},
    [
      [
        ...['acme', 'otherwise', 'retail.refund', 'femi, maria'],
        ...['{"orders/W1":[{"field":"status","from":"paid","to":"refunded"}]}', 'd1'],
      ],
    ],
  ],
  'runs-of-user': [
    [
      'tenant',
      'workflow',
      'run_id',
      'requested_by',
      'outcome',
      'reason',
      'allowed',
      'denied',
      'verdicts',
      'dollars',
    ],
    { user: 'ines' },
    [
      ['acme', 'desk', 'run-1', 'app', 'completed', null, 2, 0, 4, 0.004008],
      ['globex', 'desk', 'run-1', 'app', 'completed', null, 1, 1, 1, 0.00101],
    ],
  ],
  run: [
    ['leaf', 'what', 'tool', 'tier', 'decision', 'policies', 'result', 'by', 'why', 'dollars'],
    { run: 'run-9' },
    [
      [44, 'call.decided', 'ops.restart', 4, 'allow', 'break-glass', null, null, null, null],
      [45, 'call.executed', 'ops.restart', null, null, null, 'failed', null, null, 0],
    ],
  ],
  'policy-versions': [
    ['tenant', 'policy_digest', 'decisions', 'allowed', 'denied', 'asked', 'workflows'],
    {},
    [
      ['acme', 'p', 12, 5, 4, 3, 3],
      ['globex', 'p', 2, 0, 1, 1, 1],
      ['globex', 'q', 1, 1, 0, 0, 1],
    ],
  ],
};

test('every saved query has an answer here', () => {
  assert.deepEqual([...queries.keys()].sort(), Object.keys(ANSWERS).sort());
});

for (const [name, [columns, values, expected]] of Object.entries(ANSWERS)) {
  test(`${name} answers for every tenant by itself`, async () => {
    assert.deepEqual(await rows(name, columns, values), expected);
    const tenants = columns.indexOf('tenant');
    if (tenants >= 0) {
      const ofOne = await rows(name, columns, { ...values, tenant: 'globex' });
      assert.deepEqual(
        ofOne,
        expected.filter((row) => row[tenants] === 'globex'),
      );
    }
    assert.deepEqual(
      await rows(name, columns, { ...values, tenant: 'globe_' }),
      [],
      'a tenant is no pattern',
    );
  });

  test(`${name} reads the days that it is asked about, and no other`, async () => {
    const [first, both, none] = await Promise.all([
      ask(name, { ...values, until: '2026-11-20' }),
      ask(name, values),
      ask(name, { ...values, since: '2026-12-01', until: '2026-12-31' }),
    ]);
    assert.ok(0 < first.scannedBytes && first.scannedBytes < both.scannedBytes);
    assert.deepEqual([none.scannedBytes, none.rows], [0, []]);
  });
}

test('actions are found by resource and by what they changed too', async () => {
  const columns = ['tenant', 'tool', 'decision'];
  assert.deepEqual(await rows('actions-on', columns, { subject: 'customers/ines' }), [
    ['acme', 'retail.refund', 'allow'],
  ]);
  assert.deepEqual(await rows('actions-on', columns, { subject: 'orders/W1' }), [
    ['acme', 'retail.get_order', 'allow'],
    ['acme', 'retail.refund', 'allow'],
    ['globex', 'retail.refund', 'deny'],
  ]);
});

test('a parameter is a literal, whatever is in it', async () => {
  assert.deepEqual(await rows('actions-on', ['tool'], { subject: "x'' OR ''1''=''1" }), []);
  await assert.rejects(ask('actions-on', { subject: "x' OR '1'='1" }), /expected a literal/);
});
