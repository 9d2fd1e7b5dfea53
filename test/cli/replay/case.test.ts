import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { countersign } from '../../support/command-line.ts';
import { type PolicyRoot, permit, policyRoot } from '../../support/policy-folder.ts';
import {
  ASKED,
  DESK_POLICIES,
  decision,
  executed,
  MANAGER,
  POINTS,
  withEvents,
} from '../../support/replay.ts';

const MANY = { member_id: 'm_1', points: 500, reason: 'goodwill' };
const ONE = [decision(1), executed(2)];

async function cases(events: readonly LedgerEvent[], folder: PolicyRoot, ...more: readonly string[]) {
  const { code, stdout } = await withEvents(['case', 'run-1', '--json', ...more], events, folder);
  return { code, ...JSON.parse(stdout) };
}

function written({ written: [first] }: { written: readonly { file: string }[] }) {
  return JSON.parse(readFileSync(first?.file ?? '', 'utf8'));
}

async function tested({ root }: PolicyRoot) {
  const { stdout } = await countersign(['policy', 'test', '--root', root, '--allow-uncovered', '--json']);
  return JSON.parse(stdout);
}

const context = (more: object) => ({ ...(decision(1) as { context?: object }).context, ...more }) as never;

test('the decisions of a run become cases that its policies hold', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const approved = { approvals: { support_manager: 1 } };
  const events = [
    ...ONE,
    decision(3, { callId: '0002-00', arguments: MANY, ...ASKED, ...MANAGER }),
    decision(4, {
      ...{ callId: '0002-00', id: '0002-00/decided/a-1', arguments: MANY, approvalId: 'a-1' },
      ...{ policies: ['agents/desk/many'], context: context(approved) },
    }),
    decision(5, {
      ...{ callId: '0003-00', arguments: { ...MANY, points: 300 }, decision: 'deny', policies: [] },
      reasons: [{ code: 'no_permit', message: 'no' }],
    }),
  ];
  const { code, written: files, missing } = await cases(events, folder);
  assert.deepEqual([code, missing], [0, []]);
  assert.deepEqual(
    files.map(({ folder: claim, callId }: Record<string, string>) => [claim, callId]),
    [
      ['ALLOW', '0001-00'],
      ['ASK', '0002-00'],
      ['ALLOW', '0002-00'],
      ['DENY', '0003-00'],
    ],
  );
  assert.deepEqual(readdirSync(join(folder.root, 'cases', 'ALLOW')), [
    'loyalty-add-points-as-in-call-0001-00-of-run-1.json',
    'loyalty-add-points-as-in-call-0002-00-of-run-1-once-approved.json',
  ]);
  const { cases: count, failed } = await tested(folder);
  assert.equal(count, 4);
  assert.deepEqual(
    failed.map(({ folder: claim }: { folder: string }) => claim),
    ['DENY'],
    'the last decision was none of these policies, and its case says so',
  );
});

test('a case of what a decision should have been fails until policies decide so, by whichever of them', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const name = 'goodwill of five points';
  const options = ['--call', '0001-00', '--expect', 'DENY', '--name', name];
  const { code } = await cases(ONE, folder, ...options);
  assert.equal(code, 0);
  const before = await tested(folder);
  assert.deepEqual(
    before.failed.map(({ claim, differences }: Record<string, unknown>) => [claim, differences]),
    [[name, ['decision: expected deny, got allow']]],
  );
  folder.write({ 'agents/desk.cedar': permit('few', POINTS, 'context.arguments.reason == "promotion"') });
  assert.deepEqual((await tested(folder)).failed, []);
});

test('whom the case is of nobody can tell, and who were the same are the same', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const events = [
    decision(1, {
      arguments: { member_id: 'ines', points: 5, reason: 'goodwill' },
      resource: 'Member/ines',
    }),
  ];
  const it = written(await cases(events, folder));
  assert.deepEqual(
    [it.user.id, it.arguments.member_id, it.resource.id],
    ['person_1', 'person_1', 'person_1'],
  );
  assert.deepEqual(it.user.roles, ['store_staff']);
  const others = written(await cases(ONE, folder, '--name', 'another'));
  assert.deepEqual(
    [others.user.id, others.arguments.member_id, others.resource.id],
    ['person_1', 'person_2', 'person_2'],
  );
  assert.deepEqual((await tested(folder)).failed, []);
});

