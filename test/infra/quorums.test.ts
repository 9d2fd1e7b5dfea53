import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { PolicyFilesInvalid } from '../../infra/policy/documents.ts';
import { envelope, permit, policyRoot } from '../support/policy-folder.ts';

const DIRECTORY = { version: 1, approver_roles: ['support_manager', 'auditor'], people: [] };

/** What is wrong with a folder of policies; nothing when it builds. */
function problemsOf(files: Readonly<Record<string, unknown>>): readonly string[] {
  const breakGlass = { ...DIRECTORY, approver_roles: [...DIRECTORY.approver_roles, 'incident_commander'] };
  using folder = policyRoot({ 'directory.yaml': breakGlass, ...files });
  try {
    buildPolicyBundle(folder.root, NAMESPACES);
    return [];
  } catch (error) {
    assert.ok(error instanceof PolicyFilesInvalid, `${error}`);
    return error.problems;
  }
}

/** Of tiers 1 and 3. */
const [POINTS, CANCEL] = ['loyalty.add_points', 'retail.cancel_pending_order'];

function asked(tool: string, quorum: number, condition: string, role = 'support_manager'): string {
  return permit('asked', tool, condition, `@approvers("${role}")\n@quorum("${quorum}")\n`);
}

function problemsOfPolicy(text: string, more: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return problemsOf({ 'agents/desk.cedar': text, ...more });
}

describe('a policy with @approvers', () => {
  test('takes two people for tier 3, unless the directory says otherwise', () => {
    const one = asked(CANCEL, 1, 'context.approvals.support_manager >= 1');
    const [problem, ...others] = problemsOfPolicy(one);
    assert.match(
      problem ?? '',
      /^agents\/desk\.cedar:1: @quorum\("1"\), and the policy can match 'retail\.cancel_pending_order' of tier 3, which takes 2 people .*; raise it and its condition to 2/,
    );
    assert.deepEqual(others, []);
    const allowing = { 'directory.yaml': { ...DIRECTORY, minimum_quorum: { 3: 1 } } };
    assert.deepEqual(problemsOfPolicy(one, allowing), []);
    assert.deepEqual(problemsOfPolicy(asked(CANCEL, 2, 'context.approvals.support_manager >= 2')), []);
  });

  test('takes one for tiers below, unless the directory says otherwise', () => {
    const one = asked(POINTS, 1, 'context.approvals.support_manager >= 1');
    assert.deepEqual(problemsOfPolicy(one), []);
    const strict = { 'directory.yaml': { ...DIRECTORY, minimum_quorum: { 1: 3 } } };
    assert.match(
      problemsOfPolicy(one, strict).join('\n'),
      /'loyalty\.add_points' of tier 1, which takes 3 people/,
    );
  });

  test('without @quorum counts as one', () => {
    const text = permit(
      'asked',
      CANCEL,
      'context.approvals.support_manager >= 1',
      '@approvers("support_manager")\n',
    );
    assert.match(problemsOfPolicy(text).join('\n'), /@quorum\("1"\), and the policy can match/);
  });

  test('is held to every tool that its group has and its agent may call', () => {
    const money = asked(CANCEL, 1, 'context.approvals.support_manager >= 1').replace(
      'action == Action::"retail.cancel_pending_order"',
      'action in [Action::"money"]',
    );
    assert.match(problemsOfPolicy(money).join('\n'), /can match 'retail\.cancel_pending_order' of tier 3/);
    const pointsOnly = { 'envelopes/desk.yaml': envelope({ tools: [POINTS] }) };
    assert.deepEqual(problemsOfPolicy(money, pointsOnly), []);
    const anybody = money.replace('principal == Agent::"desk"', 'principal');
    assert.match(problemsOfPolicy(anybody).join('\n'), /of tier 3/);
    const nobody = money.replace('Agent::"desk"', 'Agent::"gone"');
    assert.match(
      problemsOfPolicy(nobody, pointsOnly).join('\n'),
      /of tier 3/,
      'of an agent without envelope all',
    );
  });

  for (const condition of [
    'context.approvals.support_manager >= 2',
    'context.approvals.support_manager > 1',
    '2 <= context.approvals.support_manager',
    '1 < context.approvals.support_manager',
    '!(context.approvals.support_manager < 2)',
    'context.mode == "autonomous" && (context.approvals.support_manager >= 2 || context.approvals.auditor >= 1)',
  ]) {
    test(`of two agrees with ${condition}`, () => {
      assert.deepEqual(problemsOfPolicy(asked(POINTS, 2, condition)), []);
    });
  }

  for (const [condition, people] of [
    ['context.approvals.support_manager >= 1', 1],
    ['context.approvals.support_manager > 2', 3],
    ['1 <= context.approvals.support_manager', 1],
    ['context.arguments.points < 9 && context.approvals.support_manager >= 3', 3],
    ['context.approvals.support_manager >= 2 || context.approvals.support_manager == 1', 1],
  ] as const) {
    test(`of two disagrees with ${condition}`, () => {
      const [problem] = problemsOfPolicy(asked(POINTS, 2, condition));
      const said = `agents/desk.cedar:1: @quorum("2"), and the condition asks context.approvals.support_manager for ${people},`;
      assert.ok(problem?.startsWith(said), problem);
    });
  }

  for (const condition of ['context.approvals.auditor >= 2', 'context.arguments.points >= 2', undefined]) {
    test(`has to ask for them: ${condition ?? 'no condition'}`, () => {
      const text = permit('asked', POINTS, condition, '@approvers("support_manager")\n@quorum("2")\n');
      assert.match(
        problemsOfPolicy(text).join('\n'),
        /agents\/desk\.cedar:1: @approvers\("support_manager"\) without a condition/,
      );
    });
  }
});

