import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachingOf } from '../../../domain/cache/caching.ts';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { DESK } from '../../support/desk-tools.ts';
import { buildFiles, problemsOf } from '../../support/policy-root.ts';

const toolNamed = (name: string) => DESK.tools.find((tool) => tool.name === name);
const tool = (name: string): ToolDefinition => toolNamed(name) ?? assert.fail(name);

/** Line 3 is that of the tool. */
const envelope = (cached: string, seconds: number | string = 60) => `cache:
  tools:
    ${cached}: ${seconds}
permissions: { allowed_tools: [tickets.search, tickets.reply, tickets.answer, payments.refund] }
`;
const CACHING = envelope('tickets.search');
const PLAIN = 'permissions: { allowed_tools: [tickets.search, tickets.reply] }\n';

test('a read has its seconds where its own envelope says so', () => {
  const { envelopes } = buildFiles({ 'envelopes/desk.yaml': CACHING, 'envelopes/ledger.yaml': PLAIN }).bundle;
  const search = tool('tickets.search');
  assert.deepEqual(cachingOf(search, 'desk', envelopes, toolNamed), { cache: { seconds: 60 } });
  assert.deepEqual(cachingOf(search, 'ledger', envelopes, toolNamed), {});
  assert.deepEqual(cachingOf(tool('ledger.match_po'), 'desk', envelopes, toolNamed), {});
});

test('a write invalidates what any envelope caches of the same type of resource, and nothing else', () => {
  const { envelopes } = buildFiles({ 'envelopes/desk.yaml': CACHING, 'envelopes/ledger.yaml': PLAIN }).bundle;
  for (const workflow of ['desk', 'ledger', 'gone']) {
    assert.deepEqual(cachingOf(tool('tickets.reply'), workflow, envelopes, toolNamed), { invalidates: true });
  }
  assert.deepEqual(cachingOf(tool('tickets.answer'), 'desk', envelopes, toolNamed), {}, 'another type');
  assert.deepEqual(cachingOf(tool('payments.refund'), 'desk', envelopes, toolNamed), {}, 'another namespace');
});

test('without a cache nothing is said of any call', () => {
  const { envelopes } = buildFiles({ 'envelopes/desk.yaml': PLAIN }).bundle;
  for (const each of DESK.tools) {
    assert.deepEqual(cachingOf(each, 'desk', envelopes, toolNamed), {}, each.name);
  }
});

test('a tool that is named like a member of every object is cached by nobody', () => {
  const { envelopes } = buildFiles({ 'envelopes/desk.yaml': CACHING }).bundle;
  assert.deepEqual(
    cachingOf({ ...tool('tickets.search'), name: 'toString' }, 'desk', envelopes, toolNamed),
    {},
  );
});

const WRONG: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
  'is not registered': [
    envelope('tickets.serch'),
    /^envelopes\/desk\.yaml:3: cache\.tools: tool 'tickets\.serch' is not registered, expected one of tickets\.search, did you mean 'tickets\.search'$/,
  ],
  'the agent does not have': [
    envelope('ledger.match_po'),
    /^envelopes\/desk\.yaml:3: cache\.tools: tool 'ledger\.match_po' is not among the tools of the envelope, expected one of tickets\.search$/,
  ],
  writes: [
    envelope('tickets.reply'),
    /^envelopes\/desk\.yaml:3: cache\.tools: tool 'tickets\.reply' is a write, of which no answer is given again, expected one of tickets\.search$/,
  ],
};
for (const [what, [text, problem]] of Object.entries(WRONG)) {
  test(`an envelope that caches a tool that ${what} does not build`, () => {
    const problems = problemsOf({ 'envelopes/desk.yaml': text });
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
  });
}

for (const seconds of [0, 1.5, 86_401, '"60"']) {
  test(`an envelope that caches for ${seconds} seconds does not build`, () => {
    const problems = problemsOf({ 'envelopes/desk.yaml': envelope('tickets.search', seconds) });
    assert.match(problems.join('\n'), /^envelopes\/desk\.yaml:3: cache\.tools\.tickets\.search: /);
  });
}
