import type { ReceiptEntry, ReceiptProof } from '../../../contracts/receipt.ts';
import { proofInWords } from '../../../domain/audit/proof-in-words.ts';
import { canonical } from '../../audit/canonical.ts';
import { openedNote, type SignedCheckpoint } from '../../audit/checkpoint-note.ts';
import { HASH_BYTES, type Hash, hashOfLeaf } from '../../audit/hashing.ts';
import type { VerifierKey } from '../../audit/verifier-keys.ts';
import { rootAlong } from './inclusion.ts';
import type { Problem } from './problem.ts';

/** Whether the events are entries of the log that one of the keys signs: from each entry's bytes to the signed root. */
export function proofProblems(proof: ReceiptProof, keys: readonly VerifierKey[]): readonly Problem[] {
  if (proof.checkpoint === undefined) {
    const message = 'it has no signed checkpoint, so nothing in it is proven; make it again with --wait';
    return [{ code: 'checkpoint_missing', message }];
  }
  const opened = openedNote(Buffer.from(proof.checkpoint), keys);
  if (!('root' in opened)) {
    return [{ code: opened.code, message: `the checkpoint is not to be relied on: ${opened.why}` }];
  }
  const hashes = proof.hashes.map((text) => Buffer.from(text, 'base64'));
  return [
    ...statementProblems(proof, opened),
    ...twice(proof.entries),
    ...proof.entries.flatMap((entry) => entryProblems(entry, opened, hashes)),
  ];
}

/** What the proof says of itself. */
function statementProblems(proof: ReceiptProof, { size, note }: SignedCheckpoint): readonly Problem[] {
  const { entries, pending, says, key } = proof;
  const origin = note.slice(0, note.indexOf('\n'));
  const without = entries.filter(({ leaf }) => leaf === undefined).length;
  const sentence = proofInWords(entries.length, without, size);
  return [
    ...(key === origin
      ? []
      : [
          {
            code: 'key_differs',
            message: `the key's name is ${key}, the checkpoint says ${origin}`,
          } as const,
        ]),
    ...(pending === without
      ? []
      : [
          {
            code: 'account_differs',
            message: `proof.pending is ${pending}, the entries say ${without}`,
          } as const,
        ]),
    ...(pending !== without || says === sentence
      ? []
      : [{ code: 'account_differs', message: `proof.says is '${says}', expected '${sentence}'` } as const]),
  ];
}

function twice(entries: readonly ReceiptEntry[]): readonly Problem[] {
  const leaves = entries.flatMap(({ leaf }) => (leaf === undefined ? [] : [leaf]));
  const repeated = leaves.filter((leaf, index) => leaves.indexOf(leaf) !== index);
  return [...new Set(repeated)].map((leaf) => ({
    code: 'leaf_twice',
    message: `entry ${leaf} of the log is in the receipt more than once`,
  }));
}

function entryProblems(
  { event, leaf, path }: ReceiptEntry,
  { size, root }: SignedCheckpoint,
  hashes: readonly Hash[],
): readonly Problem[] {
  if (leaf === undefined || path === undefined) {
    const message = `event ${event.id} is not under a checkpoint yet, so nothing proves it; make the receipt again with --wait`;
    return [{ code: 'pending', message }];
  }
  const siblings = path.map((position) => hashes[position]);
  const isWhole = siblings.every((hash): hash is Hash => hash?.length === HASH_BYTES);
  const bytes = Buffer.from(canonical(event));
  const found = isWhole ? rootAlong(hashOfLeaf(bytes), leaf, size, siblings) : undefined;
  return found?.equals(root) === true
    ? []
    : [
        {
          code: 'not_in_log',
          message: `event ${event.id} of ${event.at} is not entry ${leaf} of the log: its bytes and path do not give the signed root of ${size} entries`,
        },
      ];
}
