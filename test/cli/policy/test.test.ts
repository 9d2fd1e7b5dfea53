import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { junitXml, xmlText } from '../../../cli/policy/junit.ts';
import { POLICIES } from '../../../infra/policy/paths.ts';
import { countersign } from '../../support/command-line.ts';
import { APPROVED, permit, pointsCase, policyRoot } from '../../support/policy-folder.ts';
import { parseXml } from '../../support/xml.ts';

const FEW = permit('few', 'loyalty.add_points', 'context.arguments.points <= 100');
const MANY = permit('many', 'loyalty.add_points', 'context.approvals.support_manager >= 1', APPROVED);
const QUORUM = { quorum: { approverRole: 'support_manager', people: 1 } };
const GUARDED = { ...pointsCase(1, ['guardrails/mode/stopped']), mode: 'stopped' };

/** Cases of the guardrails that every root has. */
const OF_GUARDRAILS = {
  'cases/DENY/stopped.json': GUARDED,
  'cases/DENY/read-only.json': { ...pointsCase(1, ['guardrails/mode/read-only']), mode: 'read_only' },
  'cases/DENY/privileged.json': {
    ...pointsCase(1, ['guardrails/break-glass/privileged']),
    ...{ tool: 'helpdesk.redact_ticket', arguments: { ticket_id: 'T-1' } },
    resource: { type: 'Ticket', id: 'T-1', attributes: {} },
  },
  'cases/DENY/a-link-of-nobody.json': {
    ...pointsCase(1, ['guardrails/egress/where-strangers-send']),
    ...{ tool: 'helpdesk.add_comment', arguments: { ticket_id: 'T-1', body: 'see https://example.org/a' } },
    resource: { type: 'Ticket', id: 'T-1', attributes: {} },
  },
};

const GOOD = {
  'agents/desk.cedar': `${FEW}\n${MANY}`,
  'cases/ALLOW/few-points.json': pointsCase(100, ['agents/desk/few']),
  'cases/ASK/many-points.json': { ...pointsCase(101, ['agents/desk/many']), ...QUORUM },
  ...OF_GUARDRAILS,
};

async function tested(files: Readonly<Record<string, unknown>>, ...options: readonly string[]) {
  using folder = policyRoot(files);
  return await countersign(['policy', 'test', '--root', folder.root, ...options]);
}

test('the cases of the project hold, and every one of its policies has decided one', async () => {
  const { code, stdout } = await countersign(['policy', 'test', '--json']);
  const { passed, failed, uncovered } = JSON.parse(stdout);
  assert.deepEqual([code, passed, failed, uncovered], [0, true, [], []]);
});

test('cases that hold, of policies that all decided one, end with exit code 0 and say how many', async () => {
  const { code, stdout } = await tested(GOOD);
  assert.equal(code, 0);
  assert.match(stdout, /^1 of 1 ALLOW, 4 of 4 DENY, 1 of 1 ASK cases hold; 6 of 6 policies decided one\n$/);
});

test('a case that is decided otherwise fails with its claim, what was expected, what was got, and the reasons', async () => {
  const { code, stdout } = await tested({
    ...GOOD,
    'cases/ALLOW/many-points-are-fine.json': pointsCase(101, ['agents/desk/few']),
    'cases/ALLOW/stopped-is-fine.json': { ...pointsCase(1, ['agents/desk/few']), mode: 'stopped' },
  });
  assert.equal(code, 1);
  assert.match(
    stdout,
    /failed {2}ALLOW: many points are fine {2}\(.*cases\/ALLOW\/many-points-are-fine\.json\)/,
  );
  assert.match(stdout, /decision: expected allow, got needs_approval/);
  assert.match(stdout, /policies: expected agents\/desk\/few, got agents\/desk\/many/);
  assert.match(stdout, /quorum: expected none, got 1 support_manager/);
  assert.match(stdout, /because the workflow is stopped/);
});

test('the right decision by another policy fails', async () => {
  const wrong = { 'cases/ALLOW/few-points.json': pointsCase(100, ['agents/desk/many']) };
  const { code, stdout } = await tested({ ...GOOD, ...wrong }, '--json');
  const { failed } = JSON.parse(stdout);
  assert.equal(code, 1);
  assert.deepEqual(failed[0].differences, ['policies: expected agents/desk/many, got agents/desk/few']);
});

test('a policy that decided no case is listed with file and line, and fails', async () => {
  const { 'cases/ASK/many-points.json': _, ...without } = GOOD;
  const { code, stdout } = await tested(without);
  assert.equal(code, 1);
  assert.match(stdout, /untested {2}.*agents\/desk\.cedar:9: agents\/desk\/many decided no case/);
  assert.equal((await tested(without, '--allow-uncovered')).code, 0);
});

