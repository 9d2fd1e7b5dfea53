import type { Scope } from '../../domain/budget/daily-caps.ts';
import type { NoRoom, RefusalMark } from './watched-leases.ts';

/** A run's money, and whose it is, after one write of its item. */
export interface RunImage {
  readonly kind: 'run';
  readonly runId: string;
  /** Counters that it leases from, by name. */
  readonly counters: readonly string[];
  readonly capMicroDollars: number;
  readonly leasedMicroDollars: number;
  readonly usedMicroDollars: number;
  readonly heldMicroDollars: number;
  readonly spentMicroDollars: number;
}

/** A counter after one write of its item. */
export interface CounterImage {
  readonly kind: 'counter';
  readonly counter: string;
  readonly committedMicroDollars: number;
  readonly spentMicroDollars: number;
}

/** From here on a counter may grow up to the highest of these and no further. */
export interface CapsImage {
  readonly kind: 'caps';
  readonly caps: Readonly<Partial<Record<Scope, readonly number[]>>>;
}

export interface RefusalImage extends RefusalMark {
  readonly kind: 'refusal';
}

/** One write, of all that concern money, in the order in which they happened. */
export type MoneyImage = RunImage | CounterImage | CapsImage | RefusalImage;

export interface Findings {
  readonly runImages: number;
  readonly counterImages: number;
  readonly runs: ReadonlyMap<string, RunImage>;
  readonly counters: ReadonlyMap<string, CounterImage>;
  /** Of all counters at all instants at which they grew: by how much they were over the cap, 0 when never. */
  readonly maxOver: number;
  /** By how much a counter was over a cap when that came into force: nothing may be leased then until there is room. */
  readonly mostOverLowered: number;
  /** Of all counters at all instants: by how much its runs' held and spent was more than committed, 0 when never. */
  readonly maxUncommitted: number;
  /** Most writes in a row after which a counter was not yet what its runs have leased; a transaction has a few. */
  readonly longestOutOfStep: number;
  /** Times at which a run's own account was wrong, with the first as an example. */
  readonly brokenRuns: readonly string[];
  readonly refusals: number;
  readonly falseRefusals: readonly string[];
  /** At each refusal: what other runs had leased of the scopes that had no room, and did not use. */
  readonly heldByLeases: readonly number[];
}

/** Of what is wrong; the first few say enough. */
const EXAMPLES = 5;

/** Goes through every instant. */
export function audit(images: readonly MoneyImage[]): Findings {
  const runs = new Map<string, RunImage>();
  const counters = new Map<string, CounterImage>();
  const leased = new Map<string, number>();
  const used = new Map<string, number>();
  const outOfStep = new Map<string, number>();
  const committedBefore = new Map<string, Set<number>>();
  const [brokenRuns, falseRefusals, heldByLeases]: [string[], string[], number[]] = [[], [], []];
  let caps: CapsImage['caps'] = {};
  let [runImages, counterImages, refusals] = [0, 0, 0];
  let [maxOver, mostOverLowered, maxUncommitted, longestOutOfStep] = [0, 0, 0, 0];

  for (const image of images) {
    switch (image.kind) {
      case 'caps':
        caps = image.caps;
        for (const { counter, committedMicroDollars } of counters.values()) {
          mostOverLowered = Math.max(mostOverLowered, committedMicroDollars - capOf(counter, caps));
        }
        break;
      case 'counter': {
        counterImages += 1;
        const { counter, committedMicroDollars: committed } = image;
        const before = counters.get(counter)?.committedMicroDollars ?? 0;
        if (committed > before) {
          maxOver = Math.max(maxOver, committed - capOf(counter, caps));
        }
        counters.set(counter, image);
        committedBefore.set(counter, (committedBefore.get(counter) ?? new Set([0])).add(committed));
        break;
      }
      case 'run': {
        runImages += 1;
        const before = runs.get(image.runId);
        for (const [sums, of] of [
          [leased, (run: RunImage) => run.leasedMicroDollars],
          [used, (run: RunImage) => run.usedMicroDollars],
        ] as const) {
          for (const counter of before?.counters ?? []) {
            sums.set(counter, (sums.get(counter) ?? 0) - (before === undefined ? 0 : of(before)));
          }
          for (const counter of image.counters) {
            sums.set(counter, (sums.get(counter) ?? 0) + of(image));
          }
        }
        runs.set(image.runId, image);
        const wrong = wrongIn(image);
        if (wrong !== undefined) {
          brokenRuns.push(wrong);
        }
        break;
      }
      case 'refusal': {
        refusals += 1;
        const own = runs.get(image.runId);
        for (const each of image.without) {
          const isTrue =
            each.committed + each.taking > each.cap &&
            allowedCaps(each.counter, caps).includes(each.cap) &&
            committedBefore.get(each.counter)?.has(each.committed);
          if (!isTrue && falseRefusals.length < EXAMPLES) {
            falseRefusals.push(`${image.runId} ${image.callId}: ${JSON.stringify(each)}`);
          }
        }
        if (image.without.length === 0) {
          falseRefusals.push(`${image.runId} ${image.callId}: no counter was without room`);
        }
        heldByLeases.push(Math.max(0, ...image.without.map(({ counter }) => unusedOf(counter, own))));
        break;
      }
    }
    for (const counter of leased.keys()) {
      const committed = counters.get(counter)?.committedMicroDollars ?? 0;
      maxUncommitted = Math.max(maxUncommitted, (used.get(counter) ?? 0) - committed);
      const steps = committed === leased.get(counter) ? 0 : (outOfStep.get(counter) ?? 0) + 1;
      outOfStep.set(counter, steps);
      longestOutOfStep = Math.max(longestOutOfStep, steps);
    }
  }
  function unusedOf(counter: string, own: RunImage | undefined): number {
    const unused = (leased.get(counter) ?? 0) - (used.get(counter) ?? 0);
    return unused - (own === undefined ? 0 : own.leasedMicroDollars - own.usedMicroDollars);
  }
  return {
    ...{
      runImages,
      counterImages,
      runs,
      counters,
      maxOver,
      mostOverLowered,
      maxUncommitted,
      longestOutOfStep,
    },
    ...{ brokenRuns, refusals, falseRefusals, heldByLeases },
  };
}

/** What is wrong with a run's own account; undefined when nothing is. */
function wrongIn(image: RunImage): string | undefined {
  const { runId, capMicroDollars: cap, leasedMicroDollars: leased } = image;
  const { usedMicroDollars: used, heldMicroDollars: held, spentMicroDollars: spent } = image;
  const isRight =
    used === held + spent && used <= leased && leased <= cap && [held, spent].every((each) => each >= 0);
  return isRight
    ? undefined
    : `run ${runId} has cap ${cap}, leased ${leased}, used ${used}, held ${held}, spent ${spent}`;
}

function allowedCaps(counter: NoRoom['counter'], caps: CapsImage['caps']): readonly number[] {
  return caps[scopeOf(counter)] ?? [];
}

function capOf(counter: string, caps: CapsImage['caps']): number {
  const allowed = allowedCaps(counter, caps);
  return allowed.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...allowed);
}

/** Of `<tenantDay>/<scope>#<id>`. */
function scopeOf(counter: string): Scope {
  return (counter.split('/')[1]?.split('#')[0] ?? '') as Scope;
}
