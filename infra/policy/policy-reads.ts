import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { ASKED_PARTS } from '../../domain/policy/context-reads.ts';

/** Stands for a part that is used as a whole. */
const EVERYTHING = '*';

/**
 * What a policy's conditions ask of the parts that are kept for a run, as `history.refunds`.
 *
 * INVARIANT: nothing that is asked for is missing; a part that is used otherwise than by its members counts as all of it.
 */
export function readsOf({ conditions }: Pick<PolicyJson, 'conditions'>): string[] {
  const reads = new Set<string>();
  for (const { body } of conditions) {
    collect(body, reads);
  }
  return [...reads].sort();
}

function collect(expression: unknown, reads: Set<string>): void {
  if (typeof expression !== 'object' || expression === null) {
    return;
  }
  const path = pathInContext(expression);
  if (path === undefined) {
    for (const each of Object.values(expression)) {
      collect(each, reads);
    }
    return;
  }
  const [of, member = EVERYTHING] = path;
  for (const part of ASKED_PARTS.filter((each) => of === undefined || of === each)) {
    reads.add(`${part}.${member}`);
  }
}

/** Names from the context down: none for the context itself, undefined for what does not begin with it. */
function pathInContext(expression: unknown): readonly string[] | undefined {
  if (typeof expression !== 'object' || expression === null) {
    return undefined;
  }
  const [operator, operands] = Object.entries(expression)[0] ?? [];
  if (operator === 'Var') {
    return operands === 'context' ? [] : undefined;
  }
  if (operator !== '.' && operator !== 'has') {
    return undefined;
  }
  // `left.attr` and `left has attr`; of `left has a.b` it is a list
  const { left, attr } = operands as { readonly left: unknown; readonly attr: string | readonly string[] };
  const above = pathInContext(left);
  return above && [...above, ...[attr].flat()];
}
