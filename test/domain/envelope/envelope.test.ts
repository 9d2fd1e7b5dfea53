import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Decision } from '../../../domain/policy/decide.ts';
import { decide } from '../../../domain/policy/decide.ts';
import { policyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { PROJECT } from '../../../infra/policy/paths.ts';
import { DESK } from '../../support/desk-tools.ts';
import { buildFiles, problemsOf } from '../../support/policy-root.ts';

/** The first shape, as a team writes it. */
const LEDGER = `version: 1.0
workflow: ledger
models:
  router: small-llm
  reasoning: frontier-llm
  fallback: us.anthropic.claude-haiku-4-5-20251001-v1:0
budgets:
  max_tokens_per_task: 20000
  max_tool_calls: 12
  hard_cost_cap_usd: 1.50
permissions:
  allowed_tools:
    - ledger.lookup_vendor
    - ledger.match_po
    - ledger.create_journal_entry
  write_actions_require_approval: true
  approval_roles: [FinanceAdmin]
logging:
  redact_pii: true
  store_transcripts_days: 14
safety:
  block_on_prompt_injection_score_gte: 0.8
  require_citations_for: [policy_answers]
`;

/** The second shape: rules of tools, and thresholds. */
const DESK_FILE = `policy:
  tools:
    - name: payments.refund
      default: deny
      allow_if:
        - 'user.role in ["support_agent","support_manager"]'
        - 'params.amount_usd <= 100'
        - 'ticket.tags includes "refund_approved"'
      log_fields: [ticket_id, amount_usd]
  pii_redaction:
    redact_patterns: ["email", "credit_card", '\\bACC-\\d{6}\\b']
refunds:
  auto_approve_max_usd: 50
  require_human_if:
    - 'customer_tenure_months < 3'
    - 'fraud_risk_score >= 0.7'
    - 'lifetime_refunds_usd >= 500'
responses:
  pii: { redact: true }
  tone: { style: friendly and short }
  escalation: { if_sentiment: angry, if_topic_in: [legal, press] }
logging:
  retention_days: 30
  sample_rate: 0.1
`;

interface Call {
  readonly agent?: string;
  readonly tool?: string;
  readonly arguments?: Record<string, unknown>;
  readonly facts?: Record<string, unknown>;
  readonly resource?: Record<string, unknown>;
  readonly roles?: readonly string[];
  readonly injection?: number;
  readonly sentiment?: number;
  readonly topics?: readonly string[];
  readonly approvals?: Record<string, number>;
}

function decided(files: Readonly<Record<string, string>>, call: Call): Decision {
  const { bundle } = buildFiles(files);
  const { agent = 'desk', tool = 'payments.refund' } = call;
  const definition = DESK.tools.find(({ name }) => name === tool);
  assert.ok(definition, tool);
  const request = policyRequest({
    ...{ agent, workflow: agent, tenant: 'acme', mode: 'autonomous', definition },
    user: { id: 'ann', roles: [...(call.roles ?? ['support_agent'])] },
    arguments: definition.input.parse(call.arguments ?? {}),
    facts: {
      resource: { type: definition.resource, id: '1', attributes: call.resource ?? { exists: true } },
      call: call.facts ?? {},
    },
    approvals: { support_manager: 0, FinanceAdmin: 0, ...call.approvals },
    at: '2026-01-07T14:30:00.000Z',
    history: { refunds: 0 },
    scores: { injection: call.injection ?? 0, sentiment: call.sentiment ?? 0, topics: call.topics ?? [] },
  });
  return decide(cedarEngine(bundle), request);
}

const TRUSTED = {
  customerTenureMonths: 12,
  fraudRiskScore: 0.1,
  lifetimeRefundsCents: 0,
  isVip: false,
  trustedAccounts: [],
};
const APPROVED = { exists: true, tags: ['refund_approved'] };
const refund = (amount: number, more: Call = {}): Call => ({
  arguments: { ticket_id: 't1', amount_usd: amount },
  facts: TRUSTED,
  resource: APPROVED,
  ...more,
});
const desk = { 'envelopes/desk.yaml': DESK_FILE };
const ledger = { 'envelopes/ledger.yaml': LEDGER };

suite('the shape with rules of tools and thresholds', () => {
  test('allows what every line allows, by the permit of the line that names the tool', () => {
    const decision = decided(desk, refund(50));
    assert.equal(decision.kind, 'allow');
    assert.deepEqual(decision.policies, ['envelopes/desk/L3-payments-refund']);
  });

  const DENIED: Readonly<Record<string, readonly [Call, string]>> = {
    'a role that the line does not name': [
      refund(10, { roles: ['customer'] }),
      'envelopes/desk/L6-user-role-in-support-agent-support-manager',
    ],
    'an amount above the line, whoever approves': [
      refund(100.01, { approvals: { support_manager: 3 } }),
      'envelopes/desk/L7-params-amount-usd-100',
    ],
    'a ticket without the tag': [
      refund(10, { resource: { exists: true, tags: ['other'] } }),
      'envelopes/desk/L8-ticket-tags-includes-refund-approved',
    ],
    'a ticket of which no tags are known': [
      refund(10, { resource: { exists: true } }),
      'envelopes/desk/L8-ticket-tags-includes-refund-approved',
    ],
  };
  for (const [what, [call, policy]] of Object.entries(DENIED)) {
    test(`denies ${what}, and says which line`, () => {
      const decision = decided(desk, call);
      assert.equal(decision.kind, 'deny');
      assert.deepEqual(decision.policies, [policy]);
      assert.match(decision.reasons[0]?.message ?? '', /allowed only if .* \(envelopes\/desk\.yaml:\d\)/);
    });
  }

  const ASKED: Readonly<Record<string, readonly [Call, string]>> = {
    'an amount above auto_approve_max_usd': [refund(50.01), 'L13-auto-approve-max-usd-payments-refund'],
    'a customer of less than three months': [
      refund(10, { facts: { ...TRUSTED, customerTenureMonths: 2 } }),
      'L15-customer-tenure-months-3-payments-refund',
    ],
    'a customer of whom nobody knows for how long': [
      refund(10, { facts: { ...TRUSTED, customerTenureMonths: undefined } }),
      'L15-customer-tenure-months-3-payments-refund',
    ],
    'a fraud score at the threshold': [
      refund(10, { facts: { ...TRUSTED, fraudRiskScore: 0.7 } }),
      'L16-fraud-risk-score-0-7-payments-refund',
    ],
    'dollars over cents at the threshold': [
      refund(10, { facts: { ...TRUSTED, lifetimeRefundsCents: 50_000 } }),
      'L17-lifetime-refunds-usd-500-payments-refund',
    ],
  };
  for (const [what, [call, policy]] of Object.entries(ASKED)) {
    test(`asks people about ${what}, by the line that wants them, and allows it once they approve`, () => {
      const decision = decided(desk, call);
      assert.equal(decision.kind, 'needs_approval');
      assert.deepEqual(decision.quorum, { approverRole: 'support_manager', people: 2 });
      assert.deepEqual(decision.policies, [`envelopes/desk/${policy}-by-support-manager`]);
      assert.equal(decided(desk, { ...call, approvals: { support_manager: 2 } }).kind, 'allow');
    });
  }

  test('decides nothing for another agent', () => {
    assert.equal(decided(desk, refund(10, { agent: 'stranger' })).kind, 'deny');
  });

  test('is completed by the defaults, and what it says of the ledger and of people is kept', () => {
    const { bundle, warnings } = buildFiles(desk);
    const { agent, owner, mode, models, logging, permissions } = bundle.envelopes.desk ?? assert.fail();
    assert.deepEqual([agent, owner, mode], ['desk', 'head of support', 'autonomous']);
    assert.deepEqual(permissions, {
      allowed_tools: ['payments.refund'],
      approval_roles: ['support_manager'],
      approval_timeout_hours: 48,
      approval_heartbeat_minutes: 240,
    });
    assert.match(
      models.instructions,
      /style: friendly and short\..*mood is: angry\..*about: legal, press\./s,
    );
    assert.deepEqual(logging.fields, { 'payments.refund': ['ticket_id', 'amount_usd'] });
    assert.deepEqual([logging.store_transcripts_days, logging.sample_rate], [30, 0.1]);
    assert.deepEqual(logging.redaction?.patterns, ['\\bACC-\\d{6}\\b']);
    assert.deepEqual(logging.redaction?.withheld.toSorted(), [
      ...['email', 'iban', 'ip_address', 'national_id', 'payment_card', 'phone'],
    ]);
    assert.deepEqual(warnings, []);
  });
});

suite('escalation', () => {
  const written = (escalation: string) => ({
    'envelopes/desk.yaml': DESK_FILE.replace(/escalation: .*/, `escalation: ${escalation}`),
  });
  const kindOf = (escalation: string, read: Pick<Call, 'sentiment' | 'topics'>) =>
    decided(written(escalation), refund(10, read)).kind;

  const ASKED: Readonly<Record<string, readonly [Call, readonly string[]]>> = {
    'an angry message': [{ sentiment: 600 }, ['if-sentiment-angry']],
    'a message about one of the topics': [{ topics: ['press'] }, ['if-topic-in-legal-press']],
    'a message that no detector could read': [
      { sentiment: 1000, injection: 1000 },
      ['if-sentiment-angry', 'if-topic-in-legal-press'],
    ],
  };
  for (const [what, [read, lines]] of Object.entries(ASKED)) {
    test(`asks people once the run has read ${what}, by its line, and allows it once they approve`, () => {
      const decision = decided(desk, refund(10, read));
      assert.equal(decision.kind, 'needs_approval');
      assert.deepEqual(decision.quorum, { approverRole: 'support_manager', people: 2 });
      assert.deepEqual(
        decision.policies,
        lines.map((line) => `envelopes/desk/L21-${line}-payments-refund-by-support-manager`),
      );
      assert.equal(decided(desk, refund(10, { ...read, approvals: { support_manager: 2 } })).kind, 'allow');
    });
  }

  test('asks nobody about other moods and topics', () => {
    assert.equal(decided(desk, refund(10, { sentiment: 599, topics: ['fraud'] })).kind, 'allow');
  });

  test('is about moods by the thresholds of the documentation, and about numbers from 0 to 1', () => {
    const page = readFileSync(join(PROJECT, 'docs', 'policy.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (0\.\d) \|/gm)].map(([, mood = '', score]) => [
      mood,
      score,
    ]);
    assert.equal(rows.length, 4);
    for (const [mood = '', score] of [...rows, ['0.45', '0.45']]) {
      const threshold = Number(score) * 1000;
      assert.equal(kindOf(`{ if_sentiment: ${mood} }`, { sentiment: threshold - 1 }), 'allow', mood);
      assert.equal(kindOf(`{ if_sentiment: ${mood} }`, { sentiment: threshold }), 'needs_approval', mood);
    }
  });

  test('of several moods follows the mildest, from its line', () => {
    const { bundle } = buildFiles(written('{ if_sentiment: [very_negative,\n    frustrated, angry] }'));
    const ids = bundle.policies.map(({ id }) => id).filter((id) => id.includes('sentiment'));
    assert.deepEqual(ids, [
      'envelopes/desk/L22-if-sentiment-frustrated-payments-refund',
      'envelopes/desk/L22-if-sentiment-frustrated-payments-refund-by-support-manager',
    ]);
    assert.equal(kindOf('{ if_sentiment: [angry, 0.4] }', { sentiment: 400 }), 'needs_approval');
  });

  test('takes topics that the guardrail of the deployment finds', () => {
    const owners = 'workflows:\n  desk: { owner: a, steward: b, reviewer_role: support_manager }\n';
    const files = {
      ...written('{ if_topic_in: [recalls] }'),
      'defaults.yaml': `guardrail_topics: [recalls]\n${owners}`,
    };
    assert.equal(decided(files, refund(10, { topics: ['recalls'] })).kind, 'needs_approval');
    assert.equal(decided(files, refund(10, { topics: ['legal'] })).kind, 'allow');
  });

  test('leaves out what reaches nobody outside, and says so where that is everything', () => {
    const file = `permissions:
  allowed_tools: [tickets.search, tickets.answer]
  write_actions_require_approval: false
responses: { escalation: { if_sentiment: angry } }
`;
    const { bundle, warnings } = buildFiles({ 'envelopes/desk.yaml': file });
    assert.ok(bundle.policies.every(({ id }) => !id.includes('sentiment')));
    assert.deepEqual(warnings, [
      'envelopes/desk.yaml:4: responses.escalation: told to the model and not enforced, no allowed tool of tier 2 or above is of kind message, egress or money',
    ]);
  });
});

suite('the shape with permissions and budgets', () => {
  const call = (tool: string, input: Record<string, unknown>, more: Call = {}): Call => ({
    agent: 'ledger',
    tool,
    arguments: input,
    ...more,
  });
  const entry = (more: Call = {}) =>
    call('ledger.create_journal_entry', { amount_usd: 12.5, memo: 'rent' }, more);

  test('permits its reads, by the lines that list them', () => {
    const decision = decided(ledger, call('ledger.match_po', { po_number: '7' }));
    assert.deepEqual([decision.kind, decision.policies], ['allow', ['envelopes/ledger/L14-ledger-match-po']]);
  });

  test('permits nothing that it does not list', () => {
    assert.equal(decided(ledger, call('tickets.search', { query: 'x' })).kind, 'deny');
  });

  test('has every write approved by the role that it names', () => {
    const decision = decided(ledger, entry());
    assert.equal(decision.kind, 'needs_approval');
    assert.deepEqual(decision.quorum, { approverRole: 'FinanceAdmin', people: 2 });
    assert.equal(decided(ledger, entry({ approvals: { FinanceAdmin: 1 } })).kind, 'needs_approval');
    assert.equal(decided(ledger, entry({ approvals: { FinanceAdmin: 2 } })).kind, 'allow');
    assert.equal(decided(ledger, entry({ approvals: { support_manager: 2 } })).kind, 'needs_approval');
  });

  test('permits writes without asking when it says so', () => {
    const files = {
      'envelopes/ledger.yaml': LEDGER.replace('require_approval: true', 'require_approval: false'),
    };
    assert.equal(decided(files, entry()).kind, 'allow');
  });

  test('turns writes off once what the run has read scores as an injection, even if approved', () => {
    const approvals = { FinanceAdmin: 2 };
    assert.equal(decided(ledger, entry({ approvals, injection: 799 })).kind, 'allow');
    const decision = decided(ledger, entry({ approvals, injection: 800 }));
    assert.deepEqual(
      [decision.kind, decision.policies],
      ['deny', ['envelopes/ledger/L22-block-on-prompt-injection']],
    );
    assert.equal(
      decided(ledger, call('ledger.match_po', { po_number: '7' }, { injection: 1000 })).kind,
      'allow',
    );
  });

  test('gives budgets, models and days, and the build says what is not in force', () => {
    const { bundle, warnings } = buildFiles(ledger);
    const { version, budgets, models, logging } = bundle.envelopes.ledger ?? assert.fail();
    assert.equal(version, '1');
    assert.deepEqual(budgets, {
      hard_cost_cap_usd: 1.5,
      max_tool_calls: 12,
      max_turns: 100,
      max_tokens_per_task: 20_000,
    });
    assert.deepEqual([models.reasoning, models.router], ['frontier-llm', 'small-llm']);
    assert.equal(logging.store_transcripts_days, 14);
    assert.match(warnings.join('\n'), /ledger\.yaml:4: models\.router: 'small-llm' has no price/);
    assert.match(warnings.join('\n'), /ledger\.yaml:5: models\.reasoning: 'frontier-llm' has no price/);
    assert.match(
      warnings.join('\n'),
      /ledger\.yaml:23: safety\.require_citations_for: policy_answers told to the model/,
    );
  });

  test('whatever is not in force is told in one line with its file and line, and is in the documentation', () => {
    const { warnings } = buildFiles({
      'envelopes/ledger.yaml': `${LEDGER.replace('fallback: us.anthropic.claude-haiku-4-5-20251001-v1:0', 'fallback: other-llm')}responses: { escalation: { if_sentiment: angry } }\n`,
    });
    const members = warnings.map(
      (warning) => /^envelopes\/ledger\.yaml:\d+: ([a-z_.]+): .+$/.exec(warning)?.[1],
    );
    const page = readFileSync(join(PROJECT, 'docs', 'policy.md'), 'utf8');
    const [, table = ''] = /\| warning \| when \|\n(.*?)\n\n/s.exec(page) ?? [];
    assert.deepEqual(
      members.toSorted(),
      [...table.matchAll(/`([a-z]+\.[a-z_]+)`(?=.* \| )/g)].map(([, member]) => member).sort(),
    );
  });

  test('a team may call a model what it likes, if the defaults say which it is', () => {
    const named = 'model_names: { frontier-llm: us.anthropic.claude-sonnet-4-5-20250929-v1:0 }\n';
    const owners = 'workflows:\n  ledger: { owner: a, steward: b, reviewer_role: FinanceAdmin }\n';
    const { bundle, warnings } = buildFiles({ ...ledger, 'defaults.yaml': named + owners });
    assert.equal(bundle.envelopes.ledger?.models.reasoning, 'us.anthropic.claude-sonnet-4-5-20250929-v1:0');
    assert.doesNotMatch(warnings.join('\n'), /models\.reasoning: .* has no price/);
  });
});

suite('both shapes in one file', () => {
  const mixed = {
    'envelopes/desk.yaml': `${LEDGER.replace('workflow: ledger', 'workflow: Desk')
      .replace(/logging:\n.*\n.*\n/, '')
      .replace('[FinanceAdmin]', '[support_manager, FinanceAdmin]')
      .replace('require_citations_for: [policy_answers]', 'require_citations_for: [tickets.reply]')
      .replace('allowed_tools:', 'allowed_tools:\n    - tickets.reply\n    - payments.credit')
      .replace('approval_roles:', 'approval_quorum: 2\n  approval_roles:')}${DESK_FILE}`,
  };

  test('allow the tools of either', () => {
    assert.deepEqual(buildFiles(mixed).bundle.envelopes.desk?.permissions.allowed_tools, [
      ...['tickets.reply', 'payments.credit', 'ledger.lookup_vendor', 'ledger.match_po'],
      ...['ledger.create_journal_entry', 'payments.refund'],
    ]);
  });

  test('a write waits for as many people as the file says, of any role that it names', () => {
    const decision = decided(mixed, refund(10));
    assert.equal(decision.kind, 'needs_approval');
    assert.deepEqual(decision.quorum, { approverRole: 'FinanceAdmin', people: 2 });
    assert.equal(decided(mixed, refund(10, { approvals: { support_manager: 1 } })).kind, 'needs_approval');
    assert.equal(decided(mixed, refund(10, { approvals: { support_manager: 2 } })).kind, 'allow');
  });

  test('a tool that has to name its sources is forbidden without any', () => {
    const approvals = { support_manager: 2 };
    const reply = (citations?: string[]): Call => ({
      tool: 'tickets.reply',
      arguments: { ticket_id: 't', body: 'b', ...(citations && { citations }) },
      approvals,
    });
    assert.equal(decided(mixed, reply(['kb/7'])).kind, 'allow');
    assert.equal(decided(mixed, reply([])).kind, 'deny');
    assert.equal(decided(mixed, reply()).kind, 'deny');
  });

  test('the amount of a tool is the fact that its definition names, in its unit', () => {
    const facts = { creditCents: 5000, customerTenureMonths: 9, fraudRiskScore: 0, lifetimeRefundsUsd: 0 };
    const file = DESK_FILE.replace('name: payments.refund', 'name: payments.credit').replace(
      / {6}allow_if:\n(?: {8}.*\n){3} {6}log_fields.*\n/,
      '',
    );
    const credit = (cents: number | undefined): Call => ({
      tool: 'payments.credit',
      arguments: { ticket_id: 't' },
      facts: { ...facts, creditCents: cents },
    });
    const files = { 'envelopes/desk.yaml': file };
    assert.equal(decided(files, credit(5000)).kind, 'allow');
    assert.equal(decided(files, credit(5001)).kind, 'needs_approval');
    assert.equal(decided(files, credit(undefined)).kind, 'needs_approval');
  });
});

suite('permits written by hand', () => {
  const byHand = {
    'agents/desk.cedar':
      '@id("any") permit (principal == Agent::"desk", action == Action::"payments.refund", resource);\n',
  };

  test('are all that permits where the envelope says nothing of what is permitted', () => {
    const plain = 'permissions: { allowed_tools: [payments.refund] }\n';
    const { bundle } = buildFiles({ ...byHand, 'envelopes/desk.yaml': plain });
    assert.deepEqual(
      bundle.policies.map(({ id }) => id),
      ['agents/desk/any'],
    );
  });

  test('are all that permits where the envelope says so, and get around none of its lines', () => {
    const files = {
      ...byHand,
      'envelopes/desk.yaml': `permissions: { permit_allowed_tools: false }\n${DESK_FILE}`,
    };
    const { bundle } = buildFiles(files);
    const permits = bundle.policies.filter(({ effect }) => effect === 'permit');
    assert.deepEqual(
      permits.map(({ id }) => id),
      ['agents/desk/any'],
    );
    assert.equal(decided(files, refund(10)).kind, 'allow');
    assert.equal(decided(files, refund(10, { roles: [] })).kind, 'deny');
    assert.equal(decided(files, refund(60)).kind, 'deny');
  });
});

test('every compiled policy names its file and the line that it came from', () => {
  const { bundle } = buildFiles({ ...desk, ...ledger });
  for (const { id, file, line, annotations } of bundle.policies) {
    assert.match(id, new RegExp(`^envelopes/(desk|ledger)/L${line}-`));
    assert.match(annotations.reason ?? '', new RegExp(` \\(${file}:${line}\\)$`));
  }
  assert.equal(new Set(bundle.policies.map(({ id }) => id)).size, bundle.policies.length);
});

test('lines that say the same have ids of their own', () => {
  const twice = DESK_FILE.replace(
    /allow_if:\n(?: {8}.*\n){3}/,
    'allow_if: ["ticket.exists", "ticket.exists"]\n',
  );
  const ids = buildFiles({ 'envelopes/desk.yaml': twice }).bundle.policies.map(({ id }) => id);
  assert.ok(ids.includes('envelopes/desk/L5-ticket-exists'));
  assert.ok(ids.includes('envelopes/desk/L5-ticket-exists-2'));
});

/** What to replace in which file, by what, and the problem that follows. */
const PROBLEMS: Readonly<Record<string, readonly ['desk' | 'ledger', string | RegExp, string, RegExp]>> = {
  'an unknown key': [
    'desk',
    'refunds:',
    'refund:',
    /desk\.yaml:12: refund: unknown key, did you mean 'refunds'/,
  ],
  'an unknown key inside': [
    'ledger',
    'max_tool_calls',
    'max_toolcalls',
    /ledger\.yaml:9: budgets\.max_toolcalls: unknown key, expected one of .*did you mean 'max_tool_calls'/,
  ],
  'an unknown key in a list': [
    'desk',
    'log_fields',
    'logfields',
    /desk\.yaml:9: policy\.tools\.0\.logfields: unknown key.*did you mean 'log_fields'/,
  ],
  'a value of another type': [
    'ledger',
    'max_tool_calls: 12',
    'max_tool_calls: many',
    /ledger\.yaml:9: budgets\.max_tool_calls: 'many', expected number/,
  ],
  'a default that allows': [
    'desk',
    'default: deny',
    'default: allow',
    /desk\.yaml:4: policy\.tools\.0\.default: 'allow', expected deny/,
  ],
  'redaction turned off': [
    'ledger',
    'redact_pii: true',
    'redact_pii: false',
    /ledger\.yaml:19: logging\.redact_pii: 'false', expected true/,
  ],
  'an unknown tool': [
    'ledger',
    'ledger.match_po',
    'ledger.match_p',
    /ledger\.yaml:14: .*'ledger\.match_p' is not registered.*did you mean 'ledger\.match_po'/,
  ],
  'an unknown tool with rules': [
    'desk',
    'payments.refund',
    'payment.refund',
    /desk\.yaml:3: policy\.tools\.0\.name: tool 'payment\.refund' is not registered.*did you mean 'payments\.refund'/,
  ],
  'an unknown role': [
    'ledger',
    '[FinanceAdmin]',
    '[finance_admin]',
    /ledger\.yaml:17: permissions\.approval_roles\.0: role 'finance_admin'.*did you mean 'FinanceAdmin'/,
  ],
  'an argument that does not exist in log_fields': [
    'desk',
    '[ticket_id, amount_usd]',
    '[ticket_id, amount]',
    /desk\.yaml:9: policy\.tools\.0\.log_fields\.1: 'amount' is no argument of payments\.refund/,
  ],
  'an unknown kind of personal data': [
    'desk',
    '"email"',
    '"emial"',
    /desk\.yaml:11: .*redact_patterns\.0: 'emial' is no kind of personal data.*did you mean 'email'/,
  ],
  'a pattern that could take forever': [
    'desk',
    '\\bACC-\\d{6}\\b',
    '(a+)+b',
    /desk\.yaml:11: .*redact_patterns\.2: '\(a\+\)\+b': a repetition or a choice inside a repetition/,
  ],
  'two numbers of days': [
    'desk',
    'retention_days: 30',
    'retention_days: 30\n  store_transcripts_days: 14',
    /desk\.yaml:23: logging\.retention_days: 30 and store_transcripts_days 14/,
  ],
  'a workflow in a file of another name': [
    'ledger',
    'workflow: ledger',
    'workflow: books',
    /ledger\.yaml:2: workflow 'books' in a file of another name, expected books\.yaml/,
  ],
  'refunds without a tool that moves money': [
    'ledger',
    'logging:',
    'refunds: { auto_approve_max_usd: 5 }\nlogging:',
    /ledger\.yaml:18: refunds: none of the allowed tools moves money/,
  ],
  'money of which nobody says how much': [
    'desk',
    'name: payments.refund',
    'name: payments.grant',
    /desk\.yaml:13: refunds\.auto_approve_max_usd: 'payments\.grant' moves money but does not say how much/,
  ],
  'sources of a tool that cannot name any': [
    'ledger',
    '[policy_answers]',
    '[ledger.match_po]',
    /ledger\.yaml:23: .*'ledger\.match_po' has no argument 'citations'/,
  ],
  'a mood that is none': [
    'desk',
    'if_sentiment: angry',
    'if_sentiment: angri',
    /desk\.yaml:21: responses\.escalation\.if_sentiment: 'angri' is no mood, expected one of negative, .*did you mean 'angry', or write a number/,
  ],
  'a topic that no detector finds': [
    'desk',
    '[legal, press]',
    '[legal, presss]',
    /desk\.yaml:21: responses\.escalation\.if_topic_in\.1: no detector finds the topic 'presss', expected one of accident, .*did you mean 'press'; .*guardrail_topics/,
  ],
  'a rule that permits nothing': [
    'ledger',
    'logging:',
    'policy: { tools: [{ name: tickets.search }] }\nlogging:',
    /ledger\.yaml:18: policy\.tools\.0: nothing permits 'tickets\.search', give it allow_if/,
  ],
  'no tool': ['desk', /^policy:.*?\nrefunds:/s, 'refunds:', /no tool is named/],
};

for (const [what, [name, from, to, problem]] of Object.entries(PROBLEMS)) {
  test(`${what} fails the build with file, line and remedy`, () => {
    const text = name === 'desk' ? DESK_FILE : LEDGER;
    const changed = text.replace(from, () => to);
    assert.notEqual(changed, text);
    assert.match(problemsOf({ [`envelopes/${name}.yaml`]: changed }).join('\n'), problem);
  });
}

test('two workflows cannot share an agent', () => {
  const problems = problemsOf({
    ...desk,
    'envelopes/ledger.yaml': LEDGER.replace('workflow: ledger', 'agent: desk'),
  });
  assert.match(problems.join('\n'), /envelopes\/ledger\.yaml:1: agent 'desk' has another envelope already/);
});

test('of a directory that cannot be read no role is said to be unknown', () => {
  const problems = problemsOf({ ...desk, ...ledger, 'directory.yaml': 'version: 2\n' });
  assert.ok(problems.length > 0);
  assert.deepEqual(
    problems.filter((problem) => !problem.startsWith('directory.yaml:')),
    [],
  );
});

test('all problems of all files are told at once', () => {
  const problems = problemsOf({
    'directory.yaml': 'version: 1\napprover_roles: [support_manager, FinanceAdmin]\npeople: [{ id: X }]\n',
    'envelopes/desk.yaml': DESK_FILE.replace('params.amount_usd', 'params.amount_us').replace('0.7', '"x"'),
    'envelopes/ledger.yaml': LEDGER.replace('match_po', 'match_pos').replace('models:', 'model:'),
    'envelopes/third.yaml': 'permissions: [\n',
    'agents/broken.cedar': '@id("a") permit (principal, action, resource) when { resource has };\n',
    'agents/unnamed.cedar': 'permit (principal, action, resource);\n',
    'guardrails/template.cedar': '\n@id("t") forbid (principal == ?principal, action, resource);\n',
    'history.yaml': 'version: 1\ncounters:\n  refunds: { of: [monney], when: allowed }\n',
  }).join('\n');
  for (const expected of [
    /directory\.yaml:3: people\.0\.id: /,
    /history\.yaml:3: counter 'refunds' is of 'monney'.*did you mean 'money'/,
    /desk\.yaml:7: .*did you mean 'amount_usd'/,
    /desk\.yaml:16: .*expected a number/,
    /ledger\.yaml:3: model: unknown key.*did you mean 'models'/,
    /third\.yaml:\d: /,
    /agents\/broken\.cedar:1: /,
    /agents\/unnamed\.cedar:1: .*no @id/,
    /guardrails\/template\.cedar:2: a template/,
  ]) {
    assert.match(problems, expected);
  }
});

test('the example of the documentation compiles to what the documentation shows', () => {
  const page = readFileSync(join(PROJECT, 'docs', 'policy.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const [, cedar = ''] = /```cedar\n(.*?)```/s.exec(page) ?? [];
  const owners = 'workflows:\n  refund-desk: { owner: a, steward: b, reviewer_role: support_manager }\n';
  const { bundle } = buildFiles({ 'envelopes/refund-desk.yaml': yaml, 'defaults.yaml': owners });
  const plain = (text: string) =>
    text.replaceAll(/\s*\/\/.*$/gm, '').replaceAll(/@reason\("(?:[^"\\]|\\.)*"\)|\s/g, '');
  const shown = cedar.split(/\n\n/).map(plain);
  const compiled = bundle.policies.map(({ text }) => plain(text));
  assert.equal(shown.length, 4);
  for (const policy of shown) {
    assert.ok(compiled.includes(policy), `${policy}\nis none of\n${compiled.join('\n')}`);
  }
});
