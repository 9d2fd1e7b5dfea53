import { LOG_KEYS } from '../../contracts/log.ts';
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
  readonly checkRoot: (size: number, tree: GrowingTree, notes: Notes) => void;
}

export function checkSignatures({ objects, keys, head, remembered, findings }: SignaturesOf): Signatures {
  const { problem } = findings;
  let next = 0;
  let isLost = false;

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
    checkRoot(size, tree, notes) {
      const note = notes.get(size);
      const isHead = size === head.size && head.signed !== undefined;
      const isRemembered = size === remembered?.size;
      if (isLost || (note === undefined && !isHead && !isRemembered)) {
        return;
      }
      const root = tree.root();
      if (root === undefined) {
        isLost = true;
        const message = 'no root from here on can be told, because entries are lost';
        problem('root_differs', message, { object: checkpointName(size), leaf: size - 1 });
        return;
      }
      const hold = (code: 'root_differs' | 'forked', object: string, signed: SignedCheckpoint) => {
        if (!signed.root.equals(root)) {
          const [given, wanted] = [root, signed.root].map((each) => each.toString('base64'));
          const message = `the entries give root ${given}, signed is ${wanted}`;
          problem(code, message, { object, leaf: size - 1 });
        }
      };
      if (note !== undefined) {
        hold('root_differs', checkpointName(size), note);
      } else if (isHead && head.signed !== undefined) {
        hold('root_differs', LOG_KEYS.checkpoint, head.signed);
      }
      if (isRemembered && remembered !== undefined) {
        hold('forked', remembered.name, remembered);
      }
    },
  };
}
