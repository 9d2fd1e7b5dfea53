import type { LedgerEvent } from '../../contracts/events.ts';
import type { Judge } from '../policy/backtest.ts';
import type { RecordedDecision } from '../policy/recorded.ts';
import { type RecordedPolicies, type Rejudged, underOther, underRecorded } from './rejudge.ts';
import { type CallStep, contradictionsIn, type FrameStep, stepsOf } from './steps.ts';

/** A decision beside what it comes to under the policies that it names, and under those of now. */
export interface ReplayedDecision {
  readonly event: RecordedDecision;
  readonly recorded: Rejudged;
  readonly current: Rejudged;
}

export interface ReplayedCall extends Omit<CallStep, 'decisions'> {
  readonly decisions: readonly ReplayedDecision[];
  /** What in the record of the call contradicts the rest of it. */
  readonly contradictions: readonly string[];
}

export type ReplayedStep = FrameStep | ReplayedCall;

interface Policies {
  /** Those of a digest, as they were. */
  readonly recorded: (digest: string) => RecordedPolicies;
  readonly current: Judge;
}

/** A run step by step, with each of its decisions taken again. */
export function replayed(events: readonly LedgerEvent[], policies: Policies): readonly ReplayedStep[] {
  return stepsOf(events).map((step) =>
    step.kind === 'frame'
      ? step
      : {
          ...step,
          decisions: step.decisions.map((event) => ({
            event,
            recorded: underRecorded(event, policies.recorded(event.policyDigest)),
            current: underOther(event, policies.current),
          })),
          contradictions: contradictionsIn(step),
        },
  );
}

export type Counts = Readonly<Record<Rejudged['status'], number>>;

/** How many decisions are of each kind. */
export interface ReplaySummary {
  readonly decisions: number;
  readonly recorded: Counts;
  readonly current: Counts;
  /** Calls whose record contradicts itself. */
  readonly contradictory: number;
}

export function summaryOf(steps: readonly ReplayedStep[]): ReplaySummary {
  const calls = steps.filter((step) => step.kind === 'call');
  const decisions = calls.flatMap((call) => call.decisions);
  const count = (under: 'recorded' | 'current'): Counts => {
    const of = (status: Rejudged['status']) =>
      decisions.filter((decision) => decision[under].status === status).length;
    return {
      same: of('same'),
      changed: of('changed'),
      unknown: of('unknown'),
      not_by_policy: of('not_by_policy'),
    };
  };
  return {
    decisions: decisions.length,
    recorded: count('recorded'),
    current: count('current'),
    contradictory: calls.filter(({ contradictions }) => contradictions.length > 0).length,
  };
}

/** Whether some decision does not follow from the record, or would be another one now. */
export function differs({ recorded, current, contradictory }: ReplaySummary): boolean {
  return recorded.changed + current.changed + contradictory > 0;
}
