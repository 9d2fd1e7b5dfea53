import { createHmac } from 'node:crypto';
import { canonicalJson } from '../call/canonical.ts';

/** Of a run's `digestKey`; no shorter than what it makes, so that it cannot be guessed more easily. */
export const DIGEST_KEY_BYTES = 32;

/**
 * What stands for a value in the log, or binds something to it: HMAC-SHA256 of its canonical JSON under the run's own key, 64 hex
 * digits. Within a run equal values have equal digests. A plain hash of a small value can be found by guessing; of this one
 * nothing can be found without the key, and the key is deleted with the person's data while the log stays as it is.
 *
 * @param key - `digestKey` of the run or of the warrant, base64url
 * @throws Error without a whole key: INVARIANT: nothing falls back to a hash that can be guessed
 */
export function keyedDigest(key: string | undefined, value: unknown): string {
  const bytes = Buffer.from(key ?? '', 'base64url');
  if (bytes.length !== DIGEST_KEY_BYTES) {
    throw new Error(
      `digest key of ${bytes.length} bytes, expected ${DIGEST_KEY_BYTES}: the run's data were erased, or it was started without one; start another run`,
    );
  }
  return createHmac('sha256', bytes).update(canonicalJson(value)).digest('hex');
}
