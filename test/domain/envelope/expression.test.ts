import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExpression } from '../../../domain/envelope/expression/parse.ts';
import { ExpressionError } from '../../../domain/envelope/expression/syntax.ts';
import { policyRequest, type RequestParts } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { DESK } from '../../support/desk-tools.ts';
import { buildFiles, problemsOf } from '../../support/policy-root.ts';
import { seeded } from '../../support/random.ts';

const refund = DESK.tools[0] as (typeof DESK.tools)[number];

/** A call about which everything is known. */
const CALL: RequestParts = {
  agent: 'desk',
  workflow: 'desk',
  tenant: 'acme',
  user: { id: 'ann', roles: ['support_agent', 'staff'] },
  mode: 'autonomous',
  definition: refund,
  arguments: { ticket_id: 't1', amount_usd: 99.5, reason: 'late', copies: 2, in: true, to: { iban: 'DE1' } },
  facts: {
    resource: {
      type: 'Ticket',
      id: 't1',
      attributes: {
        exists: true,
        owner: 'ann',
        tags: ['refund_approved', 'vip'],
        openDays: 3,
        priority: 1.25,
      },
    },
    call: {
      customerTenureMonths: 12,
      fraudRiskScore: 0.25,
      lifetimeRefundsCents: 12_345,
      isVip: false,
      trustedAccounts: ['DE1', 'DE2'],
    },
  },
  approvals: { support_manager: 0, FinanceAdmin: 0 },
  history: { refunds: 2 },
  scores: { injection: 250 },
  // a Wednesday, 14:30 UTC
  at: '2026-01-07T14:30:00.000Z',
};

function envelopeOf(conditions: readonly string[]): string {
  const lines = conditions.map((text) => `        - ${JSON.stringify(text)}`).join('\n');
  return `policy:\n  tools:\n    - name: payments.refund\n      allow_if:\n${lines}\n`;
}

/** Whether a call is allowed under the compiled condition alone. */
function isAllowed(text: string, call: RequestParts = CALL): boolean {
  const { bundle } = buildFiles({ 'envelopes/desk.yaml': envelopeOf([text]) });
  return cedarEngine(bundle).evaluate(policyRequest(call)).allowed;
}

/** Each form, with one that holds for the call and one that does not. */
const FORMS: readonly (readonly [string, string])[] = [
  ['params.amount_usd <= 99.5', 'params.amount_usd <= 99.4999'],
  ['params.amount_usd < 100', 'params.amount_usd < 99.5'],
  ['params.amount_usd >= 99.5', 'params.amount_usd >= 99.6'],
  ['arguments.amount_usd > 99', 'arguments.amount_usd > 99.5'],
  ['params.amount_usd == 99.50', 'params.amount_usd == 99'],
  ['params.amount_usd != 99', 'params.amount_usd != 99.5'],
  ['params.amount_usd in [1, 99.5]', 'params.amount_usd in [1, 99.4]'],
  ['100 > params.amount_usd', '99 > params.amount_usd'],
  ['params.copies == 2', 'params.copies == 3'],
  ['params.copies in [1, 2]', 'params.copies in [1, 3]'],
  ['params.copies not in [1, 3]', 'params.copies not in [1, 2]'],
  ['params.copies > -1', 'params.copies < -1'],
  ['params.in', 'not params.in'],
  ['params.in == true', 'params.in == false'],
  ['params.to.iban == "DE1"', 'params.to.iban == "DE2"'],
  ["params.reason == 'late'", "params.reason != 'late'"],
  ['user.role in ["support_agent", "admin"]', 'user.role in ["admin"]'],
  ['user.role not in ["admin"]', 'user.role not in ["staff"]'],
  ['user.role == "staff"', 'user.role == "admin"'],
  ['user.role != "admin"', 'user.role != "staff"'],
  ['user.roles includes "staff"', 'user.roles includes "admin"'],
  ['user.id == "ann"', 'user.id == "bob"'],
  ['resource.owner == user.id', 'resource.owner != user.id'],
  ['ticket.tags includes "refund_approved"', 'ticket.tags includes "other"'],
  ['"vip" in ticket.tags', '"other" in ticket.tags'],
  ['"other" not in ticket.tags', '"vip" not in ticket.tags'],
  ['params.to.iban in facts.trusted_accounts', 'params.reason in facts.trusted_accounts'],
  ['ticket.exists', '!ticket.exists'],
  ['open_days <= 3', 'open_days < 3'],
  ['ticket.priority >= 1.25', 'ticket.priority > 1.25'],
  ['customer_tenure_months >= 12', 'customer_tenure_months < 12'],
  ['customerTenureMonths == 12', 'customerTenureMonths == 13'],
  ['fraud_risk_score < 0.7', 'fraud_risk_score > 0.25'],
  ['lifetime_refunds_usd < 123.46', 'lifetime_refunds_usd < 123.45'],
  ['not is_vip', 'is_vip'],
  ['facts.is_vip == false', 'facts.is_vip == true'],
  ['history.refunds < 3', 'history.refunds < 2'],
  ['scores.injection < 0.8', 'scores.injection < 0.25'],
  ['time.hour >= 14 and time.weekday == 3', 'time.hour < 14'],
  ['mode == "autonomous"', 'mode == "read_only"'],
  ['tenant == "acme"', 'tenant == "other"'],
  ['workflow == "desk"', 'workflow == "other"'],
  ['is_vip or params.copies == 2', 'is_vip or params.copies == 3'],
  ['is_vip || ticket.exists and params.copies == 2', '(is_vip || ticket.exists) and params.copies == 3'],
  ['not (is_vip and ticket.exists)', 'not (is_vip or ticket.exists)'],
  ['not not ticket.exists && mode == "autonomous"', 'not not is_vip'],
];

