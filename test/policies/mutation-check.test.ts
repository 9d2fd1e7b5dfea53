import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type PolicyJson, policyToJson, policyToText } from '@cedar-policy/cedar-wasm/nodejs';
import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import type { PolicyCase } from '../../domain/policy/case.ts';
import { decide } from '../../domain/policy/decide.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { scopeOf } from '../../infra/policy/policy-scope.ts';
import { bundle } from '../support/bundle.ts';
import { replacing } from '../support/mutation/mutant-engines.ts';
import { type ExpectedDecision, mutationCheck } from '../support/mutation/mutation-check.ts';
import { policyMutants } from '../support/mutation/policy-mutants.ts';
import { vocabularyOf } from '../support/mutation/vocabulary.ts';
import { policyCases, requestOf } from '../support/policy-cases.ts';

const VOCABULARY = vocabularyOf(bundle.schema);
const WORDS = {
  approverRoles: ['support_manager', 'auditor'],
  groupsOf: (action: string) => VOCABULARY.slices.actionsAbove(action).filter((name) => name !== action),
};

function jsonOf(text: string): PolicyJson {
  const answer = policyToJson(text);
  assert.ok(answer.type === 'success', text);
  return answer.json;
}

function bundled(id: string, text: string): BundledPolicy {
  const { effect, annotations = {}, ...head } = jsonOf(text);
  return { id, text, effect, annotations, scope: scopeOf(head), reads: [], file: 'points.cedar', line: 7 };
}

/** What is done to conditions. */
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  'context.a && context.b && !context.c': [
    'removed: context.a && context.b',
    'removed: !context.c',
    'removed: context.a',
    'removed: context.b',
    'no longer negated: !context.c',
  ],
  'context.a || context.b': ['removed: context.a', 'removed: context.b'],
  'if context.a then context.b else context.c': [
    'always the first branch: if context.a then context.b else context.c',
    'always the second branch: if context.a then context.b else context.c',
  ],
  'context.n < 5': ["'<=' in place of '<': context.n < 5", '6 instead of: 5', '4 instead of: 5'],
  'context.n >= 5': ["'>' in place of '>=': context.n >= 5", '6 instead of: 5', '4 instead of: 5'],
  'context.s == "x"': [`'!=' in place of '==': context.s == "x"`],
  'context.d.lessThan(decimal("0.7"))': [
    `'lessThanOrEqual' in place of 'lessThan': context.d.lessThan(decimal("0.7"))`,
    '0.7001 instead of: decimal("0.7")',
    '0.6999 instead of: decimal("0.7")',
  ],
  '["a", "b"].contains(context.s)': ['an element dropped: ["a", "b"]', 'an element dropped: ["a", "b"]'],
  'context.roles.containsAny(["a"])': [
    `'containsAll' in place of 'containsAny': context.roles.containsAny(["a"])`,
    'an element dropped: ["a"]',
  ],
  'context.s like "*@x.com"': ['a wildcard dropped: context.s like "*@x.com"'],
  'context.flag == true': ["'!=' in place of '==': context.flag == true", 'false instead of: true'],
};

suite('of conditions', () => {
  for (const [condition, changes] of Object.entries(EXPRESSIONS)) {
    for (const kind of ['when', 'unless']) {
      test(`every part of ${kind} { ${condition} } is changed, and the whole of it`, () => {
        const json = jsonOf(`permit (principal, action, resource) ${kind} { ${condition} };`);
        const [whole, all, ...others] = policyMutants(json, WORDS).map(({ change }) => change());
        assert.equal(whole, 'the whole policy removed');
        assert.match(all ?? '', new RegExp(`^removed: ${kind} \\{`));
        assert.deepEqual(others, changes);
      });
    }
  }
});

/** What is done to heads and annotations, beside removing the policy. */
const HEADS: Readonly<Record<string, readonly string[]>> = {
  'permit (principal == Agent::"a", action, resource);': [
    'removed: the constraint of principal {"op":"==","entity":{"type":"Agent","id":"a"}}',
  ],
  'permit (principal, action, resource is Order in Folder::"f");': [
    'removed: the constraint of resource {"op":"is","entity_type":"Order","in":{"entity":{"type":"Folder","id":"f"}}}',
    'only the type kept of the constraint of resource {"op":"is","entity_type":"Order","in":{"entity":{"type":"Folder","id":"f"}}}',
    'the type dropped from the constraint of resource {"op":"is","entity_type":"Order","in":{"entity":{"type":"Folder","id":"f"}}}',
  ],
  'permit (principal, action == Action::"loyalty.add_points", resource);': [
    'removed: the constraint of action to loyalty.add_points',
    "actions of the group 'write' added",
    "actions of the group 'tier1' added",
    "actions of the group 'money' added",
  ],
  'permit (principal, action in [Action::"loyalty.get_points", Action::"stock.check_stock"], resource);': [
    'removed: the constraint of action to loyalty.get_points, stock.check_stock',
    'action loyalty.get_points dropped',
    'action stock.check_stock dropped',
    "actions of the group 'read' added",
    "actions of the group 'tier0' added",
  ],
  '@approvers("support_manager") @quorum("2") permit (principal, action, resource);': [
    'removed: @approvers("support_manager")',
    '@quorum("3") instead of "2"',
    '@quorum("1") instead of "2"',
    '@approvers("auditor") instead of "support_manager"',
  ],
};

