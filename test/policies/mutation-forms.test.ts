import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type PolicyJson, policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { bundle } from '../support/bundle.ts';
import { isUnreachable } from '../support/mutation/unreachable.ts';
import { normalForm, vocabularyOf } from '../support/mutation/vocabulary.ts';

const VOCABULARY = vocabularyOf(bundle.schema);

function jsonOf(text: string): PolicyJson {
  const answer = policyToJson(text);
  assert.ok(answer.type === 'success', text);
  return answer.json;
}

/** A policy of the refund desk over one condition. */
function desk(condition: string, tools = ['desk.issue_refund']): string {
  const actions = tools.map((tool) => `Action::"${tool}"`).join(', ');
  return `permit (principal, action in [${actions}], resource) when { ${condition} };`;
}
const AMOUNT = (bound: string, tools?: string[]) => desk(`context.arguments.amount_usd.${bound}`, tools);
const RISK = (bound: string) => desk(`context.facts.fraudRiskScore.${bound}`);
const ROLES = (asked: string) => desk(`context.user.roles.${asked}`);

/** Each pair means the same by its text. */
const SAME: Readonly<Record<string, readonly [left: string, right: string]>> = {
  'all of one is any of one': [ROLES('containsAll(["a"])'), ROLES('containsAny(["a"])')],
  'a group of one tool is that tool': [
    'forbid (principal, action == Action::"ops.deploy_service", resource);',
    'forbid (principal, action in [Action::"deploy"], resource);',
  ],
  'no amount lies between two cents, at most': [
    AMOUNT('lessThanOrEqual(decimal("100.0099"))'),
    AMOUNT('lessThanOrEqual(decimal("100.0"))'),
  ],
  'no amount lies between two cents, below': [
    AMOUNT('lessThan(decimal("99.9901"))'),
    AMOUNT('lessThan(decimal("100.0"))'),
  ],
  'no amount lies between two cents, above': [
    AMOUNT('greaterThan(decimal("100.0099"))'),
    AMOUNT('greaterThan(decimal("100.0"))'),
  ],
  'no amount lies between two cents, at least': [
    AMOUNT('greaterThanOrEqual(decimal("99.9901"))'),
    AMOUNT('greaterThanOrEqual(decimal("100.0"))'),
  ],
};

const DIFFERENT: Readonly<Record<string, readonly [left: string, right: string]>> = {
  'all of two is not any of two': [ROLES('containsAll(["a", "b"])'), ROLES('containsAny(["a", "b"])')],
  'a group of more tools is not one of them': [
    'forbid (principal, action == Action::"ops.deploy_service", resource);',
    'forbid (principal, action in [Action::"tier3"], resource);',
  ],
  'exactly 100 dollars lie below 100.0001': [
    AMOUNT('lessThan(decimal("100.0001"))'),
    AMOUNT('lessThan(decimal("100.0"))'),
  ],
  'exactly 100 dollars lie above 99.9999': [
    AMOUNT('lessThanOrEqual(decimal("99.9999"))'),
    AMOUNT('lessThanOrEqual(decimal("100.0"))'),
  ],
  'one cent more is another bound': [
    AMOUNT('lessThanOrEqual(decimal("100.01"))'),
    AMOUNT('lessThanOrEqual(decimal("100.0"))'),
  ],
  'one of the tools has no such amount': [
    AMOUNT('lessThanOrEqual(decimal("100.0001"))', ['desk.issue_refund', 'desk.send_reply']),
    AMOUNT('lessThanOrEqual(decimal("100.0"))', ['desk.issue_refund', 'desk.send_reply']),
  ],
  'a fact that is no amount has values between cents': [
    RISK('lessThanOrEqual(decimal("0.7001"))'),
    RISK('lessThanOrEqual(decimal("0.7"))'),
  ],
};

suite('the form of policies', () => {
  for (const [claim, [left, right]] of Object.entries(SAME)) {
    test(`is one where ${claim}`, () => {
      assert.equal(normalForm(jsonOf(left), VOCABULARY), normalForm(jsonOf(right), VOCABULARY));
    });
  }
  for (const [claim, [left, right]] of Object.entries(DIFFERENT)) {
    test(`is not one where ${claim}`, () => {
      assert.notEqual(normalForm(jsonOf(left), VOCABULARY), normalForm(jsonOf(right), VOCABULARY));
    });
  }
});

const OWNED = (actions: string, condition = 'resource has owner && !context.facts.isPaidOnce') =>
  `forbid (principal == Agent::"a", action in [${actions}], resource) when { ${condition} };`;
const PAYMENT = 'Action::"retail.modify_pending_order_payment"';
const REPLY = 'Action::"desk.send_reply"';
const HELPDESK = 'Action::"helpdesk.add_comment"';

const APPROVED = 'context.approvals.support_manager >= 1';
const LARGE = 'context.arguments.amount_usd.greaterThan(decimal("100.0"))';
const HEAD = '(principal == Agent::"a", action == Action::"desk.issue_refund", resource)';
const WAITING = `permit ${HEAD} when { ${LARGE} && ${APPROVED} };`;
const NOT_WAITING = `permit ${HEAD} when { ${LARGE} };`;
const REFUSED = `forbid ${HEAD} when { ${LARGE} } unless { ${APPROVED} };`;

