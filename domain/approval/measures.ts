import type { Approval } from './approval.ts';
import type { RecordedApproval, RecordedVerdict } from './recorded.ts';

/** Of some numbers, each by nearest rank: a figure that was measured, not one between two. */
export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly max: number;
}

/** @returns undefined of no numbers */
export function spreadOf(numbers: readonly number[]): Spread | undefined {
  const sorted = numbers.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const [p50, p90, max] = [at(0.5), at(0.9), at(1)];
  return p50 === undefined || p90 === undefined || max === undefined ? undefined : { p50, p90, max };
}

/** How people dealt with what they were asked. */
export interface ReviewMeasures {
  readonly asked: number;
  /** By people: approved or rejected. */
  readonly decided: number;
  readonly approved: number;
  readonly rejected: number;
  /** People were reached, and nobody decided in time. */
  readonly expired: number;
  readonly unreachable: number;
  /** The run was closed first. */
  readonly abandoned: number;
  readonly waiting: number;
  /** Approvals taken back, however often. */
  readonly withdrawn: number;
  /** Of those that people decided, from asking to the last verdict; absent when there are none. */
  readonly secondsToDecide?: Spread;
  /** How often people said no to what an agent proposed and policy would let through: rejected of decided. */
  readonly overrideRate?: number;
  /** Calls that succeeded after people were shown their changes, and those that changed something else than was shown. */
  readonly shown: number;
  readonly changedOtherwise: number;
}

export function reviewMeasures(approvals: readonly RecordedApproval[]): ReviewMeasures {
  const count = (outcome: RecordedApproval['outcome']) =>
    approvals.filter((approval) => approval.outcome === outcome).length;
  const [approved, rejected] = [count('approved'), count('rejected')];
  const seconds = spreadOf(
    approvals.flatMap(({ decidedAfterSeconds: after }) => (after === undefined ? [] : [after])),
  );
  const previews = approvals.flatMap(({ execution }) => execution?.preview ?? []);
  return {
    asked: approvals.length,
    decided: approved + rejected,
    ...{ approved, rejected, expired: count('expired'), unreachable: count('unreachable') },
    ...{ abandoned: count('abandoned'), waiting: count('waiting') },
    withdrawn: approvals.flatMap(({ verdicts }) => verdicts).filter(({ verdict }) => verdict === 'withdraw')
      .length,
    ...(seconds === undefined ? {} : { secondsToDecide: seconds }),
    ...overrideRate(rejected, approved + rejected),
    shown: previews.length,
    changedOtherwise: previews.filter((preview) => preview === 'otherwise').length,
  };
}

function overrideRate(rejected: number, decided: number): { readonly overrideRate?: number } {
  return decided === 0 ? {} : { overrideRate: rejected / decided };
}

/** How one person decided: what counts is what they said last of each approval. */
export interface ApproverMeasures {
  readonly approver: string;
  readonly decided: number;
  readonly approved: number;
  readonly rejected: number;
  readonly withdrawn: number;
  /** From asking to what they said. */
  readonly secondsToDecide?: Spread;
  readonly overrideRate?: number;
}

/** In the order of the approvers. */
export function approverMeasures(approvals: readonly RecordedApproval[]): readonly ApproverMeasures[] {
  const said = approvals.flatMap(({ verdicts }) =>
    [...Map.groupBy(verdicts, ({ by }) => by)].map(([by, all]) => ({ by, all })),
  );
  return [...Map.groupBy(said, ({ by }) => by)]
    .map(([approver, each]) =>
      measuresOfApprover(
        approver,
        each.map(({ all }) => all),
      ),
    )
    .sort((left, right) => (left.approver < right.approver ? -1 : 1));
}

function measuresOfApprover(
  approver: string,
  said: readonly (readonly RecordedVerdict[])[],
): ApproverMeasures {
  const stands = said
    .flatMap((verdicts) => verdicts.at(-1) ?? [])
    .filter(({ verdict }) => verdict !== 'withdraw');
  const rejected = stands.filter(({ verdict }) => verdict === 'reject').length;
  const seconds = spreadOf(stands.map(({ afterSeconds }) => afterSeconds));
  return {
    approver,
    decided: stands.length,
    approved: stands.length - rejected,
    rejected,
    withdrawn: said.flat().filter(({ verdict }) => verdict === 'withdraw').length,
    ...(seconds === undefined ? {} : { secondsToDecide: seconds }),
    ...overrideRate(rejected, stands.length),
  };
}

/** The same measures of each agent, or of each tool, in their order. */
export function measuresBy(
  approvals: readonly RecordedApproval[],
  by: 'agent' | 'tool',
): readonly (ReviewMeasures & { readonly group: string })[] {
  return [...Map.groupBy(approvals, (approval) => approval[by])]
    .map(([group, of]) => ({ group, ...reviewMeasures(of) }))
    .sort((left, right) => (left.group < right.group ? -1 : 1));
}

/** How long what waits now has waited. */
export interface QueueAge {
  readonly waiting: number;
  readonly secondsWaited?: Spread;
}

/** @param now - ISO 8601 UTC */
export function queueAge(waiting: readonly Pick<Approval, 'requestedAt'>[], now: string): QueueAge {
  const ages = waiting.map(({ requestedAt }) =>
    Math.max(0, Math.round((Date.parse(now) - Date.parse(requestedAt)) / 1000)),
  );
  const spread = spreadOf(ages);
  return { waiting: ages.length, ...(spread === undefined ? {} : { secondsWaited: spread }) };
}
