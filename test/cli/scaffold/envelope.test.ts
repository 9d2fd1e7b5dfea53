import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvelope, withTool, writeGuardId } from '../../../cli/scaffold/envelope.ts';

function envelope(tools: string): string {
  return `# Why there is such a workflow.
workflow: w   # odd   spacing
agent: a
reviewer_role: r
permissions:
  allowed_tools:${tools}
  approval_roles: [r]
`;
}

/** The list before, and with `m.get_it` in it. */
const LISTS: Readonly<Record<string, readonly [string, string]>> = {
  'in the middle of a list in order': [
    '\n    - a.get_it\n    - z.get_it',
    '\n    - a.get_it\n    - m.get_it\n    - z.get_it',
  ],
  'at the head of a list in order': ['\n    - z.get_it', '\n    - m.get_it\n    - z.get_it'],
  'at the end of a list in order': ['\n    - a.get_it', '\n    - a.get_it\n    - m.get_it'],
  'at the end of a list in no order': [
    '\n    - z.get_it\n    - a.get_it',
    '\n    - z.get_it\n    - a.get_it\n    - m.get_it',
  ],
  'behind the comment of the last': ['\n    - a.get_it # why', '\n    - a.get_it # why\n    - m.get_it'],
  'with the comment above staying where it is': [
    '\n    # first\n    - a.get_it\n    # last\n    - z.get_it',
    '\n    # first\n    - a.get_it\n    # last\n    - m.get_it\n    - z.get_it',
  ],
  'in a list with quotes': [
    '\n    - \'a.get_it\'\n    - "z.get_it"',
    '\n    - \'a.get_it\'\n    - m.get_it\n    - "z.get_it"',
  ],
  'without indentation': ['\n  - a.get_it\n  - z.get_it', '\n  - a.get_it\n  - m.get_it\n  - z.get_it'],
  'on one line': [' [a.get_it, z.get_it]', ' [a.get_it, m.get_it, z.get_it]'],
  'at the end of one line': [' [a.get_it]', ' [a.get_it, m.get_it]'],
  'not twice': ['\n    - m.get_it', '\n    - m.get_it'],
};

for (const [where, [before, after]] of Object.entries(LISTS)) {
  test(`a tool is added ${where}, and nothing else changes`, () => {
    assert.equal(withTool('e.yaml', envelope(before), 'm.get_it'), envelope(after));
  });
}

const RULES = 'policy:\n  tools:\n    - name: a.get_it\n      allow_if: [x]   # why\n';
const DENIED = '    - name: m.get_it\n      default: deny\n';

/** Envelopes that are compiled to permits, and what is behind them, or in them, then. */
const PERMITTING: Readonly<Record<string, readonly [string, string]>> = {
  'behind the last rule': [RULES, `${RULES}${DENIED}`],
  'before what follows the rules': [
    `${RULES}# next\nrefunds: {}\n`,
    `${RULES}${DENIED}# next\nrefunds: {}\n`,
  ],
  'beside a list of allowed tools': [
    `${envelope(' [a.get_it]')}${RULES}`,
    `${envelope(' [a.get_it]')}${RULES}${DENIED}`,
  ],
  'as the first rule': ['refunds: {}\n', `refunds: {}\npolicy:\n  tools:\n${DENIED}`],
  'without indentation': [
    'policy:\n  tools:\n  - name: a.b_c',
    'policy:\n  tools:\n  - name: a.b_c\n  - name: m.get_it\n    default: deny',
  ],
  'with permits by hand and no other list': [
    `permissions: { permit_allowed_tools: false }\n${RULES}`,
    `permissions: { permit_allowed_tools: false }\n${RULES}${DENIED}`,
  ],
};

for (const [where, [before, after]] of Object.entries(PERMITTING)) {
  test(`a tool is denied ${where}, so that no envelope permits what nobody has written a rule for`, () => {
    assert.equal(withTool('e.yaml', before, 'm.get_it'), after);
  });
}

for (const rules of ['[{ name: a.get_it }]', '']) {
  test(`rules of an envelope as '${rules}' are left to a person`, () => {
    const text = `refunds: {}\npolicy:\n  tools: ${rules}\n`;
    assert.throws(
      () => withTool('e.yaml', text, 'm.get_it'),
      /e\.yaml: expected a list policy\.tools with a line/,
    );
  });
}

test('an envelope that has every write approved is known by the policy that it is compiled to', () => {
  const text = 'permissions:\n  approval_quorum: 2\n  write_actions_require_approval: true\n';
  assert.equal(writeGuardId('w', text, 'm.set_it'), 'envelopes/w/L3-write-actions-require-approval-m-set-it');
  const { approvalQuorum, permitsTools, writesNeedApproval } = readEnvelope(
    'w.yaml',
    `reviewer_role: r\n${text}`,
  );
  assert.deepEqual([approvalQuorum, permitsTools, writesNeedApproval], [2, true, true]);
});

for (const tools of [' all', '', ' []']) {
  test(`an envelope with the tools '${tools}' is left to a person`, () => {
    assert.throws(() => withTool('e.yaml', envelope(tools), 'm.get_it'), {
      name: 'CommandFailure',
      message: /^e\.yaml: /,
    });
  });
}

test('an envelope that says too little is refused by its name', () => {
  assert.throws(() => readEnvelope('e.yaml', 'workflow: w\n'), /e\.yaml: expected workflow, agent/);
  assert.throws(() => readEnvelope('e.yaml', 'workflow: [\n'), /e\.yaml: /);
  assert.deepEqual(readEnvelope('e.yaml', envelope(' [a.get_it]')), {
    workflow: 'w',
    agent: 'a',
    reviewerRole: 'r',
    approvalRoles: ['r'],
    approvalQuorum: 1,
    allowedTools: ['a.get_it'],
    permitsTools: false,
    writesNeedApproval: false,
  });
});

test('what an envelope does not say comes from its file name and the defaults', () => {
  const defaults = 'workflows:\n  Refund desk: { reviewer_role: FinanceAdmin }\n';
  assert.deepEqual(readEnvelope('policies/envelopes/refund_desk.yaml', 'refunds: {}\n', defaults), {
    workflow: 'refund-desk',
    agent: 'refund-desk',
    reviewerRole: 'FinanceAdmin',
    approvalRoles: ['FinanceAdmin'],
    approvalQuorum: 1,
    allowedTools: [],
    permitsTools: true,
    writesNeedApproval: false,
  });
});
