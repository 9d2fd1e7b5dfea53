import { digestOf } from '../call/canonical.ts';
import type { Envelope } from './envelope.ts';

type Kept = Pick<Envelope, 'logging' | 'permissions'>;

/**
 * Days that each transcript of a run is kept. Which runs are in the sample follows from their ids, so that it is the same
 * whoever asks, and nobody can choose.
 */
export function transcriptDays(envelope: Kept, runId: string): number {
  const { sample_rate = 1, store_transcripts_days } = envelope.logging;
  const share = Number.parseInt(digestOf({ runId }).slice(0, 8), 16) / 2 ** 32;
  return share < sample_rate ? store_transcripts_days : daysWhileRunning(envelope);
}

/** Every number of days that transcripts of a workflow are kept for. */
export function transcriptDaysOf(envelope: Kept): readonly number[] {
  const { sample_rate = 1, store_transcripts_days } = envelope.logging;
  return [
    ...(sample_rate > 0 ? [store_transcripts_days] : []),
    ...(sample_rate < 1 ? [daysWhileRunning(envelope)] : []),
  ];
}

const HOURS_IN_A_DAY = 24;

/** INVARIANT: a run that waits for people finds what was said before; each plan reads the transcript of the one before it. */
function daysWhileRunning({ permissions }: Kept): number {
  return Math.ceil(permissions.approval_timeout_hours / HOURS_IN_A_DAY) + 1;
}
