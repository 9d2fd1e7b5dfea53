import type { Findings } from './findings.ts';
import { type Fingerprints, fingerprints } from './fingerprints.ts';
import type { LogStore, ReadObject } from './store.ts';

/** Objects as the verifier reads them. */
export interface Objects {
  readonly store: LogStore;
  /** Names that the signed log asks for. */
  readonly expected: Fingerprints;
  /** Reads an object that the signed log asks for. */
  readonly expect: (name: string) => Promise<ReadObject | undefined>;
  /** Reads any object. */
  readonly read: (name: string) => Promise<ReadObject | undefined>;
}

export function objectsOf(store: LogStore, { problem }: Pick<Findings, 'problem'>): Objects {
  const expected = fingerprints();
  const read: Objects['read'] = async (name) => {
    const found = await store.get(name);
    if (found?.isLocked === false) {
      problem('object_unlocked', `${name} is not retained in compliance mode`, { object: name });
    }
    return found;
  };
  return {
    store,
    expected,
    read,
    expect(name) {
      expected.add(name);
      return read(name);
    },
  };
}
