import { MAXIMUM_ENTRY_BYTES } from '../../contracts/log.ts';

const LENGTH_BYTES = 2;

/**
 * Entries as tlog-tiles has them in a bundle: each behind its length, two bytes, big-endian.
 *
 * @throws Error for an entry that its length cannot say
 */
export function encodedEntries(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > MAXIMUM_ENTRY_BYTES) {
        throw new Error(`an entry of ${entry.length} bytes, expected up to ${MAXIMUM_ENTRY_BYTES}`);
      }
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}