/** A change of a policy beside others. */
interface Change {
  readonly from: string;
  readonly to: string;
  readonly beside?: readonly string[];
}

/** What no request can tell apart. */
const UNREACHABLE: Readonly<Record<string, Change>> = {
  'tools are added on whose resources the condition never holds': {
    from: OWNED(PAYMENT, 'resource has owner'),
    to: OWNED(`${PAYMENT}, ${REPLY}, ${HELPDESK}`, 'resource has owner'),
  },
  'a permit asks for no approval, and a forbid does': {
    ...{ from: WAITING, to: NOT_WAITING, beside: [REFUSED] },
  },
  'a permit asks for fewer approvals, and a forbid does not': {
    from: WAITING,
    to: WAITING.replace('>= 1', '>= 0'),
    beside: [REFUSED],
  },
  'the forbid holds for more than the permit': {
    from: WAITING,
    to: NOT_WAITING,
    beside: [`forbid (principal, action, resource) unless { ${APPROVED} };`],
  },
};

/** What some request tells apart: a case can be written, and has to be. */
const REACHABLE: Readonly<Record<string, Change>> = {
  'one of the tools that are added has such resources': {
    from: OWNED(PAYMENT, 'resource has owner'),
    to: OWNED(`${PAYMENT}, ${REPLY}, Action::"retail.cancel_pending_order"`, 'resource has owner'),
  },
  'another condition is lost with it': {
    from: OWNED(PAYMENT),
    to: OWNED(`${PAYMENT}, ${REPLY}`, 'resource has owner'),
  },
  'a tool is lost while one is added': {
    from: OWNED(`${PAYMENT}, Action::"retail.cancel_pending_order"`, 'resource has owner'),
    to: OWNED(`${PAYMENT}, ${REPLY}`, 'resource has owner'),
  },
  'a forbid is widened to agents that nothing permits: they are given its reason': {
    from: REFUSED,
    to: REFUSED.replace('principal == Agent::"a"', 'principal'),
  },
  'no forbid is beside it': { from: WAITING, to: NOT_WAITING },
  'the forbid is over another agent': {
    ...{ from: WAITING, to: NOT_WAITING, beside: [REFUSED.replace('"a"', '"b"')] },
  },
  'the forbid is over another tool': {
    ...{ from: WAITING, to: NOT_WAITING, beside: [REFUSED.replace('issue_refund', 'send_reply')] },
  },
  'the forbid holds for less than the permit': {
    from: WAITING,
    to: NOT_WAITING,
    beside: [`forbid ${HEAD} when { ${LARGE} && resource.exists } unless { ${APPROVED} };`],
  },
  'the forbid waits for another role': {
    from: WAITING,
    to: NOT_WAITING,
    beside: [REFUSED.replace('support_manager', 'FinanceAdmin')],
  },
  'the policy beside it permits': {
    from: WAITING,
    to: NOT_WAITING,
    beside: [`permit ${HEAD} when { ${LARGE} } unless { ${APPROVED} };`],
  },
  'it asks for more approvals': {
    ...{ from: WAITING, to: WAITING.replace('>= 1', '>= 2'), beside: [REFUSED] },
  },
  'it asks another role': {
    from: WAITING,
    to: WAITING.replace('support_manager >= 1', 'FinanceAdmin >= 0'),
    beside: [REFUSED],
  },
  'it loses what the forbid asks for too': {
    ...{ from: WAITING, to: `permit ${HEAD} when { ${APPROVED} };`, beside: [REFUSED] },
  },
  'it loses another condition too': {
    from: WAITING,
    to: `permit ${HEAD};`,
    beside: [`forbid ${HEAD} unless { ${LARGE} };`],
  },
  'a condition comes with fewer approvals': {
    from: WAITING,
    to: WAITING.replace('>= 1', '>= 0 && context.approvals.FinanceAdmin >= 1'),
    beside: [REFUSED],
  },
  'a condition is added': { ...{ from: NOT_WAITING, to: WAITING, beside: [REFUSED] } },
  'it loses both conditions': { ...{ from: WAITING, to: `permit ${HEAD};`, beside: [REFUSED] } },
  'it is for every agent at once': {
    from: WAITING,
    to: NOT_WAITING.replace('principal == Agent::"a"', 'principal'),
    beside: [REFUSED],
  },
  'a forbid loses a condition': {
    from: WAITING.replace('permit', 'forbid'),
    to: NOT_WAITING.replace('permit', 'forbid'),
    beside: [REFUSED],
  },
};

function isNoDifference({ from, to, beside = [] }: Change): boolean {
  const set = { schema: bundle.schema, vocabulary: VOCABULARY, others: beside.map(jsonOf) };
  return isUnreachable(jsonOf(from), jsonOf(to), set);
}

suite('a change', () => {
  for (const [claim, change] of Object.entries(UNREACHABLE)) {
    test(`is unreachable where ${claim}`, () => {
      assert.equal(isNoDifference(change), true);
    });
  }
  for (const [claim, change] of Object.entries(REACHABLE)) {
    test(`is not unreachable where ${claim}`, () => {
      assert.equal(isNoDifference(change), false);
    });
  }
  test('is not unreachable where the whole policy is removed', () => {
    const set = { schema: bundle.schema, vocabulary: VOCABULARY, others: [] };
    assert.equal(isUnreachable(jsonOf(WAITING), undefined, set), false);
  });
});
