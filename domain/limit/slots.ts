import { createHash } from 'node:crypto';
import type { Reason } from '../../contracts/call.ts';
import type { LimitedCalls } from '../../contracts/tables.ts';
import { SETTLE_MARGIN_SECONDS, WARRANT_LIFETIME_SECONDS } from '../call/warrant.ts';
import { secondsAfter } from '../time.ts';
import type { ToolDefinition } from '../tool/definition.ts';

/** Places in the order in which a call tries them. Calls begin at different ones, so that none of them is hot. */
export function slotOrder(call: string, slots: number): number[] {
  const first = createHash('sha256').update(call).digest().readUInt32BE() % slots;
  return Array.from({ length: slots }, (_, index) => (first + index) % slots);
}

/**
 * When a call that is allowed now must have come to an end: its warrant was used at the last moment, the tool took its
 * whole time, and its executor what it may take around it. Whatever has crashed, by then it holds nothing any more.
 */
export function callEndsBy(at: string, { timeoutSeconds }: Pick<ToolDefinition, 'timeoutSeconds'>): string {
  return secondsAfter(at, WARRANT_LIFETIME_SECONDS + timeoutSeconds + SETTLE_MARGIN_SECONDS);
}

/** @param freeAt - when the first of the calls under way must have ended, ISO 8601 UTC */
export function slotRefusal({ agent, tool }: LimitedCalls, slots: number, freeAt: string): Reason {
  const message = `agent '${agent}' has ${slots} calls of ${tool} under way, which is the most, propose it again when one has ended, at the latest at ${freeAt}`;
  return { code: 'too_many_at_once', message };
}
