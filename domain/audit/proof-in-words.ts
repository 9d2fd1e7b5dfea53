/**
 * What a proof says, in one sentence.
 *
 * @param size - entries under the checkpoint; undefined as long as nothing was ever signed
 */
export function proofInWords(count: number, pending: number, size: number | undefined): string {
  if (size === undefined) {
    return `none of the ${count} events is under a checkpoint, nothing was ever signed; the log is signed every minute`;
  }
  return pending === 0
    ? `all ${count} events are in the log, under a signed checkpoint of ${size} entries`
    : `${pending} of the ${count} events are not under a signed checkpoint yet; the log is signed every minute, ask again for the rest`;
}
