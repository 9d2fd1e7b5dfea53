import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  itemBytes,
  maximumCost,
  queryUnits,
  readUnits,
  transactionWriteUnits,
} from '../../../../functions/adapters/records/costs.ts';

describe('request units', () => {
  it('count one for each 4 KB of a strongly consistent read, and one for nothing found', () => {
    assert.deepEqual([0, 1, 4096, 4097, 8192].map(readUnits), [1, 1, 1, 2, 2]);
  });

  it('count half as much for a query of an index', () => {
    assert.deepEqual([0, 4096, 4097].map(queryUnits), [0.5, 0.5, 1]);
  });

  it('count two for each 1 KB of a write in a transaction', () => {
    assert.deepEqual([0, 1024, 1025].map(transactionWriteUnits), [2, 2, 4]);
  });
});

describe('the estimated size of an item', () => {
  it('counts names and strings in UTF-8', () => {
    assert.equal(itemBytes({ größe: 'ü' }) - itemBytes({ grobe: 'u' }), 3);
  });

  it('counts lists and maps with their members, and numbers at their longest', () => {
    // 3 of the map, 1 and 1 for 'a', 3 of the list, and in it 1 and 21 for the number, 1 and 1 for null
    assert.equal(itemBytes({ a: [5, null] }), 3 + 1 + 1 + 3 + 22 + 2);
  });

  it('is small for nothing', () => {
    assert.equal(itemBytes(undefined), 1);
  });
});

describe('the most that a call can cost', () => {
  it('is nothing when it reads and writes nothing', () => {
    assert.equal(maximumCost({}), 0);
  });

  it('is a whole number of micro-dollars', () => {
    assert.equal(maximumCost({ reads: 1 }), 1);
    assert.equal(maximumCost({ queries: 1 }), 16);
  });

  it('counts every attempt at a write', () => {
    // each attempt: two reads of 4 units, and two writes of 32 units with 2 for an index
    assert.equal(maximumCost({ reads: 2, writes: 2 }), 4 * (2 * 4 * 0.125 + 2 * 34 * 0.625));
  });
});
