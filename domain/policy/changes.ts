import type { DecisionKind } from '../../contracts/call.ts';
import type { Quorum } from './decide.ts';

/** What a call comes to. `undecided`: a policy cannot be evaluated, and nothing is done. */
export interface Outcome {
  readonly kind: DecisionKind | 'undecided';
  readonly policies: readonly string[];
  readonly quorum?: Quorum;
}

export interface DecisionChange {
  readonly from: Outcome;
  readonly to: Outcome;
  /** `looser`: more can happen, or with the word of fewer or of other people. */
  readonly direction: 'looser' | 'tighter';
}

const NAMES = { allow: 'ALLOW', needs_approval: 'ASK', deny: 'DENY', undecided: 'UNDECIDED' } as const;

/** How much can happen. */
const RANKS = { allow: 2, needs_approval: 1, deny: 0, undecided: 0 } as const;

/** From what somebody must look at first to what can wait. */
const ORDER = [
  'DENY -> ALLOW',
  'UNDECIDED -> ALLOW',
  'ASK -> ALLOW',
  'DENY -> ASK',
  'UNDECIDED -> ASK',
  'ASK -> ASK',
  'ALLOW -> DENY',
  'ALLOW -> UNDECIDED',
  'ALLOW -> ASK',
  'ASK -> DENY',
  'ASK -> UNDECIDED',
  'DENY -> UNDECIDED',
  'UNDECIDED -> DENY',
];

/** @returns undefined when the two come to the same, by whichever policies */
export function changeBetween(from: Outcome, to: Outcome): DecisionChange | undefined {
  if (from.kind !== to.kind) {
    return { from, to, direction: RANKS[to.kind] > RANKS[from.kind] ? 'looser' : 'tighter' };
  }
  const { quorum: before } = from;
  const { quorum: after } = to;
  if (before?.approverRole === after?.approverRole && before?.people === after?.people) {
    return undefined;
  }
  // other people are not more people: whoever could not approve before can now
  const isTighter =
    before?.approverRole === after?.approverRole && (after?.people ?? 0) > (before?.people ?? 0);
  return { from, to, direction: isTighter ? 'tighter' : 'looser' };
}

/** Such as `DENY -> ALLOW`. */
export function changeName({ from, to }: Pick<DecisionChange, 'from' | 'to'>): string {
  return `${NAMES[from.kind]} -> ${NAMES[to.kind]}`;
}

/** What got looser first, DENY -> ALLOW before all else; otherwise in the order given. */
export function worstFirst<Changed extends { readonly change: DecisionChange }>(
  changed: readonly Changed[],
): readonly Changed[] {
  const rank = ({ change }: Changed) =>
    (change.direction === 'looser' ? 0 : ORDER.length) + ORDER.indexOf(changeName(change));
  return changed.toSorted((left, right) => rank(left) - rank(right));
}

/** How many there are of each, in the same order. */
export function countsByChange(changed: readonly { readonly change: DecisionChange }[]): readonly {
  readonly change: string;
  readonly direction: DecisionChange['direction'];
  readonly count: number;
}[] {
  const groups = Map.groupBy(
    worstFirst(changed),
    ({ change }) => `${changeName(change)} ${change.direction}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ change: changeName(first.change), direction: first.change.direction, count: group.length }];
  });
}
