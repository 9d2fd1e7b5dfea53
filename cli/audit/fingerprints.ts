import { createHash } from 'node:crypto';

/** Names with a number of 64 bits each, at a few dozen bytes for a name of any length. Two names never share a fingerprint of 128 bits. */
export interface Fingerprints {
  /** @returns the number that the name has already, or undefined when it is new */
  readonly add: (name: string, value?: bigint) => bigint | undefined;
  readonly get: (name: string) => bigint | undefined;
  readonly count: () => number;
}

const FIRST_SLOTS = 1024;
/** Two words of fingerprint, one of value. */
const WORDS = 3;

/** An open-addressed table, because a `Set` of a million texts takes several times as much. */
export function fingerprints(): Fingerprints {
  let slots = FIRST_SLOTS;
  let table = new BigUint64Array(slots * WORDS);
  let used = 0;

  function fingerprint(name: string): readonly [bigint, bigint] {
    const digest = createHash('sha256').update(name).digest();
    // INVARIANT: zero marks a free slot
    return [digest.readBigUInt64LE(0) | 1n, digest.readBigUInt64LE(8)];
  }

  /** Where the fingerprint is, or would be. */
  function slotOf(high: bigint, low: bigint): number {
    let slot = Number(high >> 11n) % slots;
    for (;;) {
      const at = slot * WORDS;
      if (table[at] === 0n || (table[at] === high && table[at + 1] === low)) {
        return at;
      }
      slot = (slot + 1) % slots;
    }
  }

  function grow(): void {
    const before = table;
    slots *= 2;
    table = new BigUint64Array(slots * WORDS);
    for (let at = 0; at < before.length; at += WORDS) {
      if (before[at] !== 0n) {
        const [high = 0n, low = 0n, value = 0n] = before.subarray(at, at + WORDS);
        table.set([high, low, value], slotOf(high, low));
      }
    }
  }

  return {
    add(name, value = 0n) {
      const [high, low] = fingerprint(name);
      const at = slotOf(high, low);
      if (table[at] !== 0n) {
        return table[at + 2];
      }
      table.set([high, low, value], at);
      used += 1;
      if (used * 2 > slots) {
        grow();
      }
      return undefined;
    },
    get(name) {
      const at = slotOf(...fingerprint(name));
      return table[at] === 0n ? undefined : table[at + 2];
    },
    count: () => used,
  };
}
