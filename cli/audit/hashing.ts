import { createHash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export type Hash = Buffer;

export const HASH_BYTES = 32;

const [LEAF, NODE] = [Buffer.of(0), Buffer.of(1)];

/** Of an entry: RFC 6962 section 2.1. */
export function hashOfLeaf(entry: Uint8Array): Hash {
  return createHash('sha256').update(LEAF).update(entry).digest();
}

function hashOfNode(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/**
 * Merkle tree hash of RFC 6962 section 2.1, over hashes of leaves. Over the roots of subtrees of one size it is the same as over their
 * leaves, also where the last of them is smaller: it splits at the same places.
 */
export function treeHash(hashes: readonly Hash[], from = 0, to = hashes.length): Hash {
  const only = hashes[from];
  if (only === undefined || to <= from) {
    return createHash('sha256').digest();
  }
  if (to - from === 1) {
    return only;
  }
  let split = 1;
  while (split * 2 < to - from) {
    split *= 2;
  }
  return hashOfNode(treeHash(hashes, from, from + split), treeHash(hashes, from + split, to));
}
