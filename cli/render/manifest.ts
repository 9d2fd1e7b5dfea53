import type { AgentManifest, ManifestTool } from '../../contracts/manifest.ts';
import { facts, money, printable, shortDigest, table } from './text.ts';

const TOOL_TITLES = ['tool', 'tier', 'effect', 'on', 'at most', 'permitted by', 'approvers'];
const REACH_TITLES = ['tool', 'reaches', 'how'];

export function manifestLines(manifest: AgentManifest): readonly string[] {
  return [
    ...facts(factsOf(manifest)),
    '',
    ...table(columns(TOOL_TITLES), manifest.tools.map(toolRow)),
    '',
    ...table(columns(REACH_TITLES), manifest.tools.flatMap(reachRows)),
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
    ...access.map(({ actions, on, keys }) => [
      `${on}, ${keys === 'items' ? "the call's own items" : 'any item of the tenant'}`,
      actions.join(', '),
    ]),
    ...destinations.map((destination) => [destination, 'http']),
    ...secrets.map((secret) => [`secret ${secret}`, 'secretsmanager:GetSecretValue']),
  ];
  return (rows.length === 0 ? [['nothing', '']] : rows).map((row) => [name, ...row]);
}

function columns(titles: readonly string[]) {
  return titles.map((title) => ({ title }));
}

function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)];
}
