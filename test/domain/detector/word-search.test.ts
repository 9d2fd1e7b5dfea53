import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { beginningsOf } from '../../../domain/detector/beginnings.ts';
import { RULE_SET } from '../../../domain/detector/by-rules.ts';
import { reading, type Views } from '../../../domain/detector/reading.ts';
import { found, type Rule } from '../../../domain/detector/rule.ts';
import { wordSearch } from '../../../domain/detector/word-search.ts';
import { seeded } from '../../support/random.ts';
import { BENIGN } from './corpus/benign.ts';
import { EVASIONS, HOSTILE } from './corpus/hostile.ts';

const RULES = [...RULE_SET.injection, ...RULE_SET.sentiment];

/** Patterns, and what their matches begin with; undefined where that is not told. */
const BEGINNINGS: readonly (readonly [RegExp, string | undefined])[] = [
  [/\b(?:ignore|if you|an?)(?![a-z])/, 'a,an,if ,ign'],
  [/\b(?:(?<!(?:not|no) )(?:idiots?|a b)) c/, 'a b,idi'],
  [/(?:do (?:[^ ]{1,3} ){0,2}x|be)/, 'be,do '],
  [/[a-c]x[ -~]/, 'ax,bx,cx'],
  [/ab?c*d/, 'abc,abd,acc,acd,ad'],
  [/(?:ab){2}c|(?:xy){1,2}z/, 'aba,xyx,xyz'],
  [/a+?b/, 'aaa,aab,ab'],
  [/\u4e00\d/, [...'0123456789'].map((digit) => `\u4e00${digit}`).join()],
  [/a\.b|c\/d/, 'a.b,c/d'],
  [/a\wb/, 'a'],
  [/(?:ab){0,2}/, undefined],
  [/[^a]b/, undefined],
  [/.b/, undefined],
  [/a|/, undefined],
  [/(a)\1/, undefined],
  [/(?<name>a)/, undefined],
  [/ab/i, undefined],
  [/ab/u, undefined],
];

for (const [pattern, beginnings] of BEGINNINGS) {
  test(`what matches ${pattern} begins with ${beginnings ?? 'anything, as far as is told'}`, () => {
    const told = beginningsOf(pattern);
    assert.equal(told && [...told].sort().join(), beginnings);
  });
}

suite('searching where words begin', () => {
  /** As rules say it: each pattern by itself in all of the view. */
  const plainly = (rules: readonly Rule[], views: Partial<Views>) =>
    rules.filter(({ looks }) =>
      looks.some(({ in: view, for: pattern }) =>
        (view === 'words' ? [views.words, views.leet] : [views[view]]).some(
          (text = '') => text !== '' && pattern.test(text),
        ),
      ),
    );
  const viewsOf = (text: string) => {
    const { whole, windows } = reading(text);
    return [...windows()].map((window) => ({ ...whole, ...window }));
  };
  const corpus = [
    ...Object.values(HOSTILE).flat(),
    ...Object.values(EVASIONS),
    ...Object.values(BENIGN).flat(),
  ];

  test('finds in every text of the corpus what the patterns find by themselves', () => {
    for (const text of corpus) {
      for (const views of viewsOf(text)) {
        assert.deepEqual(found(RULES, views), plainly(RULES, views), text);
      }
    }
  });

  test('finds the same in texts of pieces of the corpus', () => {
    const next = seeded(11);
    const pieces = corpus.flatMap((text) => text.split(/(?<=[ \n])/));
    let signs = 0;
    for (let round = 0; round < 1500; round += 1) {
      const text = Array.from({ length: 40 }, () => {
        const from = Math.floor(next() * pieces.length);
        return pieces.slice(from, from + 1 + Math.floor(next() * 6)).join('');
      }).join(next() < 0.2 ? '_' : '');
      for (const views of viewsOf(text)) {
        const expected = plainly(RULES, views);
        signs += expected.length;
        assert.deepEqual(found(RULES, views), expected, text);
      }
    }
    assert.ok(signs > 1000, `${signs} signs`);
  });

  test('tries nearly every pattern at few places: only what begins with anything is tried everywhere', () => {
    const everywhere = RULES.filter(({ looks }) =>
      looks.some((look) => look.in === 'words' && beginningsOf(look.for) === undefined),
    );
    assert.deepEqual(
      everywhere.map(({ id }) => id),
      ['move-money'],
    );
  });

  test('finds words at the ends of a text, behind signs, and not inside words', () => {
    const search = wordSearch([
      { what: 'ai', pattern: /\bai(?![a-z])/ },
      { what: 'law', pattern: /\blaw/ },
      { what: '律师', pattern: /律师/ },
    ]);
    const all = (text: string) => [...search(text)].sort().join();
    assert.equal(all('ai'), 'ai');
    assert.equal(all('the lawyer, an.ai'), 'ai,law');
    assert.equal(all('flaw said _ai 0ai'), '');
    assert.equal(all('找律师'), '律师');
    assert.equal(all(''), '');
  });
});