test('a case that nothing can decide fails and says why', async () => {
  const unknown = { 'cases/ALLOW/x.json': { ...pointsCase(1, []), tool: 'loyalty.burn' } };
  const unfit = { 'cases/ALLOW/x.json': pointsCase(0, []) };
  const stranger = { 'cases/ALLOW/x.json': { ...pointsCase(1, []), facts: {}, approvals: { nobody: 1 } } };
  for (const [files, why] of [
    [unknown, /cannot be decided: tool 'loyalty\.burn' is not registered/],
    [unfit, /cannot be decided: points: /],
    [stranger, /cannot be decided: request does not fit the schema: .*nobody/],
  ] as const) {
    const { code, stdout } = await tested({ ...GOOD, ...files });
    assert.equal(code, 1);
    assert.match(stdout, why);
  }
});

test('policies that do not build are exit code 2 with every problem', async () => {
  const files = {
    ...GOOD,
    'agents/desk.cedar': `${FEW.replace('points <=', 'pionts <=')}${MANY.replace('support_manager >=', 'boss >=')}`,
  };
  await assert.rejects(tested(files), ({ exitCode, code, fields }) => {
    assert.deepEqual([exitCode, code], [2, 'invalid_policies']);
    assert.deepEqual(
      fields.map(({ field }: { field: string }) => field),
      ['agents/desk.cedar:7', 'agents/desk.cedar:16', 'agents/desk.cedar:8'],
    );
    return true;
  });
});

test('files that hold no case are exit code 2, all of them', async () => {
  const files = {
    ...GOOD,
    'cases/ALLOW/a.json': '{',
    'cases/DENY/b.json': { ...pointsCase(1, []), mode: 'wild', extra: 1 },
  };
  await assert.rejects(tested(files), ({ exitCode, fields }) => {
    const named = fields.map(({ field }: { field: string }) => field);
    assert.deepEqual(
      [exitCode, named],
      [2, ['cases/ALLOW/a.json', 'cases/DENY/b.json', 'cases/DENY/b.json']],
    );
    return true;
  });
});

test('a root that is no folder is exit code 2', async () => {
  await assert.rejects(countersign(['policy', 'test', '--root', join(POLICIES, 'nowhere')]), {
    exitCode: 2,
    message: /nowhere cannot be read: .*expected a folder of policies/,
  });
});

test('the JUnit file has each case and each policy, with what failed', async () => {
  using folder = policyRoot({
    ...GOOD,
    'cases/ALLOW/a-"quoted"-<claim>-&-more.json': pointsCase(101, ['agents/desk/few']),
  });
  const file = join(folder.project, 'reports', 'junit.xml');
  const { code } = await countersign(['policy', 'test', '--root', folder.root, '--junit', file]);
  assert.equal(code, 1);
  const [suites] = parseXml(readFileSync(file, 'utf8'));
  assert.deepEqual(
    suites?.children.map(({ attributes: { name, tests, failures } }) => [name, tests, failures]),
    [
      ['ALLOW', '2', '1'],
      ['DENY', '4', '0'],
      ['ASK', '1', '0'],
      ['coverage', '6', '0'],
    ],
  );
  const cases = suites?.children.flatMap(({ children }) => children) ?? [];
  const failed = cases.filter(({ children }) => children.length > 0);
  assert.deepEqual(
    failed.map(({ attributes }) => attributes.name),
    ['a "quoted" <claim> & more'],
  );
  assert.match(
    failed[0]?.children[0]?.text ?? '',
    /decision: expected allow, got needs_approval\npolicies: /,
  );
});

test('an untested policy fails the coverage of the JUnit file, unless that is allowed', async () => {
  const { 'cases/ASK/many-points.json': _, ...without } = GOOD;
  for (const [options, tags] of [
    [[], ['failure']],
    [['--allow-uncovered'], ['skipped']],
  ] as const) {
    using folder = policyRoot(without);
    const file = join(folder.project, 'junit.xml');
    await countersign(['policy', 'test', '--root', folder.root, '--junit', file, ...options]);
    const coverage = parseXml(readFileSync(file, 'utf8'))[0]?.children.at(-1);
    const many = coverage?.children.find(({ attributes }) => attributes.name === 'agents/desk/many');
    assert.deepEqual(
      many?.children.map(({ tag }) => tag),
      tags,
    );
  }
});

test('whatever a claim holds, the XML holds it or says that it cannot', () => {
  const claim = `a&b<c>"d"'e'\n\t\u0000\u001b\ud800\ufffe é😀`;
  const xml = junitXml(
    [{ folder: 'ALLOW', claim, file: 'x', case: pointsCase(1, []) as never, differences: [claim] }],
    { policies: [], uncovered: [], allowed: false },
  );
  const found = parseXml(xml)[0]?.children[0]?.children[0];
  assert.equal(found?.attributes.name, `a&b<c>"d"'e'\n\t\ufffd\ufffd\ufffd\ufffd é😀`);
  assert.equal(xmlText(']]>'), ']]&gt;');
});
