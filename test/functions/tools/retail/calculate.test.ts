import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ToolRefusal } from '../../../../domain/tool/handler.ts';
import { calculated } from '../../../../functions/tools/retail/calculate.ts';

const VALUES: readonly (readonly [expression: string, value: string, why: string])[] = [
  ['2 + 2', '4.0', 'a whole result keeps one decimal'],
  ['10', '10.0', 'a number alone is an expression'],
  ['2 + 3 * 4', '14.0', 'products bind closer than sums'],
  ['(2 + 3) * 4', '20.0', 'parentheses bind closest'],
  ['100 - 30 - 20', '50.0', 'subtraction groups to the left'],
  ['100 / 5 / 2', '10.0', 'division groups to the left'],
  ['-3 + +5', '2.0', 'a number may carry a sign'],
  ['2 * -(1 + 1)', '-4.0', 'a parenthesis may carry a sign'],
  ['.5 + 1.', '1.5', 'either side of the point may be empty'],
  ['2 / 3', '0.67', 'at most two decimals are shown'],
  ['1 / 8', '0.12', 'an exact tie goes to the even digit'],
  ['3 / 8', '0.38', 'an exact tie goes to the even digit upwards as well'],
  ['-1 / 8', '-0.12', 'ties of negative values do the same'],
  ['2.675 * 1', '2.67', 'a value just below a tie goes down'],
  ['0.1 + 0.2', '0.3', 'binary noise does not show'],
  ['0 * -1', '0.0', 'zero has no sign'],
  ['100000000 * 100000000', '1e+16', 'large values are written with an exponent'],
  ['99999999 * 100000000', '9999999900000000.0', 'values below that are written in full'],
];

const REFUSALS: readonly (readonly [expression: string, message: RegExp])[] = [
  ['2 + x', /^Invalid characters in expression$/],
  ['1e3', /^Invalid characters in expression$/],
  ['2\t+ 2', /^Invalid characters in expression$/],
  ['1 / 0', /^division by zero$/],
  ['1 / (2 - 2)', /^division by zero$/],
  ['(1 + 2', /^unexpected end of expression, expected '\)'$/],
  ['1 +', /^unexpected end of expression, expected a number or '\('$/],
  ['   ', /^unexpected end of expression/],
  ['1 2', /^unexpected '2' at 3, expected an operator or the end$/],
  ['1)', /^unexpected '\)' at 2/],
  ['2 ** 3', /^unexpected '\*' at 4, expected a number/],
  ['()', /^unexpected '\)' at 2, expected a number/],
  ['1.2.3', /^unexpected '.3' at 4/],
  ['1 + .', /^'\.' without a digit/],
  [Array.from({ length: 20 }, () => '9999999999999999999').join('*'), /too large/],
];

describe('calculate', () => {
  for (const [expression, value, why] of VALUES) {
    it(`gives ${value} for '${expression}': ${why}`, () => {
      assert.equal(calculated(expression), value);
    });
  }

  for (const [expression, message] of REFUSALS) {
    it(`refuses '${expression.slice(0, 20)}' with ${message}`, () => {
      assert.throws(
        () => calculated(expression),
        (error) => {
          assert.ok(error instanceof ToolRefusal);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('reads deeply nested parentheses as long as an argument may be', () => {
    assert.equal(calculated(`${'('.repeat(249)}1${')'.repeat(249)}`), '1.0');
  });
});