suite('of heads and approvals', () => {
  for (const [text, changes] of Object.entries(HEADS)) {
    test(`every part of ${text} is changed`, () => {
      const [, ...others] = policyMutants(jsonOf(text), WORDS).map(({ change }) => change());
      assert.deepEqual(others.sort(), [...changes].sort());
    });
  }
});

const POINTS = bundled(
  'points',
  `permit (principal == Agent::"store-operator", action == Action::"loyalty.add_points", resource)
   when { context.user.roles.contains("store_staff") && context.arguments.points <= 500 };`,
);
const STOPPED = bundled(
  'stopped',
  'forbid (principal, action, resource) when { context.mode == "stopped" };',
);

const ADDING: PolicyCase = {
  ...{ agent: 'store-operator', workflow: 'store-operations', tenant: 'default', mode: 'autonomous' },
  user: { id: 'ines', roles: ['store_staff'] },
  tool: 'loyalty.add_points',
  arguments: { member_id: 'm', points: 500, reason: 'goodwill' },
  resource: { type: 'Member', id: 'm', attributes: {} },
  policies: ['points'],
};
const CHECKING: PolicyCase = {
  ...{ ...ADDING, tool: 'stock.check_stock', arguments: { product_id: 'p' }, policies: [] },
  resource: { type: 'StockItem', id: 'p', attributes: {} },
};
const RESERVING: PolicyCase = {
  ...{ ...CHECKING, tool: 'stock.reserve_stock', arguments: { product_id: 'p', quantity: 1 } },
};

function expected(kind: ExpectedDecision['kind'], it: PolicyCase): ExpectedDecision {
  return { request: requestOf(it, bundle), kind, policies: it.policies ?? [] };
}

/** They cover everything that the two policies say. */
const COMPLETE: Readonly<Record<string, ExpectedDecision>> = {
  'the largest number': expected('allow', ADDING),
  'one more': expected('deny', {
    ...ADDING,
    arguments: { ...ADDING.arguments, points: 501 },
    policies: [],
  }),
  'another agent': expected('deny', { ...ADDING, agent: 'retail-support', policies: [] }),
  'a customer': expected('deny', { ...ADDING, user: { id: 'lena', roles: ['customer'] }, policies: [] }),
  'another tool': expected('deny', RESERVING),
  'when stopped': expected('deny', { ...ADDING, mode: 'stopped', policies: ['stopped'] }),
};

const TWO = { ...bundle, policies: [POINTS, STOPPED] };
const survivors = (cases: readonly ExpectedDecision[], { policies } = TWO) => {
  const check = mutationCheck({ ...bundle, policies }, cases);
  return policies.flatMap((policy) => check(policy).survivors);
};
const without = (claim: string) =>
  Object.entries(COMPLETE).flatMap(([each, it]) => (each === claim ? [] : [it]));

/** What is reported when a case is not there. */
const REPORTED: Readonly<Record<string, readonly string[]>> = {
  'one more': [
    'points.cedar:7: points: no case notices "removed: context.arguments.points <= 500", write one in policies/cases/ DENY (or ASK): a call that only this keeps from being allowed',
    'points.cedar:7: points: no case notices "501 instead of: 500", write one in policies/cases/ ALLOW, DENY or ASK: calls at both sides of this',
  ],
  'another agent': [
    'points.cedar:7: points: no case notices "removed: the constraint of principal {"op":"==","entity":{"type":"Agent","id":"store-operator"}}", write one in policies/cases/ DENY (or ASK): a call that only this keeps from being allowed',
  ],
  'a customer': [
    'points.cedar:7: points: no case notices "removed: context.user.roles.contains("store_staff")", write one in policies/cases/ DENY (or ASK): a call that only this keeps from being allowed',
  ],
  'when stopped': [
    'points.cedar:7: stopped: no case notices "the whole policy removed", write one in policies/cases/ DENY: a call that is forbidden because of this',
  ],
};

