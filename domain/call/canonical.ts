import { createHash } from 'node:crypto';

/**
 * JSON as RFC 8785 (JCS) prescribes it: members sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * writes them. Equal values have equal text, whatever order their members came in.
 *
 * @throws TypeError on what JSON cannot hold: undefined, functions, symbols, bigints, NaN and infinities.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new TypeError(`canonical json: ${value} has no representation, expected a finite number`);
    }
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      // INVARIANT: plain comparison is by UTF-16 code unit; a locale's order would differ between machines
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`canonical json: ${typeof value} has no representation, expected JSON`);
}

/** SHA-256 of the canonical JSON of a value, 64 hex digits. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
