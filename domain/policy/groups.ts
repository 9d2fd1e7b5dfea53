import type { ToolDefinition } from '../tool/definition.ts';

/** Groups of tools that policies can name instead of tools. */
export function groupsOf({ effect, tier, kinds = [] }: ToolDefinition): string[] {
  return [effect, `tier${tier}`, ...kinds];
}
