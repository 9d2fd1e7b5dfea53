import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { PolicyBundle } from '../../../domain/policy/bundle.ts';
import { groupsOf } from '../../../domain/policy/groups.ts';
import type { ToolDefinition, ToolNamespace } from '../../../domain/tool/definition.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { POLICIES as DEPLOYED } from '../../../infra/policy/paths.ts';

const POLICIES = join(import.meta.dirname, 'policies');

export const AGENT = 'assistant';
/** Who confirms what policy does not allow: the person whom the assistant works for. */
const OWNER = 'account_owner';

/** There is no second owner whom a payment could wait for. */
const ONE_OWNER = { 3: 1, 4: 1 };

const COUNTERS = {
  payments: { of: ['money'], when: 'allowed' },
  messages: { of: ['message'], when: 'allowed' },
  deletions: { of: ['delete'], when: 'allowed' },
} as const;

/**
 * Policies of an assistant over one suite's tools: the same for all suites, but for those about kinds of tools that this one
 * does not have, because a policy about nothing does not validate. Built as every deployment's are.
 *
 * @throws PolicyFilesInvalid
 */
export function suiteBundle(namespace: ToolNamespace): PolicyBundle {
  const root = mkdtempSync(join(tmpdir(), 'suite-policies-'));
  try {
    for (const folder of ['agents', 'envelopes', 'guardrails']) {
      mkdirSync(join(root, folder));
    }
    for (const file of readdirSync(POLICIES)) {
      if (namespace.tools.some((tool) => isAbout(basename(file, '.cedar'), tool))) {
        cpSync(join(POLICIES, file), join(root, 'agents', file));
      }
    }
    const tools = namespace.tools.map(({ name }) => name);
    write(root, 'directory.yaml', {
      version: 1,
      approver_roles: [OWNER],
      minimum_quorum: ONE_OWNER,
      people: [],
    });
    cpSync(join(DEPLOYED, 'prices.yaml'), join(root, 'prices.yaml'));
    write(root, 'history.yaml', { version: 1, counters: COUNTERS });
    write(root, `envelopes/${AGENT}.yaml`, {
      ...{ version: 1, workflow: AGENT, agent: AGENT, mode: 'autonomous' },
      ...{ owner: 'the account', steward: 'platform team', reviewer_role: OWNER },
      models: { reasoning: 'recorded', instructions: 'help', max_output_tokens: 1000 },
      budgets: { hard_cost_cap_usd: 1, max_tool_calls: 100 },
      permissions: { allowed_tools: tools, approval_roles: [OWNER], approval_timeout_hours: 1 },
      logging: { store_transcripts_days: 1 },
    });
    return buildPolicyBundle(root, [namespace], () => undefined);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** `create+notify` is about what is of both kinds, `create-notify` about what is of the first and not of the second. */
function isAbout(name: string, tool: ToolDefinition): boolean {
  const groups = groupsOf(tool);
  const words = name.match(/[+-]?\w+/g) ?? [];
  return words.every((word) =>
    word.startsWith('-') ? !groups.includes(word.slice(1)) : groups.includes(word.replace('+', '')),
  );
}

/** JSON is YAML. */
function write(root: string, name: string, content: unknown): void {
  writeFileSync(join(root, name), JSON.stringify(content));
}
