import { z } from 'zod';
import { type PolicyRequest, policyRequest } from '../../domain/policy/request.ts';
import { defineTool, type ToolDefinition, type ToolNamespace } from '../../domain/tool/definition.ts';

/** Guardrails over everybody; the rest of a fleet's policies are its agents' own. */
const GUARDRAILS = `
@id("stopped")
@reason("the workflow is stopped")
forbid (principal, action, resource)
when { context.mode == "stopped" };

@id("read-only")
@reason("the workflow is in mode read_only, writes are off")
forbid (principal, action in [Action::"write"], resource)
when { context.mode == "read_only" };

@id("no-sanctioned-regions")
@reason("writes about sanctioned regions are off")
forbid (principal, action in [Action::"write"], resource)
when { context.arguments has region && context.arguments.region == "sanctioned" };
`;
const GUARDRAIL_COUNT = 3;

/** Of one agent; what a fleet grows by. */
const POLICIES_PER_AGENT = 7;
/** Agents of one department share its tools. */
const AGENTS_PER_DEPARTMENT = 10;
export const APPROVER_ROLES = ['auditor', 'manager'];

const ACCOUNT = z.object({
  exists: z.boolean(),
  owner: z.string().optional(),
  balanceCents: z.int().optional(),
});
const COMMON = {
  output: z.string(),
  access: [],
  maximumCostMicroDollars: 1,
  timeoutSeconds: 1,
  loggedArguments: [],
};
const WRITE = { ...COMMON, effect: 'write', idempotency: 'none' } as const;
const READ = { ...COMMON, effect: 'read', tier: 0 } as const;

function department(number: number): ToolNamespace & { readonly tools: readonly ToolDefinition[] } {
  const name = `department${number}`;
  const resource = `Account${number}`;
  const region = z.string().optional();
  const tools = [
    { ...READ, name: `${name}.get_account`, input: z.strictObject({ account: z.string() }) },
    {
      ...READ,
      name: `${name}.list_accounts`,
      input: z.strictObject({ account: z.string(), limit: z.int() }),
    },
    {
      ...WRITE,
      tier: 1,
      name: `${name}.add_note`,
      input: z.strictObject({ account: z.string(), note: z.string() }),
    },
    {
      ...WRITE,
      tier: 3,
      name: `${name}.refund_payment`,
      input: z.strictObject({ account: z.string(), cents: z.int(), region }),
      facts: z.object({ tenureMonths: z.int(), fraudScorePercent: z.int() }),
    },
    {
      ...WRITE,
      tier: 2,
      name: `${name}.send_message`,
      input: z.strictObject({ account: z.string(), to: z.string(), text: z.string(), region }),
    },
  ] as const;
  return {
    name,
    tableName: (_, table) => table,
    resources: [{ name: resource, attributes: ACCOUNT }],
    tools: tools.map(
      (tool): ToolDefinition => defineTool({ ...tool, description: 'for the bench', resource }),
    ),
  };
}

function policiesOf(agent: number): readonly string[] {
  const head = (tool: string) =>
    `principal == Agent::"agent-${agent}", action == Action::"${departmentOf(agent)}.${tool}", resource`;
  const own = 'resource has owner && resource.owner == context.user.id';
  return [
    `permit (${head('get_account')})\nwhen { ${own} }`,
    `permit (${head('list_accounts')})\nwhen { context.user.roles.contains("staff") && context.arguments.limit <= 100 }`,
    `permit (${head('add_note')})\nwhen { ${own} }`,
    `permit (${head('refund_payment')})\nwhen { ${own} && context.arguments.cents <= ${10_000 + agent} }\nunless { context.facts.tenureMonths < 3 || context.facts.fraudScorePercent >= 70 }`,
    `@approvers("manager")\n@quorum("1")\npermit (${head('refund_payment')})\nwhen { ${own} && context.arguments.cents <= 100000 && context.approvals.manager >= 1 }`,
    `@approvers("auditor")\n@quorum("2")\npermit (${head('refund_payment')})\nwhen { ${own} && context.approvals.auditor >= 2 }`,
    `permit (${head('send_message')})\nwhen { ${own} && context.arguments.to like "*@example.com" }`,
  ].map((policy, number) => policy.replace(/^/, `@id("agent-${agent}-${number}")\n`).replace(/$/, ';'));
}

function departmentOf(agent: number): string {
  return `department${Math.floor(agent / AGENTS_PER_DEPARTMENT)}`;
}

export interface Fleet {
  readonly guardrails: string;
  /** One file of Cedar for each department. */
  readonly agents: readonly string[];
  readonly namespaces: readonly ToolNamespace[];
  /** Of any of its agents, in ten: seven that are allowed, five of them reads, two that are refused, one that people have to approve. */
  readonly request: (random: () => number) => PolicyRequest;
}

/**
 * A fleet with so many policies: 3 guardrails over everybody, and 7 policies an agent over 4 of the 5 tools that 10
 * agents share. Policies that can match one request stay as many as they are, 2 to 6, however large the fleet.
 */
export function fleetOf(policies: number): Fleet {
  const own = policies - GUARDRAIL_COUNT;
  const agentCount = Math.ceil(own / POLICIES_PER_AGENT);
  const texts = Array.from({ length: agentCount }, (_, agent) => policiesOf(agent))
    .flat()
    .slice(0, own);
  const perFile = AGENTS_PER_DEPARTMENT * POLICIES_PER_AGENT;
  const departments = Array.from({ length: Math.ceil(texts.length / perFile) }, (_, number) =>
    department(number),
  );
  // the last agent may have been cut short
  const complete = Math.floor(own / POLICIES_PER_AGENT);
  return {
    guardrails: GUARDRAILS,
    agents: departments.map((_, number) =>
      texts.slice(number * perFile, (number + 1) * perFile).join('\n\n'),
    ),
    namespaces: departments,
    request: (random) => requestOf(Math.floor(random() * complete), random, departments),
  };
}

function requestOf(
  agent: number,
  random: () => number,
  departments: readonly ToolNamespace[],
): PolicyRequest {
  const departmentNumber = Math.floor(agent / AGENTS_PER_DEPARTMENT);
  const tools = departments[departmentNumber]?.tools ?? [];
  const account = `A-${Math.floor(random() * 1e6)}`;
  const refund = (cents: number, owner = 'lena') => ({ tool: 3, arguments: { account, cents }, owner });
  const read = { tool: 0, arguments: { account }, owner: 'lena' };
  // reads outnumber writes, as in what agents do
  const choices = [
    ...[read, read, read, read, read, { ...read, owner: 'omar' }],
    refund(Math.floor(random() * 10_000)),
    {
      tool: 4,
      arguments: { account, to: 'lena@example.com', text: 'your refund is on its way' },
      owner: 'lena',
    },
    refund(50_000),
    refund(500, 'omar'),
  ];
  const choice = choices[Math.floor(random() * choices.length)] as (typeof choices)[number];
  const definition = tools[choice.tool] as ToolDefinition;
  return policyRequest({
    agent: `agent-${agent}`,
    workflow: `workflow-${agent}`,
    tenant: 'acme',
    user: { id: 'lena', roles: ['customer'] },
    mode: 'autonomous',
    definition,
    arguments: choice.arguments,
    facts: {
      resource: {
        type: definition.resource,
        id: account,
        attributes: { exists: true, owner: choice.owner, balanceCents: 120_000 },
      },
      call: { tenureMonths: 12, fraudScorePercent: 10 },
    },
    approvals: { manager: 0, auditor: 0 },
    at: '2026-01-31T09:00:00.000Z',
    history: { payments: 2 },
    scores: { injection: 0 },
  });
}
