import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT } from '../../../cli/failure.ts';
import { parseToolName } from '../../../cli/scaffold/tool-name.ts';

test('a name is spelled as files, constants, arguments and paths want it', () => {
  assert.deepEqual(parseToolName('billing.get_late_fee'), {
    full: 'billing.get_late_fee',
    namespace: 'billing',
    verbNoun: 'get_late_fee',
    noun: 'late_fee',
    words: 'get late fee',
    identifier: 'getLateFee',
    typeName: 'GetLateFee',
    file: 'get-late-fee',
    argument: 'late_fee_id',
    collection: 'late-fees',
  });
});

const BAD_NAMES = [
  '',
  'billing',
  'billing.',
  '.get_invoice',
  'billing.get',
  'Billing.get_invoice',
  'billing.getInvoice',
  'billing.get-invoice',
  'billing.get_invoice.now',
  'bill_ing.get_invoice',
  'billing.get__invoice',
  'billing.get_invoice_',
  '2bill.get_invoice',
  '../x.get_invoice',
  'billing.get_invoice\n',
];

for (const name of BAD_NAMES) {
  test(`'${JSON.stringify(name)}' is no name of a tool`, () => {
    assert.throws(() => parseToolName(name), {
      exitCode: EXIT.usage,
      message: /expected namespace\.verb_noun/,
    });
  });
}

for (const namespace of ['new', 'class', 'z', 'handler', 'executor']) {
  test(`'${namespace}' is no name of a namespace: the code around it has the word`, () => {
    assert.throws(() => parseToolName(`${namespace}.get_invoice`), /choose another/);
  });
}

test('a name may be as long as Bedrock and Lambda take it', () => {
  const [longest, longestNamespace] = [`billing.get_${'x'.repeat(51)}`, `${'n'.repeat(35)}.get_invoice`];
  assert.equal(parseToolName(longest).full.length, 63);
  assert.throws(() => parseToolName(`${longest}x`), /has 64 characters/);
  assert.equal(parseToolName(longestNamespace).namespace.length, 35);
  assert.throws(() => parseToolName(`n${longestNamespace}`), /its namespace 36/);
});
