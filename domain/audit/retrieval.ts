import type { Rest, Retrieved, RetrievedDocument } from '../../contracts/events.ts';
import { redactText } from '../redaction/redact.ts';
import { fittedName, MAXIMUM_DOCUMENT_NAME_BYTES, MAXIMUM_RETRIEVED } from './bounds.ts';
import { shownDigest } from './event.ts';

/**
 * Documents that a call has retrieved, as they may be kept for years: names without personal data, the first of them one by one and
 * of the rest how many there are and their digest.
 *
 * @param from - name of the index or store
 * @param digestKey - of the run
 */
export function loggedRetrieval(
  from: string,
  told: readonly RetrievedDocument[],
  digestKey: string | undefined,
): Retrieved {
  const documents = told.slice(0, MAXIMUM_RETRIEVED).map(loggedDocument);
  const left = told.slice(MAXIMUM_RETRIEVED);
  return { from, documents, ...restOf(left, (value) => shownDigest(digestKey, value)) };
}

/** Nothing when nothing is left. */
export function restOf(
  left: readonly unknown[],
  digest: (value: unknown) => string,
): { readonly more?: Rest } {
  return left.length === 0 ? {} : { more: { count: left.length, digest: digest(left) } };
}

/** Stores are not ours: whatever they call a document, a person's address may be in it. */
function loggedDocument({ id, version, owner, at }: RetrievedDocument): RetrievedDocument {
  return {
    id: shown(id),
    ...(version === undefined ? {} : { version: shown(version) }),
    ...(owner === undefined ? {} : { owner: shown(owner) }),
    ...(at === undefined ? {} : { at: shown(at) }),
  };
}

function shown(name: string): string {
  return fittedName(redactText(name).value, MAXIMUM_DOCUMENT_NAME_BYTES);
}
