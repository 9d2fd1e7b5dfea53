import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { toolsByPhrase } from '../../../domain/policy/who-can.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { countersign, ok } from '../../support/command-line.ts';
import { APPROVED, envelope, permit, pointsCase, policyRoot } from '../../support/policy-folder.ts';
import { decided } from '../../support/recorded.ts';

const POINTS = 'loyalty.add_points';
const FEW = permit(
  'few',
  POINTS,
  'context.user.roles.contains("store_staff") && context.arguments.points <= 100',
);
const TOOLS = NAMESPACES.flatMap(({ tools }) => tools);
const named = (phrase: string) => toolsByPhrase(phrase, TOOLS).tools.map(({ tool }) => tool.name);

async function whoCan(files: Readonly<Record<string, unknown>>, phrase = POINTS) {
  using folder = policyRoot(files);
  const { code, stdout } = await countersign(['policy', 'who-can', phrase, '--root', folder.root, '--json']);
  return { code, answers: JSON.parse(stdout).answers };
}

test('a permit without conditions is always', async () => {
  const { code, answers } = await whoCan({ 'agents/desk.cedar': permit('all', POINTS) });
  assert.deepEqual([code, answers.map(({ answer }: { answer: string }) => answer)], [0, ['always']]);
});

test('a tool outside the envelope is never, whatever policies say', async () => {
  const tools = ['retail.get_order_details'];
  const files = { 'agents/desk.cedar': permit('all', POINTS), 'envelopes/desk.yaml': envelope({ tools }) };
  const { code, answers } = await whoCan(files);
  assert.deepEqual(
    [code, answers[0].answer, answers[0].because],
    [1, 'never', 'the tool is not in the envelope'],
  );
});

test('a tool that no policy permits is never', async () => {
  const { answers } = await whoCan({ 'agents/desk.cedar': '' });
  assert.deepEqual([answers[0].answer, answers[0].because], ['never', 'no policy permits it']);
});

test('a guardrail that holds in the mode of the envelope is never, and names itself', async () => {
  const files = {
    'agents/desk.cedar': permit('all', POINTS),
    'envelopes/desk.yaml': envelope({ mode: 'read_only' }),
  };
  const { answers } = await whoCan(files);
  assert.deepEqual(
    [answers[0].answer, answers[0].because],
    ['never', 'guardrails/mode/read-only forbids it, in mode read_only'],
  );
});

test('conditions that remain are shown with file, line, and who approves', async () => {
  const many = permit(
    'many',
    POINTS,
    'context.mode == "autonomous" && context.approvals.support_manager >= 1',
    APPROVED,
  );
  const { answers } = await whoCan({ 'agents/desk.cedar': `${FEW}\n${many}` });
  assert.deepEqual(
    [answers[0].answer, answers[0].guardrails, answers[0].permits],
    [
      'when',
      [],
      [
        {
          ...{ id: 'agents/desk/few', file: 'agents/desk.cedar', line: 1 },
          conditions: ['context.user.roles.contains("store_staff")', 'context.arguments.points <= 100'],
        },
        {
          ...{ id: 'agents/desk/many', file: 'agents/desk.cedar', line: 9 },
          conditions: ['context.approvals.support_manager >= 1'],
          ...{ approverRole: 'support_manager', quorum: 1 },
        },
      ],
    ],
  );
});

test('a guardrail that may still forbid makes an unconditional permit conditional', async () => {
  const files = {
    'agents/desk.cedar': permit('all', POINTS),
    'guardrails/points.cedar': `@id("big")\nforbid (principal, action == Action::"${POINTS}", resource) when { context.arguments.points > 1000 };`,
  };
  const { answers } = await whoCan(files);
  assert.deepEqual(
    [answers[0].answer, answers[0].guardrails[0].id, answers[0].guardrails[0].conditions],
    ['when', 'guardrails/points/big', ['context.arguments.points > 1000']],
  );
});

