import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { encodedEntries } from '../../../domain/log/bundle.ts';
import {
  checkpointText,
  openedCheckpoint,
  rawPublicKey,
  signedNote,
  UntrustedCheckpoint,
} from '../../../domain/log/note.ts';
import { leafHash } from '../../../domain/log/tree.ts';

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: rawPublicKey(publicKey.export({ format: 'der', type: 'spki' })) };
};
const [ours, others] = [pair(), pair()];
const KEY = { name: 'bucket.s3.eu-west-1.amazonaws.com', publicKey: ours.publicKey };
const CHECKPOINT = { origin: KEY.name, size: 70_000, root: leafHash(Buffer.from('root')) };
const TEXT = checkpointText(CHECKPOINT);
const noteOf = (text: string, by = ours.privateKey) =>
  signedNote(text, KEY, sign(null, Buffer.from(text), by));

test('what was signed is read again', () => {
  const note = noteOf(TEXT);
  assert.match(
    note,
    /^bucket\.s3\.eu-west-1\.amazonaws\.com\n70000\n[A-Za-z0-9+/]{43}=\n\n— bucket\.s3\.eu-west-1\.amazonaws\.com [A-Za-z0-9+/=]+\n$/,
  );
  assert.deepEqual(openedCheckpoint(note, KEY), CHECKPOINT);
});

const FORGED = {
  'signed by another key': noteOf(TEXT, others.privateKey),
  'of another size': noteOf(TEXT).replace('70000', '70001'),
  'of another log': noteOf(checkpointText({ ...CHECKPOINT, origin: 'other.example.com' })),
  'with a line more': noteOf(`${TEXT}more\n`),
  'with no size': noteOf(TEXT.replace('70000', '-1')),
  'without a signature': `${TEXT}\n`,
  'that is nothing': '',
};
for (const [what, note] of Object.entries(FORGED)) {
  test(`a checkpoint ${what} is trusted by nobody`, () => {
    assert.throws(() => openedCheckpoint(note, KEY), UntrustedCheckpoint);
  });
}

test('a key that is not Ed25519 is refused', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.throws(() => rawPublicKey(publicKey.export({ format: 'der', type: 'spki' })), /no Ed25519 key/);
});

test('Node knows the key again', () => {
  const prefix = Buffer.from('302a300506032b6570032100', 'hex');
  const key = createPublicKey({ key: Buffer.concat([prefix, ours.publicKey]), format: 'der', type: 'spki' });
  assert.equal(key.asymmetricKeyType, 'ed25519');
});

test('entries stand behind their length, which has two bytes', () => {
  const long = Buffer.alloc(65_535, 'a');
  const encoded = encodedEntries([Buffer.from('{}'), long]);
  assert.deepEqual([...encoded.subarray(0, 6)], [0, 2, 0x7b, 0x7d, 0xff, 0xff]);
  assert.equal(encoded.length, 2 + 2 + 2 + 65_535);
  assert.throws(
    () => encodedEntries([Buffer.alloc(65_536)]),
    /an entry of 65536 bytes, expected up to 65535/,
  );
});
