/**
 * What is known of the writes to one resource.
 *
 * Every write puts its name into `writing` in the transaction that begins its attempt, and in the transaction that records its
 * outcome takes it out again and becomes the `version`. So while nobody writes and the version is the same, nothing was
 * written in between, and what was read under a version is what would be read now:
 *
 *     write            begin ---- effect ---- settle
 *     writing   none |    the call's name           | none
 *     version   a    |    a                         | the call's name
 *     served   yes   |    no                        | what was read under the new version
 */
export interface WrittenResource {
  /** Name of the call whose outcome was recorded last; `NEVER_WRITTEN` before the first. No name comes back. */
  readonly version: string;
  /** Names of the calls under way. */
  readonly writing: readonly string[];
  /** ISO 8601 UTC; a write before it may have its effect yet, because nobody knows what became of it. */
  readonly unsureUntil?: string | undefined;
}

/** No name of a call. */
export const NEVER_WRITTEN = '';

/** A resource about which nothing was recorded. */
export const UNWRITTEN: WrittenResource = { version: NEVER_WRITTEN, writing: [] };

/** For as long after an outcome that is unknown nothing of the resource is cached. As long as any answer is kept. */
export const UNSURE_SECONDS = 86_400;

/**
 * The version to keep an answer under.
 *
 * @param resource - as it was before the tool was asked
 * @returns undefined when the answer may be of the time before a write or after it, and must not be kept
 */
export function versionToKeep(
  { version, writing, unsureUntil = '' }: WrittenResource,
  now: string,
): string | undefined {
  return writing.length > 0 || now < unsureUntil ? undefined : version;
}

/** An answer, and when it was what the system of record says. */
export interface KeptUnder {
  /** ISO 8601 UTC; before the tool was asked. */
  readonly askedAt: string;
  /** Of the resource, read before the tool was asked. */
  readonly version: string;
}

/**
 * INVARIANT: nothing is given again that was read before a write ended, nor while one is under way.
 *
 * @param resource - read after the call that asks now had begun
 * @param seconds - for which an answer may be given again
 */
export function isCurrent(
  { askedAt, version }: KeptUnder,
  resource: WrittenResource,
  { now, seconds }: { readonly now: string; readonly seconds: number },
): boolean {
  return version === versionToKeep(resource, now) && isWithin(askedAt, { now, seconds });
}

/** Whether something is younger than so many seconds. */
export function isWithin(
  askedAt: string,
  { now, seconds }: { readonly now: string; readonly seconds: number },
): boolean {
  return Date.parse(now) < Date.parse(askedAt) + seconds * 1000;
}
