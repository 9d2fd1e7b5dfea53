import { MAXIMUM_LOOKED_AT } from './costs.ts';
import { historyOf, keyOfVersion, type Store } from './store.ts';

/**
 * The version that this call has written, among those that came after the one it was to replace.
 *
 * @returns undefined when there is none
 * @throws Error when there are more of them than one call looks at
 */
export async function versionWritten(store: Store, replaced: string): Promise<string | undefined> {
  const { versions, isTruncated } = await historyOf(store);
  const end = versions.indexOf(replaced);
  const since = end === -1 ? versions : versions.slice(0, end);
  for (const version of since.slice(0, MAXIMUM_LOOKED_AT)) {
    if ((await keyOfVersion(store, version)) === store.context.idempotencyKey) {
      return version;
    }
  }
  if (since.length > MAXIMUM_LOOKED_AT || (end === -1 && isTruncated)) {
    throw new Error(`none of the latest ${MAXIMUM_LOOKED_AT} versions is this call's, there are older ones`);
  }
  return undefined;
}

/**
 * The mark that hides a version, if the document was removed as it then was. S3 gives a mark no metadata, so this is what
 * the call was to bring about, whoever did it.
 *
 * @returns undefined while that version is the current one
 * @throws Error when the document has been written since: nothing tells then what came between
 */
export async function removedAt(store: Store, replaced: string): Promise<string | undefined> {
  const { versions, removals, isRemoved } = await historyOf(store);
  if (versions[0] !== replaced) {
    throw new Error(
      `the document was written after ${replaced}, which may or may not have been removed before`,
    );
  }
  return isRemoved ? removals[0] : undefined;
}
