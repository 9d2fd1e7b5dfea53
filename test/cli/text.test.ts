import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { argumentText, facts, money, printable, table } from '../../cli/render/text.ts';

suite('amounts', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '$0.00'],
    [1, '$0.000001'],
    [42, '$0.000042'],
    [10_000, '$0.01'],
    [1_500_000, '$1.50'],
    [1_234_500, '$1.2345'],
    [9_007_199_254_000_001, '$9007199254.000001'],
  ];
  for (const [microDollars, text] of cases) {
    test(`${microDollars} micro-dollars read ${text}`, () => {
      assert.equal(money(microDollars), text);
    });
  }
});

suite('text that strangers wrote', () => {
  test('an escape sequence does not reach the terminal', () => {
    assert.equal(printable('\u001b[2Kapprove'), '\\u{1b}[2Kapprove');
  });

  test('a line break does not start a line', () => {
    assert.equal(printable('a\nb\u2028c'), 'a\\u{a}b\\u{2028}c');
  });

  test('marks that turn the direction of writing, or hide, are spelled out', () => {
    assert.equal(printable('\u202e1W#\u200b'), '\\u{202e}1W#\\u{200b}');
  });

  test('letters of any script stay as they are', () => {
    assert.equal(printable('Ünïcödé 東京 #W1'), 'Ünïcödé 東京 #W1');
  });

  test('arguments are named and quoted, so that a value cannot pass for two', () => {
    assert.equal(argumentText({ note: 'x" amount=1', ids: [1] }), 'note="x\\" amount=1" ids=[1]');
  });
});

suite('tables', () => {
  test('columns are as wide as their widest cell, numbers on the right, no blanks at the end', () => {
    const lines = table(
      [{ title: 'call' }, { title: 'cost', align: 'right' }, { title: 'by' }],
      [
        ['0001-00', '$1.00', ''],
        ['2', '$10.00', 'maria'],
      ],
    );
    assert.deepEqual(lines, ['CALL       COST  BY', '0001-00   $1.00', '2        $10.00  maria']);
  });

  test('facts without a value are left out', () => {
    assert.deepEqual(
      facts([
        ['run', 'run-1'],
        ['outcome', undefined],
        ['status', 'open'],
      ]),
      ['run     run-1', 'status  open'],
    );
  });
});
