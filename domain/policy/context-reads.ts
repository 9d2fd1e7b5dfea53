import type { ToolDefinition } from '../tool/definition.ts';
import type { BundledPolicy } from './bundle.ts';
import { groupsOf } from './groups.ts';

/**
 * Parts of a context that are kept for a run, and read for a call, only where a policy asks for them; `BundledPolicy.reads`
 * names them and what is asked of them, such as `history.refunds`.
 */
export const RUN_PARTS = ['history', 'provenance', 'scores'] as const;
export type RunPart = (typeof RUN_PARTS)[number];

/**
 * What the policies that can match an agent's calls of a tool ask for.
 *
 * INVARIANT: too much, never too little; resources are not looked at, and any group of principals may hold the agent.
 */
export function contextReads(
  policies: readonly Pick<BundledPolicy, 'scope' | 'reads'>[],
  agent: string,
  tool: ToolDefinition,
): ReadonlySet<string> {
  const actions = [tool.name, ...groupsOf(tool)];
  return new Set(
    policies
      .filter(({ scope }) => (scope.principal ?? agent) === agent)
      .filter(({ scope }) => scope.actions?.some((action) => actions.includes(action)) ?? true)
      .flatMap(({ reads }) => reads),
  );
}

/** Whether anything of a part is asked for. */
export function asksFor(reads: ReadonlySet<string>, part: RunPart): boolean {
  return [...reads].some((read) => read.startsWith(`${part}.`));
}

/**
 * Whether a run of an agent has to keep what names came into it, and how they scored: some policy may ask when it calls
 * one of its tools.
 */
export function keepsNames(
  policies: readonly Pick<BundledPolicy, 'scope' | 'reads'>[],
  agent: string,
  tools: readonly ToolDefinition[],
): boolean {
  return tools.some((tool) => {
    const reads = contextReads(policies, agent, tool);
    return asksFor(reads, 'provenance') || asksFor(reads, 'scores');
  });
}
