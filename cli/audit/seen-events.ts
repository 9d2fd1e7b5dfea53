import { fingerprints } from './fingerprints.ts';
import { type Hash, hashOfLeaf } from './hashing.ts';

/** Which events are in the log, by run, time and id. */
export interface SeenEvents {
  /** @returns its entry when it is there already */
  readonly add: (event: EventName, hash: Hash, leaf: number) => number | undefined;
  /** Whether this very event is there, or another one of its name. */
  readonly find: (text: Buffer) => 'it' | 'another' | undefined;
}

interface EventName {
  readonly tenant: string;
  readonly runId: string;
  readonly at: string;
  readonly id: string;
}

/** Of the value that is kept with a name: the leaf, and the rest for the first bits of its hash. */
const LEAF_BITS = 40n;
const HASH_BITS = 24n;

export function seenEvents(): SeenEvents {
  const seen = fingerprints();
  return {
    add(event, hash, leaf) {
      const before = seen.add(nameOf(event), (beginningOf(hash) << LEAF_BITS) | BigInt(leaf));
      return before === undefined ? undefined : Number(BigInt.asUintN(Number(LEAF_BITS), before));
    },
    find(text) {
      const name = nameIn(text);
      const value = name === undefined ? undefined : seen.get(name);
      if (value === undefined) {
        return undefined;
      }
      return value >> LEAF_BITS === beginningOf(hashOfLeaf(text)) ? 'it' : 'another';
    },
  };
}

function nameOf({ tenant, runId, at, id }: EventName): string {
  return JSON.stringify([tenant, runId, at, id]);
}

/** @returns undefined for what is no event */
function nameIn(text: Buffer): string | undefined {
  try {
    return nameOf(JSON.parse(text.toString()) as EventName);
  } catch {
    return undefined;
  }
}

function beginningOf(hash: Hash): bigint {
  return hash.readBigUInt64BE(0) >> (64n - HASH_BITS);
}
