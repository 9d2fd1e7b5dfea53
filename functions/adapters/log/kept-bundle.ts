import { bundleKey } from '../../../contracts/log.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { contentOf, type PolicyBundle } from '../../../domain/policy/bundle.ts';
import type { LogBucket } from './bucket.ts';

/**
 * Keeps a bundle in the audit bucket under its digest, so that what it decided can be decided again when another has long been
 * deployed. What is returned does so once, and again for as long as it has failed. What is there under the digest is not read: whoever
 * uses it compares.
 *
 * @throws when S3 does not take it
 */
export function keepOnce(bucket: Pick<LogBucket, 'putIfAbsent'>, bundle: PolicyBundle): () => Promise<void> {
  let isKept = false;
  return async () => {
    if (!isKept) {
      await bucket.putIfAbsent(bundleKey(bundle.digest), 'policies', canonicalJson(contentOf(bundle)));
      isKept = true;
    }
  };
}
