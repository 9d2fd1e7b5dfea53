import { decompressed } from './gzip.ts';

const LENGTH_BYTES = 2;

/** In place of the third byte a plain bundle has the first of an entry, `{`: a compressed one has the method there. */
const DEFLATE = 8;

/**
 * Entries of a bundle, compressed or plain.
 *
 * @returns undefined when it is broken
 */
export function entriesInBundle(bytes: Buffer): readonly Buffer[] | undefined {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === DEFLATE;
  const plain = isCompressed ? decompressed(bytes) : bytes;
  if (plain === undefined) {
    return undefined;
  }
  const entries: Buffer[] = [];
  for (let from = 0; from < plain.length; ) {
    if (from + LENGTH_BYTES > plain.length) {
      return undefined;
    }
    const end = from + LENGTH_BYTES + plain.readUInt16BE(from);
    if (end > plain.length) {
      return undefined;
    }
    entries.push(plain.subarray(from + LENGTH_BYTES, end));
    from = end;
  }
  return entries;
}
