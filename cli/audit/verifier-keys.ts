import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** A key that checkpoints may be signed with: https://c2sp.org/signed-note */
export interface VerifierKey {
  /** Origin of the log. */
  readonly name: string;
  /** First bytes of a signature of this key. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

const ED25519 = Buffer.of(1);
const ID_BYTES = 4;
const KEY_BYTES = 32;

/** What is before an Ed25519 key in its DER form. RFC 8410 */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** `<name>+<id>+<base64 of the algorithm and the key>` */
const LINE = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;

function idOf(name: string, encoded: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(encoded).digest().subarray(0, ID_BYTES);
}

/**
 * One key a line; empty lines and those that begin with `#` are passed over. A log whose key was changed has several.
 *
 * @throws Error that says which line is none
 */
export function verifierKeys(text: string): readonly VerifierKey[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const keys = lines
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => verifierKey(line, number));
  if (keys.length === 0) {
    throw new Error('it has no key, expected one a line as countersign audit key prints it');
  }
  return keys;
}

function verifierKey(line: string, number: number): VerifierKey {
  const [, name = '', id = '', base64 = ''] = LINE.exec(line) ?? [];
  const encoded = Buffer.from(base64, 'base64');
  const isEd25519 = encoded.length === 1 + KEY_BYTES && encoded[0] === ED25519[0];
  if (!isEd25519 || idOf(name, encoded).toString('hex') !== id) {
    throw new Error(
      `line ${number} is no ed25519 verifier key whose id fits, expected <origin>+<id>+<key> as countersign audit key prints it`,
    );
  }
  const der = Buffer.concat([DER_PREFIX, encoded.subarray(1)]);
  return {
    name,
    id: Buffer.from(id, 'hex'),
    key: createPublicKey({ key: der, format: 'der', type: 'spki' }),
  };
}

/**
 * @param der - of the public key, as KMS tells it
 * @throws Error for what is no Ed25519 key
 */
export function verifierKeyLine(name: string, der: Uint8Array): string {
  const bytes = Buffer.from(der);
  const isEd25519 =
    bytes.length === DER_PREFIX.length + KEY_BYTES && bytes.subarray(0, DER_PREFIX.length).equals(DER_PREFIX);
  if (!isEd25519) {
    throw new Error('the key that signs the log is no ed25519 key, expected key spec ECC_NIST_EDWARDS25519');
  }
  const encoded = Buffer.concat([ED25519, bytes.subarray(DER_PREFIX.length)]);
  return `${name}+${idOf(name, encoded).toString('hex')}+${encoded.toString('base64')}`;
}
