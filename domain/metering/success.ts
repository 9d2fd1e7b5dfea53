import type { MeteredEvent } from './events.ts';

/** Whether a tool writes. Of tools that are not registered nobody knows, so they count as writes. */
export type IsWrite = (tool: string) => boolean;

/**
 * Whether a run has done what it was for, as far as its events say: it completed, some call of it succeeded, and of each thing
 * that it wanted to write - a resource by a tool - the last call has succeeded. A write that was refused or failed and was
 * then proposed again with success is made good; one that nobody made good is not.
 */
export function isSuccessful(events: readonly MeteredEvent[], isWrite: IsWrite): boolean {
  const statuses = new Map<string, string>();
  const lastCalls = new Map<string, string>();
  let isCompleted = false;
  for (const event of events) {
    if (event.type === 'run.closed') {
      isCompleted = event.outcome === 'completed';
    } else if (event.type === 'call.executed') {
      statuses.set(event.callId, event.status);
    } else if (event.type === 'call.decided' && isWrite(event.tool)) {
      const thing = JSON.stringify([event.tool, event.resource ?? '']);
      const last = lastCalls.get(thing) ?? '';
      // call ids sort in the order of proposals
      lastCalls.set(thing, event.callId > last ? event.callId : last);
    }
  }
  const succeeded = (callId: string) => statuses.get(callId) === 'succeeded';
  return isCompleted && [...statuses.keys()].some(succeeded) && [...lastCalls.values()].every(succeeded);
}
