import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { POLICIES } from '../../infra/policy/paths.ts';

/** Of the project's own policies only what every deployment has: directory, guardrails and whatever is beside them. */
const NOT_COPIED = ['agents', 'envelopes', 'cases'];

export interface PolicyRoot {
  /** Folder with `policies` in it. */
  readonly project: string;
  readonly root: string;
  /** Texts as they are, all else as JSON. */
  readonly write: (files: Readonly<Record<string, unknown>>) => void;
  readonly [Symbol.dispose]: () => void;
}

/** A folder of policies with one agent, `desk`, that has these files. */
export function policyRoot(files: Readonly<Record<string, unknown>>): PolicyRoot {
  const project = mkdtempSync(join(tmpdir(), 'policies-'));
  const root = join(project, 'policies');
  cpSync(POLICIES, root, {
    recursive: true,
    filter: (source) => !NOT_COPIED.includes(relative(POLICIES, source)),
  });
  const write: PolicyRoot['write'] = (written) => {
    for (const [name, content] of Object.entries(written)) {
      const file = join(root, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    }
  };
  mkdirSync(join(root, 'envelopes'), { recursive: true });
  mkdirSync(join(root, 'agents'), { recursive: true });
  write({ 'envelopes/desk.yaml': envelope(), ...files });
  return { project, root, write, [Symbol.dispose]: () => rmSync(project, { recursive: true, force: true }) };
}

export const DESK_TOOLS = ['retail.get_order_details', 'retail.cancel_pending_order', 'loyalty.add_points'];

/** The envelope of workflow and agent `desk`. */
export function envelope({
  tools = DESK_TOOLS,
  mode = 'autonomous',
}: {
  tools?: readonly string[];
  mode?: string;
} = {}) {
  return `version: 1
workflow: desk
agent: desk
owner: head of the desk
steward: platform team
reviewer_role: support_manager
mode: ${mode}
models: { reasoning: some-model, max_output_tokens: 100, instructions: help }
budgets: { hard_cost_cap_usd: 1, max_tool_calls: 10 }
permissions:
  allowed_tools: [${tools.join(', ')}]
  approval_roles: [support_manager]
  approval_timeout_hours: 1
logging: { store_transcripts_days: 1 }
`;
}

/** A policy over one tool of the desk. */
export function permit(id: string, tool: string, condition?: string, annotations = ''): string {
  const when = condition === undefined ? '' : `\nwhen { ${condition} }`;
  return `@id("${id}")\n${annotations}permit (\n  principal == Agent::"desk",\n  action == Action::"${tool}",\n  resource\n)${when};\n`;
}

export const APPROVED = '@approvers("support_manager")\n@quorum("1")\n';

/** A case of adding points, for a member of the staff. */
export function pointsCase(points: number, policies: readonly string[], more: object = {}) {
  return {
    ...{ agent: 'desk', workflow: 'desk', tenant: 'acme', user: { id: 'ines', roles: ['store_staff'] } },
    ...{ mode: 'autonomous', tool: 'loyalty.add_points' },
    arguments: { member_id: 'm_1', points, reason: 'goodwill' },
    resource: { type: 'Member', id: 'm_1', attributes: {} },
    policies,
    ...more,
  };
}
