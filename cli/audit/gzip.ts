import { gunzipSync } from 'node:zlib';

/** Room for entries of the longest kind that one round can have, and against what would fill the memory. */
const MOST_BYTES = 2 ** 30;

/**
 * What a compressed object holds.
 *
 * @returns undefined when it is broken, or has anything behind its end
 */
export function decompressed(bytes: Buffer): Buffer | undefined {
  try {
    const options = { info: true, maxOutputLength: MOST_BYTES } as const;
    const { buffer, engine } = gunzipSync(bytes, options) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    // INVARIANT: zlib passes over what follows the end, we do not
    return engine.bytesWritten === bytes.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}