for (const [holds, fails] of FORMS) {
  test(`${holds} allows, ${fails} denies`, () => {
    assert.equal(isAllowed(holds), true, holds);
    assert.equal(isAllowed(fails), false, fails);
  });
}

test('a value that is missing allows nothing, neither by what is said nor by its opposite', () => {
  const { reason: _reason, copies: _copies, to: _to, ...given } = CALL.arguments;
  const bare: RequestParts = {
    ...CALL,
    arguments: given,
    facts: {
      resource: { type: 'Ticket', id: 't1', attributes: { exists: true } },
      call: { isVip: false, trustedAccounts: [] },
    },
  };
  for (const about of [
    'params.copies < 9',
    'params.reason == "late"',
    'params.to.iban == "DE1"',
    'ticket.tags includes "vip"',
    'ticket.owner in ["ann"]',
    'params.copies == params.copies',
    'ticket.exists and customer_tenure_months >= 0',
    'is_vip or fraud_risk_score < 1',
  ]) {
    assert.equal(isAllowed(about, bare), false, about);
    assert.equal(isAllowed(`not (${about})`, bare), false, `not (${about})`);
  }
  assert.equal(isAllowed('ticket.exists or customer_tenure_months >= 0', bare), true);
});

/** Expression, column, and what is said about it. */
const ERRORS: readonly (readonly [string, number, RegExp])[] = [
  ['params.amout_usd <= 100', 1, /'amout_usd' is no argument of payments\.refund.*did you mean 'amount_usd'/],
  ['ticket.tag includes "x"', 1, /'tag' is no attribute of Ticket.*did you mean 'tags'/],
  ['ticket.exists and customer_tenure_month < 3', 19, /did you mean 'customerTenureMonths'/],
  [
    'amount_usd <= 100',
    1,
    /no fact of payments\.refund and no attribute of Ticket, an argument is written params\.amount_usd/,
  ],
  ['history.refund < 3', 1, /'refund' is no counter of policies\/history\.yaml.*did you mean 'refunds'/],
  ['user.rol == "x"', 1, /expected user\.role, user\.roles or user\.id/],
  ['params.amount_usd <= "100"', 22, /"100": expected a number/],
  ['params.amount_usd <= 1.23456', 22, /at most four decimal places/],
  ['params.copies <= 1.5', 18, /expected a whole number/],
  ['params.reason == 5', 18, /expected a text, "5"/],
  ['params.reason < "x"', 15, /'<' with a text/],
  ['params.reason', 1, /is a text, expected a comparison/],
  ['ticket.tags == "x"', 1, /a list, expected includes/],
  ['ticket.tags in ["x"]', 1, /a list, expected includes/],
  ['params.reason includes "x"', 1, /is a text, expected a list/],
  ['params.reason in "x"', 18, /one value, expected a list/],
  ['params.reason in []', 18, /an empty list/],
  ['params.reason == ["x"]', 15, /with a list, expected in or not in/],
  ['params.amount_usd < params.copies', 21, /a whole number, compared with a number/],
  ['scores.injection >= 800', 21, /expected a score from 0 to 1/],
  ['lifetime_refunds_usd < 1.001', 24, /as precise as what it is compared with/],
  ['params.copies = 2', 15, /expected == to compare/],
  [
    'params.copies == 2 ad ticket.exists',
    20,
    /unexpected 'ad', expected and, or, or the end, did you mean 'and'/,
  ],
  ['params.copies ==', 17, /the end, expected a value/],
  ['params.copies == two', 18, /a text is written "two"|'two' is no fact/],
  ['(ticket.exists', 15, /the end, expected \)/],
  ['params.', 8, /the end, expected a name/],
  ['params.reason == "x', 18, /a text that does not end/],
  ['params.copies == 2 # two', 20, /unexpected '#'/],
  ['5 == 5', 1, /expected something of the call/],
  ['5', 2, /expected a comparison/],
  [`${'('.repeat(30)}ticket.exists${')'.repeat(30)}`, 22, /nested more than 20/],
  ['x'.repeat(501), 1, /501 characters/],
];

for (const [text, column, message] of ERRORS) {
  test(`'${text.slice(0, 60)}' is refused at column ${column}`, () => {
    const [problem = 'none', ...more] = problemsOf({ 'envelopes/desk.yaml': envelopeOf([text]) });
    assert.deepEqual(more, []);
    assert.ok(problem.startsWith('envelopes/desk.yaml:5: policy.tools.0.allow_if.0: '), problem);
    assert.match(problem, new RegExp(`: column ${column} of '`));
    assert.match(problem, message);
  });
}

test('reading any text ends, with an expression or an error at a place in it', () => {
  const share = seeded(11);
  const random = (below: number) => Math.floor(share() * below);
  const pieces = [
    'params.x',
    'not',
    'and',
    'or',
    'in',
    '(',
    ')',
    '[',
    ']',
    ',',
    '"a"',
    "'",
    '1',
    '<=',
    '=',
    '.',
    '\\',
    'é',
    ' ',
  ];
  for (let round = 0; round < 5000; round += 1) {
    const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join(' ');
    try {
      parseExpression(text);
    } catch (error) {
      assert.ok(error instanceof ExpressionError, `${text}: ${error}`);
      assert.ok(error.column >= 1 && error.column <= text.length + 1, `${text}: ${error.column}`);
    }
  }
});
