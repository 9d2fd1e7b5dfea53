import { openedNote, type SignedCheckpoint } from './checkpoint-note.ts';
import type { Findings } from './findings.ts';
import type { GrowingTree } from './growing-tree.ts';
import type { Head } from './head.ts';
import { checkpointName } from './object-names.ts';
import type { Objects } from './objects.ts';
import type { Part } from './rounds.ts';
import type { VerifierKey } from './verifier-keys.ts';

interface SignaturesOf {
  readonly objects: Objects;
  readonly keys: readonly VerifierKey[];
  readonly head: Head;
  readonly remembered: (SignedCheckpoint & { readonly name: string }) | undefined;
  readonly findings: Pick<Findings, 'problem'>;
}

/** Checkpoints of one part, by their sizes. */
type Notes = ReadonlyMap<number, SignedCheckpoint | undefined>;

/** Holds what is signed to what the entries give, at every size that is signed. */
export interface Signatures {
  readonly notesIn: (part: Part) => Promise<Notes>;
  /** @param known - whether there is a hash for every leaf; without, no root can be told */
  readonly checkRoot: (
    size: number,
    tree: GrowingTree,
    known: { readonly notes: Notes; readonly isKnown: boolean },
  ) => void;
}

export function checkSignatures({ objects, keys, head, remembered, findings }: SignaturesOf): Signatures {
  const { problem } = findings;
  let next = 0;

  async function noteAt(size: number, part: Part): Promise<SignedCheckpoint | undefined> {
    const object = checkpointName(size);
    const found = await objects.expect(object);
    if (found === undefined) {
      problem('checkpoint_missing', `the log once ended at ${size}`, { object, leaf: size - 1 });
      return undefined;
    }
    const note = openedNote(found.bytes, keys);
    if ('code' in note) {
      problem(note.code, note.why, { object, leaf: size - 1 });
      return undefined;
    }
    if (note.size !== size) {
      problem('checkpoint_misplaced', `it is of size ${note.size}`, { object, leaf: size - 1 });
      return undefined;
    }
    if (size !== part.to) {
      const message = `the round from ${part.from} ends at ${part.to}`;
      problem('checkpoint_unexpected', message, { object, leaf: size - 1 });
    }
    return note;
  }

  /** Parts come in order, and so do the sizes in them. */
  function sizesIn({ from, to }: Part): readonly number[] {
    const sizes = [to];
    while ((head.sizes[next] ?? Number.POSITIVE_INFINITY) <= to) {
      const size = head.sizes[next] ?? to;
      if (size > from && size < to) {
        sizes.push(size);
      }
      next += 1;
    }
    return sizes;
  }

  return {
    notesIn: async (part) =>
      new Map(
        await Promise.all(sizesIn(part).map(async (size) => [size, await noteAt(size, part)] as const)),
      ),
    checkRoot(size, tree, { notes, isKnown }) {
      const note = notes.get(size);
      const isHead = size === head.size && head.signed !== undefined;
      const isRemembered = size === remembered?.size;
      if (note === undefined && !isHead && !isRemembered) {
        return;
      }
      const root = tree.root();
      const is = isKnown ? `the entries give ${root.toString('base64')}` : 'entries are lost';
      if (note !== undefined && !note.root.equals(root)) {
        const object = checkpointName(size);
        problem('root_differs', `${is}, signed is ${note.root.toString('base64')}`, {
          object,
          leaf: size - 1,
        });
      } else if (note === undefined && isHead && head.signed?.root.equals(root) === false) {
        const message = `${is}, signed is ${head.signed.root.toString('base64')}`;
        problem('root_differs', message, { object: 'checkpoint', leaf: size - 1 });
      }
      if (isRemembered && remembered?.root.equals(root) === false) {
        const message = `${is}, remembered is ${remembered.root.toString('base64')}`;
        problem('forked', message, { object: remembered.name, leaf: size - 1 });
      }
    },
  };
}
