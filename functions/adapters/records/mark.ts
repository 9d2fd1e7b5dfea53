import { z } from 'zod';
import type { ToolContext } from '../../../domain/tool/handler.ts';

/**
 * Put on whatever a call adds to a document: whoever finds it there finds the run, and a later attempt at the call finds
 * that it is done, whatever others have written since.
 */
export const CallMark = z.strictObject({
  run_id: z.string(),
  call_id: z.string(),
  idempotency_key: z.string(),
});
export type CallMark = z.output<typeof CallMark>;

export function markOf({ runId, callId, idempotencyKey }: ToolContext): CallMark {
  return { run_id: runId, call_id: callId, idempotency_key: idempotencyKey };
}

/** A document without what calls have put on it. */
export function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutMarks);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !(name === MARK && CallMark.safeParse(member).success))
      .map(([name, member]) => [name, withoutMarks(member)]),
  );
}

/** Name of the member that holds one. */
const MARK = 'call';

/** The entry of a list that this very call has added; undefined when it has not. */
export function markedBy<T extends { readonly call?: CallMark | undefined }>(
  { idempotencyKey }: ToolContext,
  entries: readonly T[],
): T | undefined {
  return entries.find(({ call }) => call?.idempotency_key === idempotencyKey);
}
