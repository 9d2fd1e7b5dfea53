import { setTimeout } from 'node:timers/promises';
import type { LastCall } from '../../../contracts/shop.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { type Change, changesBetween, type Preview } from '../../../domain/tool/preview.ts';
import { MAXIMUM_WRITE_ATTEMPTS } from './costs.ts';
import { withoutMarks } from './mark.ts';
import { openStore, type Store } from './store.ts';
import { type Write, writeTogether } from './transaction.ts';

/** Time for another writer to finish; grows with each attempt. */
const CONFLICT_PAUSE_MILLISECONDS = 25;

/** One attempt at a change: what the tool answers and the documents behind it. */
export interface Attempt<T> {
  readonly result: T;
  readonly writes: readonly Write[];
  /** An earlier attempt at this call has written the documents, and only its answer was lost. */
  readonly isWritten: boolean;
}

/**
 * Makes a change at most once for each call.
 *
 * @param attemptAt - reads what there is and says what to write; asked again when somebody else was faster
 * @throws ToolRefusal when `attemptAt` refuses, or others keep changing the documents; anything else leaves open whether
 *   the change was made
 */
export async function writtenOnce<T>(
  context: ToolContext,
  attemptAt: (store: Store) => Promise<Attempt<T>>,
): Promise<T> {
  const store = openStore(context);
  let isRepeated = false;
  for (let attempt = 1; attempt <= MAXIMUM_WRITE_ATTEMPTS; attempt += 1) {
    const { result, writes, isWritten } = await attemptAt(store);
    if (isRepeated && !isWritten) {
      // INVARIANT: never a blind repeat; what the earlier attempt wrote has been written over since
      throw new Error(
        'an earlier attempt at this call may have been carried out, and its documents have changed since; look the effect up',
      );
    }
    // a token stands for one exact request, and a later attempt asks for other versions
    const token = attempt === 1 ? context.idempotencyKey : undefined;
    const outcome = isWritten ? 'written' : await writeTogether(store, writes, token);
    if (outcome === 'written') {
      for (const write of writes) {
        // what an earlier attempt has found and changed is nowhere told any more
        context.recordEffect(effectOf(write), isWritten ? undefined : changesOf(write));
      }
      return result;
    }
    isRepeated = outcome === 'repeated';
    await setTimeout(attempt * CONFLICT_PAUSE_MILLISECONDS, undefined, { signal: context.signal });
  }
  throw new ToolRefusal(
    `others changed the documents in each of ${MAXIMUM_WRITE_ATTEMPTS} attempts, nothing was written, propose the call again`,
  );
}

/** INVARIANT: a call whose key is on the document has happened, and is never computed a second time. */
export function isWrittenBy(
  context: ToolContext,
  stored: { readonly lastCall?: LastCall | undefined } | undefined,
): boolean {
  return stored?.lastCall?.idempotencyKey === context.idempotencyKey;
}

/**
 * What the attempt would change, computed by the same code from the same documents.
 *
 * @throws ToolRefusal when the write would refuse
 */
export async function previewOfWrite<T>(
  context: ToolContext,
  attemptAt: (store: Store) => Promise<Attempt<T>>,
): Promise<Preview> {
  const { writes } = await attemptAt(openStore(context));
  return {
    changes: writes.flatMap((write) =>
      changesOf(write).map((change) => ({ effect: effectOf(write), ...change })),
    ),
  };
}

function effectOf({ kind, id }: Write): string {
  return `${kind}/${id}`;
}

/** INVARIANT: whose call it was is no change, so a preview, which is a call of its own, shows what its write records. */
function changesOf({ before, document }: Write): Change[] {
  return changesBetween(withoutMarks(before?.document ?? {}), withoutMarks(document));
}
