import {
  changeName,
  countsByChange,
  type DecisionChange,
  type Outcome,
  worstFirst,
} from '../../domain/policy/changes.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Output } from '../output.ts';
import { printable } from '../render/text.ts';

export type FailOn = 'looser' | 'any' | 'none';

export function exitCodeOf(changes: readonly DecisionChange[], failOn: FailOn): ExitCode {
  const fails = changes.some(
    ({ direction }) => failOn === 'any' || (failOn === 'looser' && direction === 'looser'),
  );
  return fails ? EXIT.refused : EXIT.ok;
}

/** Something of which a decision changed. */
export interface Changed {
  readonly change: DecisionChange;
  /** What it is, such as a case's claim or a call's id. */
  readonly about: string;
}

/** A heading for each kind of change, what got looser first, and under it each that changed with who decided before and after. */
export function changeLines(
  changed: readonly Changed[],
  { paint }: Output,
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  const sorted = worstFirst(changed);
  return countsByChange(changed).flatMap(({ change, direction, count }) => {
    const those = sorted.filter(
      ({ change: each }) => changeName(each) === change && each.direction === direction,
    );
    const more = those.length - most;
    return [
      paint(direction === 'looser' ? 'red' : 'yellow', `${change}  ${count}, ${direction}`),
      ...those
        .slice(0, most)
        .flatMap(({ about, change: { from, to } }) => [
          `  ${printable(about)}`,
          `    before: ${outcomeText(from)}`,
          `    after:  ${outcomeText(to)}`,
        ]),
      ...(more > 0 ? [`  and ${more} more, all of them with --json`] : []),
    ];
  });
}

function outcomeText({ kind, policies, quorum }: Outcome): string {
  const by = policies.length === 0 ? 'no policy permits it' : printable(policies.join(', '));
  const people = quorum === undefined ? '' : `, ${quorum.people} ${quorum.approverRole}`;
  return kind === 'undecided' ? `cannot be evaluated, ${by}` : `${by}${people}`;
}

/** How many of each, with names aligned. */
export function countLines(counts: readonly (readonly [string, number, string?])[]): readonly string[] {
  const width = Math.max(...counts.map(([name]) => name.length));
  const digits = Math.max(...counts.map(([, count]) => String(count).length));
  return counts.map(([name, count, detail = '']) =>
    `  ${name.padEnd(width)}  ${String(count).padStart(digits)}  ${detail}`.trimEnd(),
  );
}

/** Names with how often each, most often first: `resource.email 8, context.arguments.body 2`. */
export function tally(names: readonly string[]): string {
  const groups = [...Map.groupBy(names, (name) => name)].sort(
    ([, left], [, right]) => right.length - left.length,
  );
  return groups.map(([name, those]) => `${printable(name)} ${those.length}`).join(', ');
}
