import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyedDigest } from '../../domain/audit/keyed-digest.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import { DIGEST_KEY, OTHER_DIGEST_KEY } from '../support/digest-key.ts';

test('a keyed digest is the HMAC-SHA256 of RFC 4231 over canonical json', () => {
  // made with: printf '{"a":1,"b":"x"}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:07…07
  const expected = '0ce9b45312a6a606d54eaa21633fdf8b3c8ad920a48b164dc6699677d3fe6efb';
  assert.equal(keyedDigest(DIGEST_KEY, { b: 'x', a: 1 }), expected);
});

test('equal values are equal under one key, and under another nothing is', () => {
  assert.equal(keyedDigest(DIGEST_KEY, { a: 1, b: 2 }), keyedDigest(DIGEST_KEY, { b: 2, a: 1 }));
  assert.notEqual(keyedDigest(DIGEST_KEY, 1), keyedDigest(OTHER_DIGEST_KEY, 1));
  assert.notEqual(keyedDigest(DIGEST_KEY, 1), digestOf(1));
});

const NO_KEYS: Readonly<Record<string, string | undefined>> = {
  'none at all': undefined,
  'an empty one': '',
  'one that is too short': Buffer.alloc(31, 7).toString('base64url'),
  'one that is too long': Buffer.alloc(33, 7).toString('base64url'),
};

for (const [what, key] of Object.entries(NO_KEYS)) {
  test(`with ${what} for a key there is no digest, and no plain hash instead`, () => {
    assert.throws(() => keyedDigest(key, 1), /digest key of \d+ bytes, expected 32/);
  });
}
