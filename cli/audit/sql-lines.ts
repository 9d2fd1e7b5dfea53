import { LEAF_MEMBER } from '../../contracts/log.ts';
import { linesIn } from './batches.ts';
import { canonical } from './canonical.ts';
import type { LoggedEntry } from './entry.ts';
import type { Findings } from './findings.ts';
import { decompressed } from './gzip.ts';
import { eventsName } from './object-names.ts';
import type { LoadedPart } from './part.ts';

/** INVARIANT: what SQL reads is what is signed: each entry once, with its leaf, in the object of its day and round. */
export function checkLines(loaded: LoadedPart, findings: Findings): void {
  const { part, leaves, lines } = loaded;
  const entries = leaves.flatMap((leaf) => leaf?.entry ?? []);
  const isWhole = entries.length === leaves.length;
  for (const [day, ofDay] of Map.groupBy(entries, (entry) => entry.day)) {
    const object = eventsName(day, part.from);
    const found = lines.get(object);
    const plain = found && decompressed(found.bytes);
    const expected = new Map(ofDay.map((entry) => [lineOf(entry), entry]));
    if (found === undefined) {
      findings.problem('lines_missing', `${ofDay.length} entries are in it`, {
        object,
        leaf: ofDay[0]?.leaf,
      });
    } else if (plain === undefined) {
      findings.problem('lines_unreadable', 'it is no compressed lines', { object, leaf: ofDay[0]?.leaf });
    } else if (!plain.equals(Buffer.from([...expected.keys()].map((line) => `${line}\n`).join('')))) {
      compare(object, linesIn(plain), expected, { ...findings, part, isWhole });
    }
  }
}

function lineOf({ event, leaf }: LoggedEntry): string {
  return canonical({ ...event, [LEAF_MEMBER]: leaf });
}

interface Comparison extends Pick<Findings, 'problem'> {
  readonly part: LoadedPart['part'];
  /** Whether every entry of the part is known. */
  readonly isWhole: boolean;
}

/** Names what is missing, changed and added, line by line. */
function compare(
  object: string,
  lines: readonly Buffer[],
  expected: ReadonlyMap<string, LoggedEntry>,
  { problem: tell, part, isWhole }: Comparison,
): void {
  let told = 0;
  const problem: Findings['problem'] = (...found) => {
    told += 1;
    tell(...found);
  };
  const leaves = new Map([...expected.values()].map((entry) => [entry.leaf, entry]));
  const seen = new Set<number>();
  let last = -1;
  for (const [index, bytes] of lines.entries()) {
    const text = bytes.toString();
    const exact = Buffer.from(text).equals(bytes) ? expected.get(text) : undefined;
    const leaf = exact?.leaf ?? leafIn(bytes);
    const entry = leaf === undefined ? undefined : leaves.get(leaf);
    const place = { object, line: index + 1 };
    const of = entry && { ...place, leaf: entry.leaf, tenant: entry.event.tenant, run: entry.event.runId };
    if (of === undefined || seen.has(of.leaf)) {
      // the line of an entry that nobody knows is neither right nor wrong
      const isUnknown = !isWhole && leaf !== undefined && leaf >= part.from && leaf < part.to;
      if (!isUnknown || of !== undefined) {
        problem('line_added', 'no entry has this line, or it is there twice', of ?? place);
      }
      continue;
    }
    seen.add(of.leaf);
    if (exact === undefined || of.leaf < last) {
      problem('line_changed', `expected entry ${of.leaf} with its leaf, in the order of leaves`, of);
    }
    last = Math.max(last, of.leaf);
  }
  for (const { leaf, event } of expected.values()) {
    if (!seen.has(leaf)) {
      const place = { object, leaf, tenant: event.tenant, run: event.runId };
      problem('line_missing', 'the entry has no line', place);
    }
  }
  if (isWhole && told === 0) {
    problem('line_changed', 'its lines do not end as they must', { object, leaf: part.from });
  }
}

function leafIn(line: Buffer): number | undefined {
  try {
    const leaf = (JSON.parse(line.toString()) as Readonly<Record<string, unknown>>)[LEAF_MEMBER];
    return typeof leaf === 'number' ? leaf : undefined;
  } catch {
    return undefined;
  }
}
