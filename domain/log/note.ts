import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Hash } from './tree.ts';

/** Who signs the log, and how its signatures are known: https://c2sp.org/signed-note */
export interface LogKey {
  /** Origin of the log; the key has the same name. */
  readonly name: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Buffer;
}

/** A root that is signed for; text of https://c2sp.org/tlog-checkpoint */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

const ED25519 = Uint8Array.of(1);
const KEY_ID_BYTES = 4;

function keyId({ name, publicKey }: LogKey): Buffer {
  const hash = createHash('sha256').update(`${name}\n`).update(ED25519).update(publicKey);
  return hash.digest().subarray(0, KEY_ID_BYTES);
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** @param signature - of the text, by this key */
export function signedNote(text: string, key: LogKey, signature: Uint8Array): string {
  return `${text}\n— ${key.name} ${Buffer.concat([keyId(key), signature]).toString('base64')}\n`;
}

/** What is before an Ed25519 key in its DER form, which Node and KMS know keys by. RFC 8410 */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** @throws Error for what is no Ed25519 public key in DER */
export function rawPublicKey(der: Uint8Array): Buffer {
  const bytes = Buffer.from(der);
  if (!bytes.subarray(0, DER_PREFIX.length).equals(DER_PREFIX)) {
    throw new Error('the key of the log is no Ed25519 key, expected key spec ECC_NIST_EDWARDS25519');
  }
  return bytes.subarray(DER_PREFIX.length);
}

/** A note in the bucket that is none of ours: somebody else has written there. Nothing may be built on it. */
export class UntrustedCheckpoint extends Error {
  override readonly name = 'UntrustedCheckpoint';
}

/** @throws UntrustedCheckpoint when this key has not signed it, or it is of another log */
export function openedCheckpoint(note: string, key: LogKey): Checkpoint {
  const [text = '', signatures = ''] = splitNote(note);
  const [origin, size = '', root = '', ...more] = text.split('\n');
  const prefix = `— ${key.name} `;
  const signed = signatures
    .split('\n')
    .some((line) => line.startsWith(prefix) && signs(line.slice(prefix.length), text, key));
  if (!signed || origin !== key.name || !/^\d{1,16}$/.test(size) || more.length !== 1) {
    throw new UntrustedCheckpoint(
      `the checkpoint in the bucket is not signed by ${key.name}, expected this log's key to have signed it`,
    );
  }
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}

function splitNote(note: string): readonly [string, string] {
  const end = note.lastIndexOf('\n\n');
  return [note.slice(0, end + 1), note.slice(end + 2)];
}

function signs(base64: string, text: string, key: LogKey): boolean {
  const bytes = Buffer.from(base64, 'base64');
  const der = Buffer.concat([DER_PREFIX, key.publicKey]);
  return (
    bytes.subarray(0, KEY_ID_BYTES).equals(keyId(key)) &&
    verify(
      null,
      Buffer.from(text),
      createPublicKey({ key: der, format: 'der', type: 'spki' }),
      bytes.subarray(KEY_ID_BYTES),
    )
  );
}
