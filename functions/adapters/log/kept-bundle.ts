import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { bundleKey } from '../../../contracts/log.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { contentOf, type PolicyBundle } from '../../../domain/policy/bundle.ts';

const PRECONDITION_FAILED = 412;

/**
 * Keeps a bundle in the audit bucket under its digest, so that what it decided can be decided again when another has long been
 * deployed. What is returned does so once, and again for as long as it has failed.
 *
 * @throws when S3 does not take it
 */
export function keepOnce(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  bundle: PolicyBundle,
): () => Promise<void> {
  let isKept = false;
  return async () => {
    if (!isKept) {
      await keep(s3, bucket, bundle);
      isKept = true;
    }
  };
}

async function keep(s3: Pick<S3Client, 'send'>, bucket: string, bundle: PolicyBundle): Promise<void> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: bundleKey(bundle.digest),
        Body: canonicalJson(contentOf(bundle)),
        ContentType: 'application/json',
        IfNoneMatch: '*',
        // S3 refuses a put to a bucket with Object Lock that brings no checksum
        ChecksumAlgorithm: 'SHA256',
      }),
    );
  } catch (error) {
    const isThere =
      error instanceof S3ServiceException && error.$metadata.httpStatusCode === PRECONDITION_FAILED;
    if (!isThere) {
      throw error;
    }
  }
}
