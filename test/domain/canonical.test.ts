import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson, digestOf } from '../../domain/call/canonical.ts';

test('members are sorted by utf-16 code units, at every depth', () => {
  // the example of RFC 8785, section 3.2.3
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
  const sorted = [...canonicalJson(value).matchAll(/:(\d)/g)].map(([, number]) => Number(number));
  assert.deepEqual(sorted, [2, 4, 6, 7, 1, 5, 3]);
  assert.equal(canonicalJson({ outer: [{ b: 1, a: 2 }] }), '{"outer":[{"a":2,"b":1}]}');
});

test('numbers are written as ecmascript writes them', () => {
  // from RFC 8785, appendix B
  const cases: [number, string][] = [
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [0.000001, '0.000001'],
    [333333333.3333333, '333333333.3333333'],
  ];
  for (const [number, text] of cases) {
    assert.equal(canonicalJson(number), text);
  }
});

test('equal values have equal digests whatever order their members came in', () => {
  assert.equal(digestOf({ a: [1, { b: 2, c: 3 }], d: null }), digestOf({ d: null, a: [1, { c: 3, b: 2 }] }));
});

test('an absent member and an undefined one are the same', () => {
  assert.equal(digestOf({ a: 1 }), digestOf({ a: 1, b: undefined }));
});

test('the order of a list matters', () => {
  assert.notEqual(digestOf([1, 2]), digestOf([2, 1]));
});

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, Symbol('a'), [undefined]]) {
  test(`${String(Array.isArray(value) ? 'a list with undefined' : typeof value === 'number' ? value : typeof value)} is refused`, () => {
    assert.throws(() => canonicalJson(value), TypeError);
  });
}
