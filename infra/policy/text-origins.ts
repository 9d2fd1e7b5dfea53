import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import { contextReads } from '../../domain/policy/context-reads.ts';
import { SUMMARY } from '../../domain/provenance/origin.ts';
import { namespaceOf, type ToolDefinition, type ToolKind } from '../../domain/tool/definition.ts';

/** Carries data to another party, so what is in its texts matters. */
const LEAVES = 'egress' satisfies ToolKind;
const READ = `provenance.${SUMMARY.texts}`;

/**
 * Tools that send texts out, and do not say which, although a policy asks where what is in them came from.
 *
 * INVARIANT: a guardrail over texts that leave is over all of them. Of a tool that declares other key arguments only, the
 * schema would take the policy, and it would never hold.
 */
export function textOriginProblems(
  policies: readonly BundledPolicy[],
  tools: readonly ToolDefinition[],
): string[] {
  return tools
    .filter(({ kinds = [], keyArguments = {} }) => {
      return kinds.includes(LEAVES) && !Object.values(keyArguments).includes('embedded');
    })
    .flatMap((tool) =>
      policies.filter((policy) => asks(policy, tool)).map((policy) => problem(policy, tool)),
    );
}

function asks(policy: BundledPolicy, tool: ToolDefinition): boolean {
  return contextReads([policy], policy.scope.principal ?? '', tool).has(READ);
}

function problem({ file, line }: BundledPolicy, { name }: ToolDefinition): string {
  const where = `functions/tools/${namespaceOf(name)}`;
  return `${file}:${line}: asks for context.${READ}, and tool '${name}' of kind '${LEAVES}' has no key argument that is 'embedded', declare its texts in keyArguments (${where})`;
}
