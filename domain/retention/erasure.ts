import type { ErasedCounts, RetentionRefusal } from '../../contracts/retention.ts';
import type { RunStatus, User } from '../../contracts/run.ts';

/** Stands where a run had its user; no user can be called so. */
export const NOBODY: User = { id: '(erased)', roles: [] };

export const NOTHING_ERASED: ErasedCounts = { runs: 0, transcripts: 0, names: 0, calls: 0, approvals: 0 };

/** Of a run, what says whether its data may go. */
export interface ErasableRun {
  readonly runId: string;
  readonly status: RunStatus;
  readonly heldSince?: string | undefined;
  readonly holdWork?: string | undefined;
  /** Present while something of it may still be under way. */
  readonly unfinishedShard?: string | undefined;
}

/** Why the data of a run may not go now; undefined when it may. */
export function notErasable(
  { runId, status, heldSince, holdWork, unfinishedShard }: ErasableRun,
  unknown: readonly string[],
): string | undefined {
  if (heldSince !== undefined) {
    return `${runId} is held since ${heldSince}`;
  }
  if (holdWork !== undefined) {
    return `${runId} is being released from a hold`;
  }
  if (status !== 'closed' || unfinishedShard !== undefined) {
    return `${runId} is ${status === 'closed' ? 'closed with calls under way' : status}`;
  }
  return unknown.includes(runId) ? `${runId} has a call whose outcome nobody knows` : undefined;
}

const MAXIMUM_SHOWN = 10;

/** Says which runs are in the way, up to ten of them. */
export function erasureRefusal(reasons: readonly string[]): RetentionRefusal {
  const shown = reasons.slice(0, MAXIMUM_SHOWN).join(', ');
  const more = reasons.length > MAXIMUM_SHOWN ? ` and ${reasons.length - MAXIMUM_SHOWN} more` : '';
  const message = `data cannot be erased yet: ${shown}${more}; end, settle or release what is in the way and erase again`;
  return { code: 'not_erasable', message };
}
