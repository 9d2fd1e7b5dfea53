import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogJson } from '../../../../functions/tools/retail/catalog.ts';

describe('the catalog', () => {
  it('is JSON sorted by name, with a space after each comma and colon', () => {
    const entries = [
      { name: 'b', productId: '2' },
      { name: 'a', productId: '1' },
      { name: 'B', productId: '3' },
    ];
    assert.equal(catalogJson(entries), '{"B": "3", "a": "1", "b": "2"}');
  });

  it('escapes what is not ASCII', () => {
    assert.equal(catalogJson([{ name: 'Fön "4"', productId: '1' }]), '{"F\\u00f6n \\"4\\"": "1"}');
  });

  it('is an empty object for an empty shop', () => {
    assert.equal(catalogJson([]), '{}');
  });
});
