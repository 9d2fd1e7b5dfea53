import { openedNote, type SignedCheckpoint } from './checkpoint-note.ts';
import type { Findings } from './findings.ts';
import { growingTree } from './growing-tree.ts';
import { openedHead } from './head.ts';
import { inventory } from './inventory.ts';
import { lookingAhead } from './look-ahead.ts';
import { type Meaning, meaningOf } from './meaning.ts';
import { batchNameIn } from './object-names.ts';
import { objectsOf } from './objects.ts';
import { type LoadedPart, loadedPart } from './part.ts';
import { partsOf } from './rounds.ts';
import { type SeenEvents, seenEvents } from './seen-events.ts';
import { checkSignatures } from './signatures.ts';
import { checkLines } from './sql-lines.ts';
import type { LogStore } from './store.ts';
import { checkBefore, checkTiles } from './tiles.ts';
import type { VerifierKey } from './verifier-keys.ts';

/** Entries of parts that are read before their turn. A larger part is read alone, and has enough of its own to read at once. */
const ENTRIES_AHEAD = 8000;
/** What a part counts for at least, so that not too many small ones are read at once. */
const LEAST_WEIGHT = 250;

export interface Verification {
  readonly keys: readonly VerifierKey[];
  /** A checkpoint that whoever verifies has kept, and where. */
  readonly remembered?: { readonly name: string; readonly bytes: Buffer };
  readonly findings: Findings;
  /** Told of entries that are verified, and of how many. */
  readonly progress: (entries: number, of: number) => void;
}

/** What was verified. */
export interface Verified {
  readonly size: number;
  /** Base64; absent when nothing is signed. */
  readonly root?: string;
  readonly runs: number;
  readonly objects: number;
}

/**
 * Verifies a log from its objects and the public key alone. Everything that is wrong goes to the findings; it stops for nothing but a
 * store that cannot be read.
 */
export async function verifyLog(store: LogStore, verification: Verification): Promise<Verified> {
  const { keys, findings, progress } = verification;
  const objects = objectsOf(store, findings);
  const head = await openedHead(objects, keys, findings);
  const remembered = rememberedCheckpoint(verification, head.size);
  const tree = growingTree();
  const seen = seenEvents();
  const meaning = meaningOf(findings);
  const signed = checkSignatures({ objects, keys, head, remembered, findings });
  let newestBatchAt = '';

  const parts = lookingAhead(
    partsOf(objects, head, findings),
    ENTRIES_AHEAD,
    ({ from, to }) => Math.max(LEAST_WEIGHT, to - from),
    async (part) => {
      const [loaded, notes] = await Promise.all([
        loadedPart(part, objects, head, findings),
        signed.notesIn(part),
      ]);
      return { ...loaded, notes };
    },
  );
  for await (const loaded of parts) {
    const { from, to, round } = loaded.part;
    checkBefore(loaded, tree, findings);
    for (const [offset, leaf] of loaded.leaves.entries()) {
      tree.add(leaf?.hash);
      signed.checkRoot(from + offset + 1, tree, loaded.notes);
    }
    checkTiles(loaded, tree.grown(), findings);
    checkEvents(loaded, seen, meaning, findings);
    checkLines(loaded, findings);
    for (const { key } of round?.batches ?? []) {
      const at = batchNameIn(key)?.at ?? '';
      newestBatchAt = at > newestBatchAt ? at : newestBatchAt;
    }
    progress(to, head.size);
  }
  meaning.end();
  const counted = await inventory({ objects, head, seen, newestBatchAt, findings });
  const root = head.signed === undefined ? {} : { root: head.signed.root.toString('base64') };
  return { size: head.size, ...root, runs: meaning.runs(), objects: counted };
}

function checkEvents(
  { leaves, skipped, part }: LoadedPart,
  seen: SeenEvents,
  meaning: Meaning,
  findings: Findings,
): void {
  for (const [offset, leaf] of leaves.entries()) {
    if (leaf?.entry === undefined) {
      continue;
    }
    const { event } = leaf.entry;
    const index = part.from + offset;
    const before = seen.add(event, leaf.hash, index);
    if (before !== undefined) {
      const place = { leaf: index, tenant: event.tenant, run: event.runId };
      findings.problem('entry_duplicate', `event ${event.id} is entry ${before}, too`, place);
    } else {
      meaning.take(leaf.entry);
    }
  }
  for (const { batch, index, text } of skipped) {
    if (seen.find(text) !== 'it') {
      const message = 'the round leaves it out, and it is no entry';
      findings.problem('event_outside_log', message, { object: batch, line: index + 1 });
    }
  }
}

function rememberedCheckpoint(
  { keys, remembered, findings }: Verification,
  size: number,
): (SignedCheckpoint & { readonly name: string }) | undefined {
  if (remembered === undefined) {
    return undefined;
  }
  const { name, bytes } = remembered;
  const found = openedNote(bytes, keys);
  if ('code' in found) {
    findings.problem(found.code, found.why, { object: name });
    return undefined;
  }
  if (found.size > size) {
    const message = `the log has ${size} signed entries, ${found.size} were remembered`;
    findings.problem('rolled_back', message, { object: name });
  }
  return { ...found, name };
}
