import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { RUN_PARTS } from '../../domain/policy/context-reads.ts';

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
  const member = memberOf(expression);
  if (member !== undefined) {
    const part = partOf(member.left);
    if (part !== undefined) {
      reads.add(`${part}.${member.attr}`);
      return;
    }
  }
  const whole = isContext(expression) ? EVERYTHING : partOf(expression);
  if (whole === EVERYTHING) {
    for (const part of RUN_PARTS) {
      reads.add(`${part}.${EVERYTHING}`);
    }
    return;
  }
  if (whole !== undefined) {
    reads.add(`${whole}.${EVERYTHING}`);
    return;
  }
  if (member !== undefined && isContext(member.left)) {
    return;
  }
  for (const each of Object.values(expression)) {
    collect(each, reads);
  }
}

/** `left.attr`, and `left has attr`. */
function memberOf(expression: object): { readonly left: unknown; readonly attr: string } | undefined {
  const [operator, operands] = Object.entries(expression)[0] ?? [];
  return operator === '.' || operator === 'has' ? operands : undefined;
}

/** The part of the context that an expression is. */
function partOf(expression: unknown): string | undefined {
  const member = typeof expression === 'object' && expression !== null ? memberOf(expression) : undefined;
  return member !== undefined && isContext(member.left)
    ? RUN_PARTS.find((part) => part === member.attr)
    : undefined;
}

function isContext(expression: unknown): boolean {
  return (
    typeof expression === 'object' &&
    expression !== null &&
    (expression as { readonly Var?: unknown }).Var === 'context'
  );
}
