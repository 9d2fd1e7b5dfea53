import { createHash } from 'node:crypto';
import type { Round } from '../../contracts/log.ts';
import type { Findings } from './findings.ts';
import { decompressed } from './gzip.ts';
import { batchNameIn } from './object-names.ts';
import type { Objects } from './objects.ts';

/** A line of a batch. */
export interface DeliveredLine {
  readonly batch: string;
  /** From 0. */
  readonly index: number;
  readonly text: Buffer;
}

/** What the batches of a round say that its entries are. */
export interface Delivered {
  /** By their place in the round; a hole where a batch cannot be read. */
  readonly lines: readonly (DeliveredLine | undefined)[];
  /** Lines that the round has left out. */
  readonly skipped: readonly DeliveredLine[];
  /** Whether `lines` are all of them, in their places. */
  readonly isWhole: boolean;
}

const NEWLINE = 10;

/** Lines of a batch, each of which is checked against the name of the batch; undefined when it cannot be read. */
export function linesOfBatch(
  name: string,
  bytes: Buffer,
  { problem }: Pick<Findings, 'problem'>,
): readonly DeliveredLine[] | undefined {
  const plain = decompressed(bytes);
  if (plain === undefined || plain.at(-1) !== NEWLINE) {
    problem('batch_unreadable', 'it is no compressed lines', { object: name });
    return undefined;
  }
  const lines = linesIn(plain).map((text, index) => ({ batch: name, index, text }));
  const says = batchNameIn(name);
  const digest = createHash('sha256').update(plain).digest('hex');
  const at = atOf(lines[0]?.text);
  if (
    says === undefined ||
    !digest.startsWith(says.digest) ||
    says.at !== at ||
    says.day !== at.slice(0, 10)
  ) {
    const message = `its lines have digest ${digest.slice(0, 32)} and begin at ${at}, expected what its key says`;
    problem('batch_differs', message, { object: name });
  }
  return lines;
}

/** @param plain - that ends with a line's end, or is empty */
export function linesIn(plain: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < plain.length; ) {
    const end = plain.indexOf(NEWLINE, from);
    const to = end === -1 ? plain.length : end;
    lines.push(plain.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

function atOf(line: Buffer | undefined): string {
  try {
    return String((JSON.parse(line?.toString() ?? '') as { readonly at?: unknown }).at);
  } catch {
    return '';
  }
}

/** Reads what a round was made of. */
export async function deliveredIn(
  round: Round,
  objects: Objects,
  findings: Pick<Findings, 'problem'>,
): Promise<Delivered> {
  const read = await Promise.all(
    round.batches.map(async ({ key, skip = [] }) => {
      const found = await objects.expect(key);
      if (found === undefined) {
        findings.problem('batch_missing', `the round from ${round.from} names it`, { object: key });
      }
      const lines = found && linesOfBatch(key, found.bytes, findings);
      const left = new Set(skip);
      return {
        kept: lines?.filter(({ index }) => !left.has(index)),
        skipped: lines?.filter(({ index }) => left.has(index)) ?? [],
      };
    }),
  );
  const count = round.to - round.from;
  const known = read.reduce((sum, { kept = [] }) => sum + kept.length, 0);
  const holes = read.filter(({ kept }) => kept === undefined).length;
  const lines: (DeliveredLine | undefined)[] = [];
  for (const { kept } of read) {
    if (kept === undefined && holes > 1) {
      // how many lines each of them had nobody knows, so what follows has no place
      break;
    }
    for (const line of kept ?? Array.from({ length: Math.max(0, count - known) }, () => undefined)) {
      lines.push(line);
    }
  }
  return { lines, skipped: read.flatMap(({ skipped }) => skipped), isWhole: holes === 0 };
}