test('words find tools by kind, group and namespace before names, and by names before descriptions', () => {
  const money = TOOLS.filter(({ kinds = [] }) => (kinds as readonly string[]).includes('money')).map(
    ({ name }) => name,
  );
  assert.ok(money.length > 3);
  assert.deepEqual(named('send money'), money);
  assert.deepEqual(named('pay'), money);
  assert.deepEqual(named('delete documents').sort(), [
    'documents.purge_document',
    'documents.restore_document',
  ]);
  assert.deepEqual(named(POINTS), [POINTS]);
  assert.deepEqual(named('tier 4').sort(), [
    'documents.purge_document',
    'helpdesk.redact_ticket',
    'ops.delete_database',
  ]);
  assert.deepEqual(named('cancel orders'), [
    'retail.cancel_pending_order',
    'retail.preview_cancel_pending_order',
  ]);
  assert.deepEqual(named('warehouse'), ['stock.check_stock']);
});

test('a phrase that means no tool is exit code 2 with what can be asked for', async () => {
  await assert.rejects(whoCan({ 'agents/desk.cedar': permit('all', POINTS) }, 'frobnicate'), {
    exitCode: 2,
    message: /no tool is meant by 'frobnicate', try one of: .*money.*tier3/,
  });
});

test('a case that is denied is explained by the clauses that do not hold, with what they saw', async () => {
  using folder = policyRoot({ 'agents/desk.cedar': FEW, 'cases/DENY/many.json': pointsCase(101, []) });
  const file = join(folder.root, 'cases/DENY/many.json');
  const { code, stdout } = await countersign(['policy', 'explain', file, '--root', folder.root]);
  assert.equal(code, 0);
  assert.match(stdout, /^deny, no policy permits it$/m);
  assert.match(stdout, /^ {2}agents\/desk\/few:1 needs context\.arguments\.points <= 100, was 101$/m);
  assert.doesNotMatch(stdout, /needs context\.user\.roles/);
});

test('a case that is allowed is explained by the clauses that it rests on', async () => {
  using folder = policyRoot({ 'agents/desk.cedar': FEW, 'cases/ALLOW/few.json': pointsCase(100, []) });
  const file = join(folder.root, 'cases/ALLOW/few.json');
  const { stdout } = await countersign(['policy', 'explain', file, '--root', folder.root, '--json']);
  const { decision, decidedBy, wouldAllow } = JSON.parse(stdout);
  assert.deepEqual([decision.kind, wouldAllow], ['allow', []]);
  assert.deepEqual(
    decidedBy[0].clauses.map(({ verdict, saw }: { verdict: string; saw: unknown }) => [verdict, saw]),
    [
      ['holds', [{ path: 'context.user.roles', state: 'known', value: ['store_staff'] }]],
      ['holds', [{ path: 'context.arguments.points', state: 'known', value: 100 }]],
    ],
  );
});

test("a run's call is explained from its events, and what the log does not hold is named as hidden", async () => {
  const condition = 'context.arguments.member_id == "m_2" && context.arguments.points <= 100';
  using folder = policyRoot({ 'agents/desk.cedar': permit('few', POINTS, condition) });
  const events = [
    decided({
      callId: '0001-00',
      arguments: { member_id: 'hmac:0123456789abcdef', points: 5, reason: 'goodwill' },
    }),
  ];
  const line = ['policy', 'explain', 'run-1/0001-00', '--root', folder.root];
  const { stdout, received } = await countersign(line, ok({ events, next: '' }));
  assert.match(received[0]?.url ?? '', /\/runs\/run-1\/events/);
  assert.match(stdout, /depends on what the record does not hold: context\.arguments\.member_id/);
  assert.match(stdout, /open {3}context\.arguments\.member_id == "m_2", was hidden/);
  assert.match(stdout, /holds {2}context\.arguments\.points <= 100, was 5/);
});

test('a call that the run has not decided is exit code 2 with those that it has', async () => {
  using folder = policyRoot({ 'agents/desk.cedar': FEW });
  const answer = ok({ events: [decided({ callId: '0001-00' })], next: '' });
  await assert.rejects(countersign(['policy', 'explain', 'run-1/0009-00', '--root', folder.root], answer), {
    exitCode: 2,
    message: /no call 0009-00, expected one of 0001-00/,
  });
});
