import type { Refusal } from '../../functions/adapters/warrants.ts';
import { moneyImages } from './money-images.ts';
import type { Image } from './stream-images.ts';

/** MiniStack's numbers begin with the milliseconds at which they were given; ten digits follow. */
const POSITIONS_PER_MILLISECOND = 10n ** 10n;

interface Written {
  readonly position: bigint;
  readonly committed: number;
}

/**
 * Refusals by the day that the deployed functions have recorded, against the counters between the instant at which each was begun to be
 * decided and that of its record. It is false when none of the counters was without room at any time in between.
 *
 * @param hold - of each call
 * @param capOf - of a counter
 */
export function refusedWithRoom(
  images: readonly Image[],
  hold: number,
  capOf: (counter: string) => number,
): { readonly refusals: number; readonly falseRefusals: readonly string[] } {
  const counters = new Map<string, Written[]>();
  const runs = new Map<string, { readonly counters: readonly string[]; readonly unused: number }>();
  const falseRefusals: string[] = [];
  let refusals = 0;
  for (const image of images) {
    const { stream, position, item } = image;
    if (!stream.includes('Warrants')) {
      for (const money of moneyImages([image])) {
        if (money.kind === 'counter') {
          const written = counters.get(money.counter) ?? [];
          counters.set(money.counter, [...written, { position, committed: money.committedMicroDollars }]);
        } else if (money.kind === 'run') {
          const unused = money.leasedMicroDollars - money.usedMicroDollars;
          runs.set(money.runId, { counters: money.counters, unused });
        }
      }
      continue;
    }
    const refusal = item as unknown as Refusal;
    if (refusal.state !== 'refused' || refusal.reasons[0]?.code !== 'daily_budget_exhausted') {
      continue;
    }
    refusals += 1;
    const since = BigInt(Date.parse(refusal.authorizedAt)) * POSITIONS_PER_MILLISECOND;
    const run = runs.get(refusal.runId);
    const isTrue = run?.counters.some(
      (counter) => mostSince(counters.get(counter) ?? [], since) + hold - run.unused > capOf(counter),
    );
    if (!isTrue) {
      falseRefusals.push(`${refusal.runId} ${refusal.callId} at ${refusal.authorizedAt}`);
    }
  }
  return { refusals, falseRefusals };
}

/** The most that was committed at an instant, or after it. */
function mostSince(written: readonly Written[], since: bigint): number {
  const before = written.findLast(({ position }) => position < since)?.committed ?? 0;
  return Math.max(
    before,
    ...written.filter(({ position }) => position >= since).map((each) => each.committed),
  );
}
