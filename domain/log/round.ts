import type { RunRef } from '../../contracts/call.ts';
import type { LedgerEvent } from '../../contracts/events.ts';
import { LEAF_MEMBER, type Round, type RoundBatch } from '../../contracts/log.ts';
import { eventPosition, runKey } from '../../contracts/tables.ts';
import { canonicalJson } from '../call/canonical.ts';
import { dayOfEvent } from './keys.ts';

/** A batch as it is in the bucket. */
export interface Batch {
  readonly key: string;
  readonly lines: readonly BatchLine[];
}

export interface BatchLine {
  /** Canonical JSON of the event. */
  readonly text: string;
  readonly event: LedgerEvent;
}

/** @param text - of a batch, decompressed */
export function batchOf(key: string, text: string): Batch {
  const lines = text.trimEnd().split('\n');
  return { key, lines: lines.map((line) => ({ text: line, event: JSON.parse(line) as LedgerEvent })) };
}

/** Positions of a run's events that are in the log, as a set of `eventPosition`. */
export type KnownPositions = (run: RunRef) => ReadonlySet<string>;

/**
 * What the next round adds: every line of the batches but those of events that are in the log, or were earlier in these batches.
 *
 * @returns undefined when nothing is new
 */
export function plannedRound(
  from: number,
  batches: readonly Batch[],
  known: KnownPositions,
): Round | undefined {
  const added = new Set<string>();
  const planned = batches.map(({ key, lines }): RoundBatch => {
    const skip = lines.flatMap(({ event }, index) => {
      const position = eventPosition(event);
      const name = `${runKey(event)} ${position}`;
      if (added.has(name) || known(event).has(position)) {
        return [index];
      }
      added.add(name);
      return [];
    });
    return skip.length === 0 ? { key } : { key, skip };
  });
  return added.size === 0 ? undefined : { v: 1, from, to: from + added.size, batches: planned };
}

/** An event with its place in the log. */
export interface Entry {
  /** Index of its leaf. */
  readonly leaf: number;
  readonly event: LedgerEvent;
  /** What the leaf is the hash of. */
  readonly bytes: Buffer;
}

/**
 * The entries of a round.
 *
 * @param batches - those that the round names, in its order
 * @throws Error when they are not what the round was planned from
 */
export function entriesOf({ from, to, batches: planned }: Round, batches: readonly Batch[]): Entry[] {
  const lines = planned.flatMap(({ key, skip = [] }, at) => {
    const batch = batches[at];
    if (batch?.key !== key) {
      throw new Error(`round ${from}: batch ${batch?.key}, expected ${key}`);
    }
    const skipped = new Set(skip);
    return batch.lines.filter((_, index) => !skipped.has(index));
  });
  if (lines.length !== to - from) {
    throw new Error(`round ${from}: ${lines.length} entries in its batches, expected ${to - from}`);
  }
  return lines.map(({ text, event }, index) => ({ leaf: from + index, event, bytes: Buffer.from(text) }));
}

/** Lines for SQL by the day of their events, each with its leaf. */
export function linesByDay(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const days = Map.groupBy(entries, ({ event }) => dayOfEvent(event));
  return new Map(
    [...days].map(([day, ofDay]) => [
      day,
      ofDay.map(({ event, leaf }) => `${canonicalJson({ ...event, [LEAF_MEMBER]: leaf })}\n`).join(''),
    ]),
  );
}
