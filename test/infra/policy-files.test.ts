import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { filesIn, PolicyFilesInvalid, readDirectory, readHistory } from '../../infra/policy/documents.ts';
import { envelopeSchema } from '../../infra/policy/envelope-schema.ts';
import {
  COUNTERSIGNING_SCHEMA_FILE,
  ENVELOPE_SCHEMA_FILE,
  POLICIES,
  SCHEMA_FILE,
} from '../../infra/policy/paths.ts';
import { policiesWith } from '../../local/policies.ts';

test('the schema file beside the policies is the one made from the tools', () => {
  const generated = cedarSchema(NAMESPACES, readDirectory(POLICIES).approver_roles, readHistory(POLICIES));
  assert.equal(readFileSync(SCHEMA_FILE, 'utf8'), generated, 'run npm run generate');
});

test('the schema of who may countersign beside its policies is the one they are held to', () => {
  const { countersigning } = buildPolicyBundle(POLICIES, NAMESPACES);
  assert.equal(
    readFileSync(COUNTERSIGNING_SCHEMA_FILE, 'utf8'),
    countersigning.schema,
    'run npm run generate',
  );
});

test('the schema of envelopes beside the policies is the one made from their shape, and every envelope names it', () => {
  assert.equal(readFileSync(ENVELOPE_SCHEMA_FILE, 'utf8'), envelopeSchema(), 'run npm run generate');
  for (const file of filesIn(join(POLICIES, 'envelopes'), '.yaml')) {
    assert.match(
      readFileSync(file, 'utf8'),
      /^# yaml-language-server: \$schema=\.\.\/envelope\.schema\.json\n/,
      file,
    );
  }
});

test('the same files give the same digest, and any change gives another', () => {
  const { digest } = buildPolicyBundle(POLICIES, NAMESPACES);
  assert.equal(buildPolicyBundle(POLICIES, NAMESPACES).digest, digest);
  withPolicies((root) => {
    change(root, 'agents/retail-support-refunds.cedar', '<= 50000', '<= 60000');
    assert.notEqual(buildPolicyBundle(root, NAMESPACES).digest, digest);
  });
  withPolicies((root) => {
    change(
      root,
      'countersigning/people.cedar',
      'ask somebody who decides there',
      'ask one who decides there',
    );
    assert.notEqual(buildPolicyBundle(root, NAMESPACES).digest, digest, 'who may countersign is part of it');
  });
});