/** An envelope whose writes all wait for people. */
function waiting(quorum?: number): string {
  const line = quorum === undefined ? '' : `  approval_quorum: ${quorum}\n`;
  return envelope().replace(
    'permissions:\n',
    `permissions:\n  write_actions_require_approval: true\n${line}`,
  );
}

describe('an envelope', () => {
  function quorums(quorum?: number, directory: object = DIRECTORY): Record<string, string | undefined> {
    using folder = policyRoot({
      'directory.yaml': { ...directory, approver_roles: [...DIRECTORY.approver_roles, 'incident_commander'] },
      'envelopes/desk.yaml': waiting(quorum),
    });
    const { policies } = buildPolicyBundle(folder.root, NAMESPACES);
    const asking = policies.filter(({ annotations }) => annotations.approvers !== undefined);
    for (const { text, annotations } of asking) {
      assert.ok(text.includes(`context.approvals.support_manager >= ${annotations.quorum}`), text);
    }
    return Object.fromEntries(
      asking.map(({ scope, annotations }) => [scope.actions?.[0], annotations.quorum]),
    );
  }

  test('that says nothing asks as many as the tier of each tool takes', () => {
    assert.deepEqual(quorums(), { [CANCEL]: '2', [POINTS]: '1' });
    assert.deepEqual(quorums(undefined, { ...DIRECTORY, minimum_quorum: { 1: 2, 3: 3 } }), {
      [CANCEL]: '3',
      [POINTS]: '2',
    });
  });

  test('that says more asks more', () => {
    assert.deepEqual(quorums(3), { [CANCEL]: '3', [POINTS]: '3' });
  });

  test('that says fewer than a tier takes does not build', () => {
    const [problem, ...others] = problemsOf({ 'envelopes/desk.yaml': waiting(1) });
    assert.match(
      problem ?? '',
      /^envelopes\/desk\.yaml:12: permissions\.approval_quorum: 1, and retail\.cancel_pending_order of tier 3 takes 2 people/,
    );
    assert.deepEqual(others, []);
  });

  test('that says fewer for tools that wait for nobody builds', () => {
    const text = waiting(1).replace(
      'write_actions_require_approval: true',
      'write_actions_require_approval: false',
    );
    assert.deepEqual(problemsOf({ 'envelopes/desk.yaml': text }), []);
  });
});
