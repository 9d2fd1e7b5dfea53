import { LOG_KEYS, type Round } from '../../contracts/log.ts';
import { canonical } from './canonical.ts';
import type { Findings } from './findings.ts';
import type { Head } from './head.ts';
import { lookingAhead } from './look-ahead.ts';
import { numberIn, roundName } from './object-names.ts';
import type { Objects } from './objects.ts';

/** Entries that came into the log together. */
export interface Part {
  readonly from: number;
  readonly to: number;
  /** Undefined when none that can be read says where they came from. */
  readonly round: Round | undefined;
}

const ROUNDS_AHEAD = 32;

/** All entries up to the head in parts, in order: by the rounds, and where those are broken by what is signed. */
export async function* partsOf(
  objects: Objects,
  head: Head,
  { problem }: Pick<Findings, 'problem'>,
): AsyncGenerator<Part> {
  let at = 0;
  const nextSigned = boundaries(head);
  const gap = (end: number): Part => {
    const object = roundName(at);
    problem('round_missing', `no round begins at ${at}`, { object, leaf: at });
    return { from: at, to: Math.min(end, nextSigned(at)), round: undefined };
  };
  const rounds = lookingAhead(
    numbersOf(objects, head.size),
    ROUNDS_AHEAD,
    () => 1,
    async (from) => ({
      from,
      bytes: (await objects.read(roundName(from)))?.bytes,
    }),
  );
  for await (const { from, bytes } of rounds) {
    if (from < at) {
      // it overlaps; whatever it is, the inventory names it
      continue;
    }
    while (at < from) {
      const part = gap(from);
      yield part;
      at = part.to;
    }
    objects.expected.add(roundName(from));
    const round = bytes && roundIn(bytes, from, head.size);
    if (round === undefined) {
      const message = 'it is no round, in canonical JSON, from its key up to a size that is signed';
      problem('round_malformed', message, { object: roundName(from), leaf: from });
    }
    const to = round?.to ?? nextSigned(from);
    yield { from, to, round };
    at = to;
  }
  while (at < head.size) {
    const part = gap(head.size);
    yield part;
    at = part.to;
  }
}

async function* numbersOf({ store }: Objects, size: number): AsyncGenerator<number> {
  for await (const { name } of store.list(LOG_KEYS.rounds)) {
    const from = numberIn('rounds', name);
    if (from !== undefined && from < size) {
      yield from;
    }
  }
}

/** Tells the next size that has a checkpoint; asked in order. */
function boundaries({ sizes, size }: Head): (after: number) => number {
  let index = 0;
  return (after) => {
    while ((sizes[index] ?? Number.POSITIVE_INFINITY) <= after) {
      index += 1;
    }
    return Math.min(sizes[index] ?? size, size);
  };
}

function roundIn(bytes: Buffer, from: number, size: number): Round | undefined {
  try {
    const text = bytes.toString();
    const round = JSON.parse(text) as Round;
    const isRound =
      canonical(round) === text &&
      canonical(Object.keys(round).sort()) === '["batches","from","to","v"]' &&
      round.v === 1 &&
      round.from === from &&
      Number.isSafeInteger(round.to) &&
      round.to > from &&
      round.to <= size &&
      Array.isArray(round.batches) &&
      round.batches.every(isBatch);
    return isRound ? round : undefined;
  } catch {
    return undefined;
  }
}

function isBatch(batch: unknown): boolean {
  const { key, skip, ...more } = (batch ?? {}) as {
    readonly key?: unknown;
    readonly skip?: readonly unknown[];
  };
  const isSkip =
    skip === undefined ||
    (Array.isArray(skip) &&
      skip.length > 0 &&
      skip.every((line, index) => Number.isSafeInteger(line) && line > (skip[index - 1] ?? -1)));
  return typeof key === 'string' && isSkip && Object.keys(more).length === 0;
}
