import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainEngine } from '../../../bench/decision/plain-engine.ts';
import { parseProposal } from '../../../domain/call/proposal.ts';
import { cedarSchema } from '../../../domain/policy/cedar-schema.ts';
import { decimalText } from '../../../domain/policy/decimal.ts';
import { type PolicyRequest, policyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { bundledPolicy } from '../../../infra/policy/policy-text.ts';
import { DESK } from '../../support/desk-tools.ts';
import { seeded } from '../../support/random.ts';

const refund = DESK.tools[0] as (typeof DESK.tools)[number];
const findTool = (name: string) => DESK.tools.find((tool) => tool.name === name);

const text =
  '@id("p") permit (principal, action, resource is Ticket) when { context.facts has fraudRiskScore ' +
  '&& context.facts.fraudRiskScore.lessThan(decimal("0.5")) && resource has priority && resource.priority.greaterThan(decimal("-1.0")) };';
const policy = bundledPolicy(text, { file: 'a.cedar', prefix: 'a', line: 1 });
assert.ok('id' in policy);
const bundle = { schema: cedarSchema([DESK], ['support_manager'], {}), policies: [policy] };
const sliced = cedarEngine(bundle);
const plain = plainEngine('decimals-test', bundle);

function request(amount: unknown, score: unknown = 0.25, priority: unknown = 1): PolicyRequest {
  return policyRequest({
    ...{ agent: 'desk', workflow: 'desk', tenant: 'acme', mode: 'autonomous', definition: refund },
    user: { id: 'ann', roles: [] },
    arguments: { ticket_id: 't', amount_usd: amount },
    facts: {
      resource: { type: 'Ticket', id: 't', attributes: { exists: true, priority } },
      call: { isVip: false, trustedAccounts: [], fraudRiskScore: score },
    },
    approvals: { support_manager: 0 },
    at: '2026-01-07T14:30:00.000Z',
    history: {},
    scores: { injection: 0 },
  });
}

function answer(engine: typeof sliced, asked: PolicyRequest): unknown {
  try {
    return engine.evaluate(asked).allowed;
  } catch {
    return 'refused';
  }
}

const EXACT = [0, -0, 1, 100, 0.1, 0.07, 1.2345, -1.5, 99.99, 900_719_925_474.0991, 1e11, 0.0001];
const INEXACT = [1.23456, 0.00001, 1e-7, 1e12, 2 ** 60, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 1 / 3];
const NO_NUMBERS = [
  ...['1.5', '', true, null, [], [1], {}],
  ...[
    { __extn: { fn: 'decimal', arg: '1.5' } },
    { fn: 'decimal', arg: '1.5' },
    { __entity: { type: 'Agent', id: 'a' } },
  ],
];

for (const value of [...EXACT, ...INEXACT, ...NO_NUMBERS]) {
  const fits = EXACT.includes(value as number);
  test(`${JSON.stringify(value)} as a decimal is ${fits ? 'taken' : 'refused'}, wherever it stands, as Cedar alone does`, () => {
    for (const asked of [request(value), request(1, value), request(1, 0.25, value)]) {
      const expected = answer(plain, asked);
      assert.equal(answer(sliced, asked), expected);
      assert.equal(expected !== 'refused', fits);
    }
  });
}

test('what is compared is the number that was given', () => {
  const share = seeded(3);
  for (let round = 0; round < 300; round += 1) {
    const score = Math.round((share() - 0.5) * 40_000) / 10_000;
    const priority = Math.round((share() - 0.5) * 40_000) / 10_000;
    const expected = score < 0.5 && priority > -1;
    assert.equal(answer(sliced, request(1, score, priority)), expected, `${score} ${priority}`);
  }
});

test('a number is written as Cedar reads it', () => {
  assert.deepEqual([100, 0.5, -0, 1.2345, -2.5, 10.01].map(decimalText), [
    '100.0',
    '0.5',
    '0.0',
    '1.2345',
    '-2.5',
    '10.01',
  ]);
});

test('an argument that policies could not be asked about exactly makes no call, and says why', () => {
  const propose = (amount_usd: number) =>
    parseProposal({ tool: 'payments.refund', arguments: { ticket_id: 't', amount_usd } }, findTool);
  assert.equal(propose(12.34).ok, true);
  const refused = propose(12.34567);
  assert.deepEqual(refused.ok || refused.reasons, [
    {
      code: 'invalid_arguments',
      message:
        'amount_usd: 12.34567, expected a number of at most 4 decimal places between -900719925474 and 900719925474',
    },
  ]);
});