/** File, what to replace in it, by what, and the problem that the build must name. */
const PROBLEMS: Record<string, readonly [string, string, string, RegExp]> = {
  'a policy that does not parse': [
    'agents/retail-support.cedar',
    'when { resource.exists &&',
    'when { resource has &&',
    /agents\/retail-support\.cedar:67: .*unexpected token/,
  ],
  'a misspelt attribute': [
    'agents/retail-support-refunds.cedar',
    'context.facts.refundCents',
    'context.facts.refundCent',
    /agents\/retail-support-refunds\.cedar:15: .*attribute.*refundCent/,
  ],
  'an unknown tool': [
    'agents/retail-support.cedar',
    'Action::"retail.get_user_details"',
    'Action::"retail.get_user_detail"',
    /agents\/retail-support\.cedar:\d+: .*unrecognized action/,
  ],
  'an argument compared with another type': [
    'agents/retail-support-refunds.cedar',
    'context.facts.refundCents <= 50000',
    'context.facts.refundCents <= "50000"',
    /agents\/retail-support-refunds\.cedar:15: /,
  ],
  'a template, which Cedar would not enforce until it is linked': [
    'guardrails/mode.cedar',
    'forbid (principal, action, resource)',
    'forbid (principal == ?principal, action, resource)',
    /guardrails\/mode\.cedar:12: a template, which nothing would enforce/,
  ],
  'a policy without an id': [
    'guardrails/mode.cedar',
    '@id("stopped")',
    '',
    /guardrails\/mode\.cedar:13: .*no @id/,
  ],
  'two policies with one id': [
    'guardrails/mode.cedar',
    '@id("stopped")',
    '@id("read-only")',
    /guardrails\/mode\.cedar:12: a second policy 'guardrails\/mode\/read-only'/,
  ],
  'an approver that no directory knows': [
    'agents/retail-support-refunds.cedar',
    '@approvers("support_manager")',
    '@approvers("manager")',
    /agents\/retail-support-refunds\.cedar:17: @approvers\("manager"\): expected one of support_manager/,
  ],
  'a quorum that is no number': [
    'agents/retail-support-refunds.cedar',
    '@quorum("2")',
    '@quorum("all")',
    /agents\/retail-support-refunds\.cedar:17: @quorum\("all"\)/,
  ],
  'an envelope without an owner': [
    'envelopes/retail-support.yaml',
    'owner: head of customer support\n',
    '',
    /envelopes\/retail-support\.yaml:\d+: owner: /,
  ],
  'an envelope with an impossible cap': [
    'envelopes/retail-support.yaml',
    'hard_cost_cap_usd: 0.50',
    'hard_cost_cap_usd: -1',
    /envelopes\/retail-support\.yaml:20: budgets\.hard_cost_cap_usd: /,
  ],
  'an envelope that allows a tool nobody registered': [
    'envelopes/retail-support.yaml',
    '- retail.calculate',
    '- retail.calculat',
    /envelopes\/retail-support\.yaml:\d+: permissions\.allowed_tools\.\d+: tool 'retail\.calculat' is not registered, did you mean 'retail\.calculate'/,
  ],
  'a tool of tier 4 that a guardrail no longer covers': [
    'guardrails/break-glass.cedar',
    'Action::"tier4"',
    'Action::"tier3"',
    /guardrails: tool 'helpdesk\.redact_ticket' is of tier 4, and no policy forbids that tier/,
  ],
  'a guardrail of tier 4 with another way out': [
    'guardrails/break-glass.cedar',
    '{ context.breakGlass.active }',
    '{ context.breakGlass.active || context.mode == "autonomous" }',
    /no policy forbids that tier unless break-glass is active/,
  ],
  'a policy about another tier that asks for break-glass, which is read for tier 4 only': [
    'agents/helpdesk-triage.cedar',
    'context.approvals.support_manager >= 1',
    'context.breakGlass.active',
    /agents\/helpdesk-triage\.cedar:\d+: .*breakGlass/,
  ],
  'a person with a role that nobody can use': [
    'directory.yaml',
    'break_glass_roles: [incident_commander]',
    'break_glass_roles: []',
    /directory\.yaml:\d+: people\.0\.roles: role 'incident_commander' is not among approver_roles, break_glass_roles or privacy_roles/,
  ],
  'two people who sign requests as one principal': [
    'directory.yaml',
    'principals: [role/countersign-people/noor]',
    'principals: [role/countersign-people/nour, role/countersign-people/theo]',
    /directory\.yaml:26: people\.2\.principals\.1: 'role\/countersign-people\/theo', names Theo Brandt already/,
  ],
  'two people who are one in slack': [
    'directory.yaml',
    'slack: [U0THEO]',
    'slack: [U0MARIA]',
    /directory\.yaml:22: people\.1\.slack\.0: 'U0MARIA', names Maria Keller already/,
  ],
  'two people with one id': [
    'directory.yaml',
    '- id: theo',
    '- id: maria',
    /directory\.yaml:18: people\.1\.id: 'maria', names Maria Keller already/,
  ],
  'an alias that is the id of somebody else': [
    'directory.yaml',
    'roles: [FinanceAdmin]',
    'roles: [FinanceAdmin]\n    aliases: [cust_7, maria]',
    /directory\.yaml:31: people\.3\.aliases\.1: 'maria', names Maria Keller already/,
  ],
  'a policy of who may countersign that does not parse': [
    'countersigning/people.cedar',
    'when { principal.ids.containsAny(resource.requesters) };',
    'when { principal.ids.containsAny(resource.requesters };',
    /countersigning\/people\.cedar:26: .*unexpected token/,
  ],
  'a policy of who may countersign with a misspelt attribute': [
    'countersigning/people.cedar',
    'resource.beneficiaries',
    'resource.beneficiary',
    /countersigning\/people\.cedar:36: .*attribute.*beneficiary/,
  ],
  'a policy of who may countersign over something that is no verdict': [
    'countersigning/people.cedar',
    'action == Action::"approve"',
    'action == Action::"confirm"',
    /countersigning\/people\.cedar:\d+: .*unrecognized action/,
  ],
  'a policy of who may countersign without an id': [
    'countersigning/people.cedar',
    '@id("once")',
    '',
    /countersigning\/people\.cedar:50: .*no @id/,
  ],
  'two policies of who may countersign with one id': [
    'countersigning/people.cedar',
    '@id("once")',
    '@id("other-tenant")',
    /countersigning\/people\.cedar:49: a second policy 'countersigning\/people\/other-tenant'/,
  ],
  'a policy of who may countersign for a role that nobody can have': [
    'countersigning/people.cedar',
    'principal.roles.containsAny(resource.rolesAsked)',
    'principal.roles.contains("suport_manager")',
    /countersigning\/people\.cedar:8: role 'suport_manager' is nobody's, .*did you mean 'support_manager'/,
  ],
  'a policy of who may countersign for one of roles that nobody can be asked as': [
    'countersigning/people.cedar',
    'principal.roles.containsAny(resource.rolesAsked)',
    '["support_manager", "auditor"].containsAny(resource.rolesAsked)',
    /countersigning\/people\.cedar:8: role 'auditor' is nobody's, expected one of /,
  ],
  'a code that programs could not tell from others': [
    'countersigning/people.cedar',
    '@code("own_benefit")',
    '@code("Own benefit")',
    /countersigning\/people\.cedar:28: @code\("Own benefit"\): expected lower-case/,
  ],
  'a code of a policy that refuses nothing': [
    'countersigning/people.cedar',
    '@id("people")',
    '@id("people")\n@code("people")',
    /countersigning\/people\.cedar:4: @code\("people"\) on a permit/,
  ],
  'a price of a tool that nobody registered': [
    'prices.yaml',
    'tools: {}',
    'tools:\n  retail.calculat: { usd_per_call: 0.01, source: "https://example.com", as_of: 2026-11-21 }',
    /prices\.yaml:\d+: a price of 'retail\.calculat', which is no registered tool, did you mean 'retail\.calculate'/,
  ],
  'yaml that is none': ['directory.yaml', 'version: 1', 'version: [1', /directory\.yaml:\d+: /],
};