test('an id that a policy names stays, since with another it would be decided otherwise', async () => {
  using folder = policyRoot({
    'agents/desk.cedar': permit('few', POINTS, 'context.user.id == "ines"'),
  });
  const made = await cases([decision(1)], folder);
  const it = written(made);
  assert.deepEqual([it.user.id, it.arguments.member_id], ['ines', 'person_1']);
  assert.equal(made.written[0].namesPeople, true);
  assert.deepEqual((await tested(folder)).failed, []);
});

test('an id that is decided by without being named stays as well', async () => {
  using folder = policyRoot({
    'agents/desk.cedar': permit('few', POINTS, 'context.arguments.member_id like "m_*"'),
  });
  const it = written(await cases([decision(1)], folder));
  assert.deepEqual([it.user.id, it.arguments.member_id], ['ines', 'm_1']);
  assert.deepEqual((await tested(folder)).failed, []);
});

test('of what the record does not have there is no case, and it says what that is', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const digest = 'sha256:0123456789abcdef';
  const hidden = [
    decision(1, {
      arguments: { ...MANY, points: 5, reason: digest },
      context: context({ hidden: ['resource.exists'] }),
    }),
  ];
  assert.deepEqual(await cases(hidden, folder), {
    code: 1,
    written: [],
    missing: [
      { callId: '0001-00', decision: 'allow', missing: ['context.arguments.reason', 'resource.exists'] },
    ],
  });
  const refused = [
    decision(1, { decision: 'deny', policies: [], reasons: [{ code: 'budget_exhausted', message: 'no' }] }),
  ];
  const { code, missing } = await cases(refused, folder);
  assert.deepEqual(
    [code, missing[0].missing],
    [1, ['a decision of policies: it was refused by budget_exhausted']],
  );
  assert.throws(() => readdirSync(join(folder.root, 'cases')), /ENOENT/);
});

test('whom the log hides is a stranger in a case that is decided alike, since it says that they are not the user', async () => {
  using folder = policyRoot({
    'agents/desk.cedar': permit(
      'own',
      'retail.get_order_details',
      'resource has owner && resource.owner == context.user.id',
    ),
  });
  const hidden = (more: object) => [
    decision(1, {
      ...{ tool: 'retail.get_order_details', arguments: { order_id: '#W1' }, resource: 'Order/#W1' },
      ...{ decision: 'deny', policies: [], reasons: [{ code: 'no_permit', message: 'no' }] },
      context: context({
        resource: { exists: true, status: 'pending', totalCents: 5 },
        hidden: ['resource.owner'],
      }),
      ...more,
    }),
  ];
  const made = await cases(hidden({}), folder);
  assert.deepEqual(made.written[0]?.strangers, ['resource.owner']);
  const it = written(made);
  assert.deepEqual([it.user.id, it.resource.attributes.owner], ['person_1', 'person_2']);
  assert.deepEqual((await tested(folder)).failed, []);
  const otherwise = await cases(hidden({ decision: 'allow', policies: ['agents/desk/own'] }), folder);
  assert.deepEqual(otherwise.missing[0]?.missing, ['resource.owner'], 'it would not be decided as recorded');
});

test('what would be redacted now is not written, though a record has it', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const events = [decision(1, { context: context({ facts: { note: 'write to lena.hofer@example.com' } }) })];
  const { code, missing } = await cases(events, folder);
  assert.deepEqual([code, missing[0].missing], [1, ['facts.note, in which something is redacted']]);
});

test('writing the same again changes nothing, and another case under its name is left alone', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const first = await cases(ONE, folder, '--name', 'five points');
  assert.deepEqual(await cases(ONE, folder, '--name', 'five points'), first);
  writeFileSync(first.written[0].file, '{}');
  await assert.rejects(cases(ONE, folder, '--name', 'five points'), {
    exitCode: 2,
    message: /five-points\.json is another case already, give this one a --name of its own/,
  });
  assert.equal(readFileSync(first.written[0].file, 'utf8'), '{}');
});

test('an expectation is of one call, and that has to be one of the run', async () => {
  using folder = policyRoot(DESK_POLICIES);
  await assert.rejects(cases(ONE, folder, '--expect', 'DENY'), { exitCode: 2, message: /--call/ });
  await assert.rejects(cases(ONE, folder, '--call', '0009-00'), {
    exitCode: 2,
    message: 'the run has no call 0009-00, expected one of 0001-00',
  });
});
