import type { AgentManifest, ManifestTool } from '../../contracts/manifest.ts';
import { facts, money, printable, shortDigest, table } from './text.ts';

const TOOL_TITLES = ['tool', 'tier', 'effect', 'on', 'at most', 'permitted by', 'approvers'];
const REACH_TITLES = ['tool', 'reaches', 'how'];
const SAFEGUARD_TITLES = ['tool', 'time', 'limits', 'preview', 'undo', 'discloses', 'beneficiary'];

export function manifestLines(manifest: AgentManifest): readonly string[] {
  return [
    ...facts(factsOf(manifest)),
    '',
    ...table(columns(TOOL_TITLES), manifest.tools.map(toolRow)),
    '',
    ...table(columns(REACH_TITLES), manifest.tools.flatMap(reachRows)),
    '',
    ...table(columns(SAFEGUARD_TITLES), manifest.tools.map(safeguardRow)),
    '',
    'conditions of the policies: countersign manifest AGENT --markdown',
  ];
}

/** A document for a review, complete with the policies' text. */
export function manifestMarkdown(manifest: AgentManifest): readonly string[] {
  const permits = manifest.tools.flatMap(({ permittedBy }) => permittedBy);
  const policies = new Map([...permits, ...manifest.guardrails].map(({ id, text }) => [id, text]));
  return [
    `# What ${manifest.agent} may do`,
    '',
    ...factsOf(manifest).map(([name, value]) => `- **${name}**: ${value}`),
    '',
    '## Tools',
    '',
    ...markdownTable(TOOL_TITLES, manifest.tools.map(toolRow)),
    '',
    '## What they reach',
    '',
    ...markdownTable(REACH_TITLES, manifest.tools.flatMap(reachRows)),
    '',
    '## How they are held',
    '',
    ...markdownTable(SAFEGUARD_TITLES, manifest.tools.map(safeguardRow)),
    '',
    '## Policies',
    ...[...policies].flatMap(([id, text]) => ['', `### ${id}`, '', '```cedar', text, '```']),
  ];
}

function factsOf(manifest: AgentManifest): [string, string][] {
  const { agent, workflow, owner, steward, reviewerRole, mode, models, caps, policyDigest, guardrails } =
    manifest;
  return [
    ['agent', agent],
    ['workflow', workflow],
    ['owner', printable(owner)],
    ['steward', printable(steward)],
    ['reviewer', reviewerRole],
    ['mode', mode],
    ['models', models.join(', ')],
    ['caps', `${money(caps.costMicroDollarsPerRun)} and ${caps.toolCallsPerRun} tool calls a run`],
    ['guardrails', guardrails.map(({ id }) => id).join(', ') || 'none'],
    ['policies', shortDigest(policyDigest)],
  ];
}

function toolRow(tool: ManifestTool): string[] {
  const { name, tier, effect, idempotency, resource, maximumCostMicroDollars, permittedBy } = tool;
  const approvers = permittedBy.flatMap(({ approverRole, quorum }) =>
    approverRole === undefined ? [] : [`${quorum} ${approverRole}`],
  );
  return [
    name,
    String(tier),
    idempotency === undefined ? effect : `${effect}, ${idempotency}`,
    resource,
    money(maximumCostMicroDollars),
    permittedBy.map(({ id }) => id).join(', ') || 'nothing: it can never be called',
    approvers.join(', '),
  ];
}

function reachRows({ name, access, destinations, secrets }: ManifestTool): string[][] {
  const rows = [
    ...access.map(({ actions, on, keys }) => [`${on}, ${REACH_TEXTS[keys]}`, actions.join(', ')]),
    ...destinations.map((destination) => [destination, 'http']),
    ...secrets.map((secret) => [`secret ${secret}`, 'secretsmanager:GetSecretValue']),
  ];
  return (rows.length === 0 ? [['nothing', '']] : rows).map((row) => [name, ...row]);
}

const REACH_TEXTS = {
  items: "the call's own items",
  tenant: 'any item of the tenant',
  deployment: 'shared by all tenants',
} as const satisfies Record<ManifestTool['access'][number]['keys'], string>;

function safeguardRow(tool: ManifestTool): string[] {
  const {
    name,
    effect,
    timeoutSeconds,
    limits: { callsPerMinute, concurrentCalls } = {},
    preview,
    undo,
    discloses,
    beneficiary = [],
  } = tool;
  const limits = [
    ...(callsPerMinute === undefined ? [] : [`${callsPerMinute} a minute`]),
    ...(concurrentCalls === undefined ? [] : [`${concurrentCalls} at once`]),
  ];
  return [
    name,
    `${timeoutSeconds} s`,
    limits.join(', ') || 'none',
    preview ?? '',
    undo ?? (effect === 'write' ? 'none' : ''),
    discloses.join(', ') || 'nothing',
    beneficiary.join(', '),
  ];
}

function columns(titles: readonly string[]) {
  return titles.map((title) => ({ title }));
}

function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)];
}
