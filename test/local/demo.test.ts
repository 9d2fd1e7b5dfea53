import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { demoFor } from '../../local/demo.ts';
import { localApiUrl } from '../../local/deploy.ts';
import { readShopFile } from '../../local/shop/load.ts';

const shop = await readShopFile(join(import.meta.dirname, '..', '..', 'local', 'shop', 'sample.json'));

suite('the sample run', () => {
  test('is for a customer with a small and a large pending order', () => {
    const demo = demoFor(shop);
    assert.deepEqual(
      [demo?.customer, demo?.smallOrder, demo?.largeOrder],
      ['lena_hofer_4821', '#W4400218', '#W4400125'],
    );
  });

  test('reaches for an order of somebody else', () => {
    const order = demoFor(shop)?.strangersOrder ?? '';
    assert.notEqual(shop.orders[order]?.user_id, 'lena_hofer_4821');
  });

  test('cannot be told in a shop without such a customer', () => {
    assert.equal(demoFor({ ...shop, orders: {} }), undefined);
  });
});

suite('the address of the api', () => {
  for (const host of [
    'https://ab12.execute-api.us-east-1.amazonaws.com/',
    'http://ab12.execute-api.127.0.0.1:5',
  ]) {
    test(`is found from ${host}`, () => {
      assert.equal(
        localApiUrl('http://127.0.0.1:5', host),
        'http://127.0.0.1:5/_aws/execute-api/ab12/$default',
      );
    });
  }

  test('of another form is refused', () => {
    assert.throws(() => localApiUrl('http://127.0.0.1:5', 'https://example.com'), { code: 'OUTPUT_MISSING' });
  });
});
