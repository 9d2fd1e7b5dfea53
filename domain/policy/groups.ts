import { TOOL_KINDS, type ToolDefinition } from '../tool/definition.ts';

/** Every group that there can be, whether or not a tool is in it. */
export const GROUPS = ['read', 'write', 'tier0', 'tier1', 'tier2', 'tier3', 'tier4', ...TOOL_KINDS];

/** Groups of tools that policies can name instead of tools. */
export function groupsOf({ effect, tier, kinds = [] }: ToolDefinition): string[] {
  return [effect, `tier${tier}`, ...kinds];
}