suite('the check fails', () => {
  test('for nothing, when cases cover everything', () => {
    assert.deepEqual(survivors(Object.values(COMPLETE)), []);
  });

  for (const [claim, reported] of Object.entries(REPORTED)) {
    test(`for exactly what is not covered without the case '${claim}'`, () => {
      assert.deepEqual(survivors(without(claim)), reported);
    });
  }

  test('when a case is not decided as expected before anything is changed', () => {
    assert.throws(
      () => survivors([expected('deny', ADDING)]),
      /^Error: a case is not decided as expected to begin with/,
    );
  });

  test('for a quorum that no case asks for, and not once one does', () => {
    const asking = bundled(
      'points',
      `@approvers("support_manager") @quorum("2")
       permit (principal, action == Action::"loyalty.add_points", resource)
       when { context.approvals.support_manager >= 2 };`,
    );
    const asked = (people: number): ExpectedDecision => ({
      ...expected('needs_approval', ADDING),
      quorum: { approverRole: 'support_manager', people },
    });
    const approved = expected('allow', { ...ADDING, approvals: { support_manager: 2 } });
    const only = { ...bundle, policies: [asking] };
    const quorums = (cases: readonly ExpectedDecision[]) =>
      survivors(cases, only).filter((survivor) => survivor.includes('@'));
    // the quorum one up, one down and gone, and every other role
    assert.equal(quorums([approved]).length, 3 + bundle.directory.approver_roles.length - 1);
    assert.deepEqual(quorums([approved, asked(2)]), []);
    assert.throws(() => quorums([approved, asked(1)]), /to begin with/);
  });
});

test('mutants that the build would refuse, and those that say the same, are counted apart', () => {
  const policy = bundled(
    'points',
    '@approvers("support_manager") permit (principal is Agent, action == Action::"loyalty.add_points", resource) when { context.arguments.points <= 500 && context.approvals.support_manager >= 1 };',
  );
  const { invalid, equivalent } = mutationCheck({ ...bundle, policies: [policy] }, [])(policy);
  // over every tool, over writes, tier 1 and money there are no points; of agents there is one type
  assert.deepEqual({ invalid, equivalent }, { invalid: 4, equivalent: 1 });
});

test('mutants that no case can notice are counted apart, and not taken for survivors', () => {
  const head = '(principal == Agent::"store-operator", action == Action::"loyalty.add_points", resource)';
  const approved = 'context.approvals.support_manager >= 1';
  const permitted = bundled('permitted', `permit ${head} when { ${approved} };`);
  const waiting = bundled('waiting', `forbid ${head} unless { ${approved} };`);
  const check = (policies: readonly BundledPolicy[]) => mutationCheck({ ...bundle, policies }, [])(permitted);
  const [alone, together] = [check([permitted]), check([permitted, waiting])];
  assert.deepEqual([alone.unreachable, together.unreachable], [0, 2]);
  assert.equal(together.survivors.length, alone.survivors.length - 2);
});

test('a mutant among the others decides every case as it does when it is deployed', () => {
  const requests = (['ALLOW', 'DENY', 'ASK'] as const).flatMap((folder) =>
    [...policyCases(folder).values()].map((it) => requestOf(it, bundle)),
  );
  const deployedWords = { ...WORDS, approverRoles: bundle.directory.approver_roles };
  const tried = ['guardrails/mode/read-only', 'agents/helpdesk-triage/answer-customers'];
  for (const policy of bundle.policies.filter(({ id }) => tried.includes(id))) {
    for (const { json, change } of policyMutants(jsonOf(policy.text), deployedWords)) {
      const text = json && policyToText(json);
      assert.ok(text?.type !== 'failure');
      const mutant = text === undefined ? [] : [bundled(policy.id, text.text)];
      const policies = [...bundle.policies.filter((each) => each !== policy), ...mutant];
      const deployed = cedarEngine({ ...bundle, policies });
      const among = replacing(policy, new Map([['m', json]]), bundle)('m');
      for (const request of requests) {
        const [{ kind, quorum, policies: deciding }, expectation] = [
          decide(among, request),
          decide(deployed, request),
        ];
        assert.deepEqual(
          [kind, deciding, quorum],
          [expectation.kind, expectation.policies, expectation.quorum],
          change(),
        );
      }
    }
  }
});

test('a mutant that fails to evaluate is noticed, and keeps none of the others from being tried', () => {
  const overflowing = bundled(
    'points',
    `permit (principal == Agent::"store-operator", action == Action::"loyalty.add_points", resource)
     when { context.user.roles.contains("store_staff") && context.arguments.points + 9223372036854770000 < 9223372036854775000 };`,
  );
  const check = mutationCheck({ ...bundle, policies: [overflowing] }, [expected('allow', ADDING)]);
  const { survivors, killed } = check(overflowing);
  assert.ok(killed > 0 && survivors.some((each) => each.includes('roles')), survivors.join('\n'));
});
