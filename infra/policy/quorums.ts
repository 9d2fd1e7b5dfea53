import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Directory } from '../../domain/approval/directory.ts';
import type { Envelope } from '../../domain/envelope/envelope.ts';
import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import { groupsOf } from '../../domain/policy/groups.ts';
import type { ToolDefinition } from '../../domain/tool/definition.ts';

/** What a quorum is held against. */
interface Surroundings {
  readonly directory: Pick<Directory, 'minimum_quorum'>;
  readonly tools: readonly ToolDefinition[];
  readonly envelopes: Readonly<Record<string, Envelope>>;
}

/**
 * INVARIANT: no policy lets fewer people countersign than the tier of a tool takes, and none says another number than its conditions ask
 * for. Those that envelopes are compiled to are right by construction.
 */
export function quorumProblems(policy: BundledPolicy, surroundings: Surroundings): string[] {
  const { annotations, file } = policy;
  const { approvers, quorum = '1' } = annotations;
  const isWritten = file.endsWith('.cedar') && /^[1-9]$/.test(quorum);
  return approvers === undefined || !isWritten
    ? []
    : [
        ...disagreements(policy, approvers, Number(quorum)),
        ...tooSmall(policy, Number(quorum), surroundings),
      ];
}

function tooSmall(policy: BundledPolicy, quorum: number, surroundings: Surroundings): string[] {
  const { minimum_quorum: minimum } = surroundings.directory;
  const needs = toolsReached(policy, surroundings)
    .filter(({ tier }) => quorum < peopleFor(tier, minimum))
    .sort((left, right) => peopleFor(right.tier, minimum) - peopleFor(left.tier, minimum));
  const [first] = needs;
  if (first === undefined) {
    return [];
  }
  const people = peopleFor(first.tier, minimum);
  const { file, line } = policy;
  return [
    `${file}:${line}: @quorum("${quorum}"), and the policy can match '${first.name}' of tier ${first.tier}, which takes ${people} people (minimum_quorum of directory.yaml); raise it and its condition to ${people}, or give tools of this tier a policy of their own`,
  ];
}

/** How many people a tool takes that needs any. */
export function peopleFor(tier: number, minimum: Directory['minimum_quorum']): number {
  return tier === 1 || tier === 2 || tier === 3 || tier === 4 ? minimum[tier] : 1;
}

/** Too many, never too few: conditions are not looked at. */
function toolsReached({ scope }: BundledPolicy, { tools, envelopes }: Surroundings): ToolDefinition[] {
  const { principal, actions, resource, resourceType } = scope;
  const own = Object.values(envelopes).filter(({ agent }) => agent === (principal ?? agent));
  const allowed = own.flatMap(({ permissions }) => permissions.allowed_tools);
  const type = resource?.type ?? resourceType;
  return tools
    .filter(({ name }) => own.length === 0 || allowed.includes(name))
    .filter((tool) => actions?.some((action) => [tool.name, ...groupsOf(tool)].includes(action)) ?? true)
    .filter((tool) => type === undefined || tool.resource === type);
}

function disagreements({ file, line, text }: BundledPolicy, role: string, quorum: number): string[] {
  const answer = policyToJson(text);
  const asked =
    answer.type === 'success' ? answer.json.conditions.flatMap(({ body }) => peopleAsked(body, role)) : [];
  const other = asked.find((people) => people !== quorum);
  if (asked.length === 0) {
    return [
      `${file}:${line}: @approvers("${role}") without a condition context.approvals.${role} >= ${quorum}, so that the call would be decided without them; add it`,
    ];
  }
  return other === undefined
    ? []
    : [
        `${file}:${line}: @quorum("${quorum}"), and the condition asks context.approvals.${role} for ${other}, make them the same; other numbers of people are other policies`,
      ];
}

/** How many people of a role make a difference to conditions, wherever they compare with a number. */
function peopleAsked(expression: unknown, role: string): readonly number[] {
  return membersOf(expression).flatMap(([operator, operands]) => {
    const { left, right } = Object.fromEntries(membersOf(operands));
    const added = isApprovalsOf(left, role)
      ? ABOVE[operator]
      : isApprovalsOf(right, role)
        ? ABOVE[MIRRORED[operator] ?? operator]
        : undefined;
    const people = numberIn(left) ?? numberIn(right);
    return added === undefined || people === undefined ? peopleAsked(operands, role) : [people + added];
  });
}

/** From which number on it holds, or does no longer: above the one that is written. */
const ABOVE: Readonly<Record<string, number>> = { '>=': 0, '<': 0, '==': 0, '!=': 0, '>': 1, '<=': 1 };
const MIRRORED: Readonly<Record<string, string>> = { '<=': '>=', '<': '>', '>=': '<=', '>': '<' };

/** `context.approvals.<role>`. */
function isApprovalsOf(expression: unknown, role: string): boolean {
  const { '.': access } = Object.fromEntries(membersOf(expression));
  const { left, attr } = Object.fromEntries(membersOf(access));
  const { '.': inner } = Object.fromEntries(membersOf(left));
  return attr === role && Object.fromEntries(membersOf(inner)).attr === 'approvals';
}

function numberIn(expression: unknown): number | undefined {
  const { Value: value } = Object.fromEntries(membersOf(expression));
  return typeof value === 'number' ? value : undefined;
}

function membersOf(expression: unknown): readonly (readonly [string, unknown])[] {
  return typeof expression === 'object' && expression !== null ? Object.entries(expression) : [];
}
