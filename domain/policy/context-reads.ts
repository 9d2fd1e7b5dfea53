import type { ToolDefinition } from '../tool/definition.ts';
import type { BundledPolicy } from './bundle.ts';
import { groupsOf } from './groups.ts';

/**
 * Parts of a context that few policies ask for: they are kept for a run, read for a call and given to Cedar only where one
 * does. `BundledPolicy.reads` names them and what is asked of them, such as `history.refunds`.
 */
export const ASKED_PARTS = ['history', 'provenance', 'scores', 'time'] as const;
export type AskedPart = (typeof ASKED_PARTS)[number];

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
export function asksFor(reads: ReadonlySet<string>, part: AskedPart): boolean {
  return [...reads].some((read) => read.startsWith(`${part}.`));
}

/** What a run of an agent has to keep of all that comes into it, because a policy asks when it calls one of its tools. */
export interface Kept {
  readonly names: boolean;
  readonly scores: boolean;
}

export function keptOf(
  policies: readonly Pick<BundledPolicy, 'scope' | 'reads'>[],
  agent: string,
  tools: readonly ToolDefinition[],
): Kept {
  const reads = new Set(tools.flatMap((tool) => [...contextReads(policies, agent, tool)]));
  const scores = asksFor(reads, 'scores');
  return { names: scores || asksFor(reads, 'provenance'), scores };
}
