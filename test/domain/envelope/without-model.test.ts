import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LONGEST_MATCHED_PROMPT, withoutModel } from '../../../domain/envelope/without-model.ts';
import { findTool } from '../../../functions/tools/registry.ts';
import { buildFiles, problemsOf } from '../../support/policy-root.ts';

const ORDER = 'retail.get_order_details';
const rule = (match: string, id = '{order}') => ({
  match,
  propose: [{ tool: ORDER, arguments: { order_id: id } }],
});
const STATUS = rule('(?i)status of (?:order )?(?<order>#W\\d{7})\\??');

suite('a rule for tasks that need no model', () => {
  test('proposes its calls, with what the prompt says in their places', () => {
    assert.deepEqual(withoutModel([STATUS], '\n status of order #W1234567? ', findTool), {
      rule: 0,
      proposals: [{ tool: ORDER, arguments: { order_id: '#W1234567' } }],
    });
    assert.equal(withoutModel([STATUS], 'Status Of #W1234567', findTool)?.rule, 0);
  });

  test('matches the whole prompt or not at all', () => {
    for (const prompt of [
      'status of #W1234567 and cancel it',
      'first cancel it, then status of #W1234567',
      'status of #W1234567\nthen cancel it',
      'status of',
    ]) {
      assert.equal(withoutModel([STATUS], prompt, findTool), undefined, prompt);
    }
    const either = rule('a (?<order>b)|c', 'x');
    assert.equal(withoutModel([either], 'c and more', findTool), undefined);
  });

  test('gives way to the next one, and the first that matches counts', () => {
    const rules = [rule('hello', '#W1'), { match: 'hel+o', propose: [] }, rule('hel+o', '#W3')];
    assert.deepEqual(withoutModel(rules, 'helllo', findTool), { rule: 1, proposals: [] });
  });

  test('does not apply where a group that it needs has matched nothing, or a tool would not take the call', () => {
    const optional = rule('status(?: of (?<order>#W\\d+))?');
    assert.equal(withoutModel([optional], 'status', findTool), undefined);
    assert.notEqual(withoutModel([optional], 'status of #W1', findTool), undefined);
    const unreadable = { match: 'x', propose: [{ tool: ORDER, arguments: { order: '#W1' } }] };
    assert.equal(withoutModel([unreadable], 'x', findTool), undefined);
  });

  test('is not tried on a prompt that is longer than a routine task', () => {
    const any = { match: 'a+', propose: [] };
    assert.notEqual(withoutModel([any], 'a'.repeat(LONGEST_MATCHED_PROMPT), findTool), undefined);
    assert.equal(withoutModel([any], 'a'.repeat(LONGEST_MATCHED_PROMPT + 1), findTool), undefined);
  });
});

const DESK = (rules: string) => `version: 1
permissions:
  allowed_tools: [tickets.search, payments.grant, tickets.reply]
  write_actions_require_approval: true
models:
  reasoning: us.anthropic.claude-sonnet-4-5-20250929-v1:0
  without_model:
${rules}
`;
const built = (rules: string) => problemsOf({ 'envelopes/desk.yaml': DESK(rules) });
const search = (match: string, given: string, tool = 'tickets.search') =>
  built(`    - match: '${match}'\n      propose:\n        - tool: ${tool}\n          arguments: ${given}`);

suite('the build', () => {
  test('keeps rules that can be followed', () => {
    const rules =
      "    - match: 'find (?<what>.+)'\n      propose: [{ tool: tickets.search, arguments: { query: '{what}' } }]";
    const { bundle } = buildFiles({ 'envelopes/desk.yaml': DESK(rules) });
    assert.deepEqual(bundle.envelopes.desk?.models.without_model, [
      { match: 'find (?<what>.+)', propose: [{ tool: 'tickets.search', arguments: { query: '{what}' } }] },
    ]);
  });

  for (const [what, problems, expected] of [
    [
      'an expression that is none',
      search('find (', '{ query: a }'),
      /:8: models\.without_model\.0\.match: .*Unterminated group/,
    ],
    ['an expression that can take forever', search('(?:a+)+b', '{ query: a }'), /can take forever/],
    ['one that refers back', search('(?<a>x)\\k<a>', '{ query: a }'), /refers back/],
    [
      'a tool that the workflow has not',
      search('a', '{}', 'payments.refund'),
      /tool 'payments\.refund' is not allowed/,
    ],
    [
      'an argument that the tool has not',
      search('a', '{ query: a, tone: b }'),
      /tickets\.search: tone: unknown field/,
    ],
    ['an argument that is missing', search('a', '{}'), /tickets\.search: query: /],
    [
      'a place for which there is no group',
      search('a (?<what>b)', "{ query: '{wat}' }"),
      /\{wat\} is no group of match.*did you mean 'what'/,
    ],
    [
      'a text where the tool takes a number',
      search('(?<n>1)', "{ points: '{n}' }", 'payments.grant'),
      /points: expected/,
    ],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', expected);
    });
  }
});
