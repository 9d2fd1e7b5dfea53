import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineTool, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { PolicyFilesInvalid } from '../../infra/policy/documents.ts';
import { envelope, policyRoot } from '../support/policy-folder.ts';

const base = {
  description: 'sends a letter',
  input: z.strictObject({ to: z.string(), text: z.string() }),
  output: z.string(),
  effect: 'write',
  tier: 2,
  idempotency: 'none',
  resource: 'Letter',
  access: [],
  maximumCostMicroDollars: 0,
  timeoutSeconds: 1,
  loggedArguments: [],
} as const;
/** For the guardrail of tier 4, which needs a tool to be over. */
const burn = defineTool({ ...base, name: 'post.burn_letter', tier: 4 });

/** What the build says of the shipped guardrails over one tool. */
function problemsOf(tool: ToolDefinition): string {
  const namespace: ToolNamespace = {
    ...{ name: 'post', tableName: (_, table) => table, tools: [tool, burn] },
    resources: [{ name: 'Letter', attributes: z.strictObject({}) }],
  };
  using folder = policyRoot({
    'envelopes/desk.yaml': envelope({ tools: [tool.name] }),
    'history.yaml': 'version: 1\ncounters: {}\n',
  });
  try {
    buildPolicyBundle(folder.root, [namespace]);
    return '';
  } catch (error) {
    assert.ok(error instanceof PolicyFilesInvalid, String(error));
    return error.problems.join('\n');
  }
}

const name = 'post.send_letter';
const SAYS =
  /guardrails\/egress\.cedar:\d+: asks for context\.provenance\.texts, and tool 'post\.send_letter' of kind 'egress' has no key argument that is 'embedded', declare its texts in keyArguments \(functions\/tools\/post\)/;

test('a tool that sends texts out and does not say which fails the build with the guardrail’s line', () => {
  assert.match(problemsOf(defineTool({ ...base, name, kinds: ['egress'] })), SAYS);
});

test('nor is it enough to declare other arguments', () => {
  assert.match(
    problemsOf(defineTool({ ...base, name, kinds: ['egress'], keyArguments: { to: 'value' } })),
    SAYS,
  );
});

test('one that declares its texts builds, and one that sends nothing out need not', () => {
  const texts = { to: 'value', text: 'embedded' } as const;
  assert.equal(problemsOf(defineTool({ ...base, name, kinds: ['egress'], keyArguments: texts })), '');
  assert.doesNotMatch(problemsOf(defineTool({ ...base, name, kinds: ['message'] })), /keyArguments/);
});
