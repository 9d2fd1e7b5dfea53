import { verify } from 'node:crypto';
import { HASH_BYTES, type Hash } from './hashing.ts';
import type { VerifierKey } from './verifier-keys.ts';

/** What somebody with the log's key has signed. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Hash;
  readonly note: string;
}

/** Why a note is none that can be relied on. */
export interface BadNote {
  readonly code: 'checkpoint_malformed' | 'checkpoint_other_log' | 'checkpoint_untrusted';
  readonly why: string;
}

const SIGNATURE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/;
const SIZE = /^(0|[1-9]\d{0,15})$/;
const ID_BYTES = 4;

/** Reads a note as https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note have it, without lines of extensions. */
export function openedNote(bytes: Buffer, keys: readonly VerifierKey[]): SignedCheckpoint | BadNote {
  const note = bytes.toString();
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [origin = '', size = '', root = '', rest, ...more] = text.split('\n');
  const hash = strictBase64(root);
  const isCheckpoint = SIZE.test(size) && hash?.length === HASH_BYTES && rest === '' && more.length === 0;
  if (!Buffer.from(note).equals(bytes) || !note.endsWith('\n') || end < 0 || !isCheckpoint) {
    return { code: 'checkpoint_malformed', why: 'it is no note of origin, size and root with a signature' };
  }
  const ofLog = keys.filter(({ name }) => name === origin);
  if (ofLog.length === 0) {
    const known = [...new Set(keys.map(({ name }) => name))].join(', ');
    return { code: 'checkpoint_other_log', why: `its origin is ${origin}, expected ${known}` };
  }
  const lines = note.slice(end + 2, -1).split('\n');
  // INVARIANT: a line of a known key that does not verify spoils the note, and lines of keys that nobody knows say nothing
  const verdicts = lines.map((line) => verdictOn(line, text, ofLog));
  return verdicts.includes('signs') && !verdicts.includes('forged')
    ? { size: Number(size), root: hash, note }
    : { code: 'checkpoint_untrusted', why: `no key that was given for ${origin} has signed it` };
}

function verdictOn(
  line: string,
  text: string,
  keys: readonly VerifierKey[],
): 'signs' | 'forged' | 'unknown key' {
  const [, name, base64 = ''] = SIGNATURE.exec(line) ?? [];
  const bytes = strictBase64(base64);
  if (name === undefined || bytes === undefined) {
    return 'forged';
  }
  const known = keys.filter((key) => key.name === name && key.id.equals(bytes.subarray(0, ID_BYTES)));
  if (known.length === 0) {
    return 'unknown key';
  }
  const signature = bytes.subarray(ID_BYTES);
  return known.some(({ key }) => verify(null, Buffer.from(text), key, signature)) ? 'signs' : 'forged';
}

/** @returns undefined for another spelling of the same bytes, too: a note has one */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
