import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvelope, withAllowedTool } from '../../../cli/scaffold/envelope.ts';

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
    assert.equal(withAllowedTool('e.yaml', envelope(before), 'm.get_it'), envelope(after));
  });
}

for (const tools of [' all', '', ' []']) {
  test(`an envelope with the tools '${tools}' is left to a person`, () => {
    assert.throws(() => withAllowedTool('e.yaml', envelope(tools), 'm.get_it'), {
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
    allowedTools: ['a.get_it'],
  });
});

test('what an envelope does not say comes from its file name and the defaults', () => {
  const defaults = 'workflows:\n  Refund desk: { reviewer_role: FinanceAdmin }\n';
  assert.deepEqual(readEnvelope('policies/envelopes/refund_desk.yaml', 'refunds: {}\n', defaults), {
    workflow: 'refund-desk',
    agent: 'refund-desk',
    reviewerRole: 'FinanceAdmin',
    approvalRoles: ['FinanceAdmin'],
    allowedTools: [],
  });
});
