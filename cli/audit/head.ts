import { LOG_KEYS } from '../../contracts/log.ts';
import { openedNote, type SignedCheckpoint } from './checkpoint-note.ts';
import type { Findings } from './findings.ts';
import { checkpointName, numberIn } from './object-names.ts';
import type { Objects } from './objects.ts';
import type { VerifierKey } from './verifier-keys.ts';

/** How far the log is signed. */
export interface Head {
  /** Entries that are verified. */
  readonly size: number;
  /** Of it; undefined when nothing that is signed says it. */
  readonly signed: SignedCheckpoint | undefined;
  /** Sizes up to it that have a checkpoint of their own, ascending. */
  readonly sizes: readonly number[];
  /** Of `checkpoint`: what is younger belongs to rounds after it. */
  readonly modifiedAtMilliseconds: number;
}

/**
 * The newest signed checkpoint: `checkpoint`, unless it was set back. Whoever sets it back writes it after those that it passes over, and
 * of a log that grows meanwhile those that are ahead of it are younger.
 */
export async function openedHead(
  objects: Objects,
  keys: readonly VerifierKey[],
  { problem }: Pick<Findings, 'problem'>,
): Promise<Head> {
  const latest = await objects.expect(LOG_KEYS.checkpoint);
  const modifiedAtMilliseconds = latest?.modifiedAtMilliseconds ?? Number.POSITIVE_INFINITY;
  const current = opened(LOG_KEYS.checkpoint, latest?.bytes, keys, problem);
  const sizes: number[] = [];
  const ahead: number[] = [];
  for await (const { name, modifiedAtMilliseconds: at } of objects.store.list(LOG_KEYS.checkpoints)) {
    const size = numberIn('checkpoints', name);
    if (size !== undefined && size <= (current?.size ?? -1)) {
      sizes.push(size);
    } else if (size !== undefined && at < modifiedAtMilliseconds) {
      ahead.push(size);
    }
  }
  const passedOver = await newestOf(ahead, objects, keys, problem);
  if (passedOver !== undefined && current !== undefined) {
    problem(
      'checkpoint_behind',
      `it is of ${current.size} entries, and was written after ${passedOver.size} were signed`,
      { object: LOG_KEYS.checkpoint },
    );
  }
  const signed = passedOver ?? current;
  const size = signed?.size ?? 0;
  await compareCopies(current, objects, keys, problem);
  return {
    size,
    signed,
    sizes: [...sizes, ...ahead.filter((each) => each <= size)],
    modifiedAtMilliseconds,
  };
}

function opened(
  name: string,
  bytes: Buffer | undefined,
  keys: readonly VerifierKey[],
  problem: Findings['problem'],
): SignedCheckpoint | undefined {
  if (bytes === undefined) {
    problem('checkpoint_missing', `${name} is not there`, { object: name });
    return undefined;
  }
  const found = openedNote(bytes, keys);
  if ('code' in found) {
    problem(found.code, found.why, { object: name });
    return undefined;
  }
  return found;
}

/** The largest of them that is signed; those above it that are not are problems. */
async function newestOf(
  ascending: readonly number[],
  objects: Objects,
  keys: readonly VerifierKey[],
  problem: Findings['problem'],
): Promise<SignedCheckpoint | undefined> {
  for (const size of ascending.toReversed()) {
    const name = checkpointName(size);
    const found = await objects.expect(name);
    const signed = openedNote(found?.bytes ?? Buffer.alloc(0), keys);
    if ('root' in signed && signed.size === size) {
      return signed;
    }
    opened(name, found?.bytes, keys, problem);
  }
  return undefined;
}

/** INVARIANT: of one size one checkpoint is signed, and its signature is always the same. */
async function compareCopies(
  current: SignedCheckpoint | undefined,
  objects: Objects,
  keys: readonly VerifierKey[],
  problem: Findings['problem'],
): Promise<void> {
  if (current === undefined) {
    return;
  }
  const name = checkpointName(current.size);
  const kept = await objects.store.get(name);
  const other = kept && openedNote(kept.bytes, keys);
  if (other !== undefined && 'note' in other && other.note !== current.note) {
    problem('forked', `it is not what ${name} is, and both are signed`, { object: LOG_KEYS.checkpoint });
  }
}