for (const [title, [file, from, to, problem]] of Object.entries(PROBLEMS)) {
  test(`${title} fails the build with file and line`, () => {
    withPolicies((root) => {
      change(root, file, from, to);
      assert.throws(
        () => buildPolicyBundle(root, NAMESPACES),
        (error) => {
          assert.ok(error instanceof PolicyFilesInvalid, String(error));
          assert.match(error.problems.join('\n'), problem);
          return true;
        },
      );
    });
  });
}

test('policies of a file keep their order and are given their lines, however many there are', () => {
  withPolicies((root) => {
    const policies = Array.from(
      { length: 25 },
      (_, number) => `@id("p${number}")\npermit (principal, action, resource);`,
    );
    writeFileSync(join(root, 'agents', 'many.cedar'), `// many\n${policies.join('\n\n')}\n`);
    const built = buildPolicyBundle(root, NAMESPACES).policies.filter(
      ({ file }) => file === 'agents/many.cedar',
    );
    assert.deepEqual(
      built.map(({ annotations, line }) => [annotations.id, line]),
      policies.map((_, number) => [`p${number}`, 2 + number * 3]),
    );
  });
});

test('a copy of the policies replaces files that are there, and adds none', () => {
  withPolicies((root) => {
    const other = join(root, 'agents', 'helpdesk-triage.cedar');
    const copy = policiesWith({ 'agents/retail-support.cedar': other }, join(root, 'copy'));
    assert.equal(
      readFileSync(join(copy, 'agents', 'retail-support.cedar'), 'utf8'),
      readFileSync(other, 'utf8'),
    );
    assert.throws(
      () => policiesWith({ 'agents/nobody.cedar': other }, join(root, 'second')),
      /no file 'agents\/nobody\.cedar'/,
    );
  });
});

function withPolicies(use: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'policies-'));
  try {
    cpSync(POLICIES, root, { recursive: true });
    use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function change(root: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(root, file), 'utf8');
  assert.ok(text.includes(from), `${file} holds '${from}'`);
  writeFileSync(join(root, file), text.replace(from, to));
}
