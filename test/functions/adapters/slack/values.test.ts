import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  buttonValue,
  isAbout,
  privateMetadata,
  readButtonValue,
  readPrivateMetadata,
} from '../../../../functions/adapters/slack/values.ts';

const approval = { tenant: 'acme', approvalId: 'apr-1', digest: '0123456789abcdef'.repeat(4) };
const message = { channel: 'C0APPROVALS', ts: '1763722800.000100' };

suite('what goes with a button', () => {
  test('is read back as it was written', () => {
    const value = buttonValue(approval);
    assert.equal(value, 'acme|apr-1|0123456789abcdef');
    assert.deepEqual(readButtonValue(value), { ...approval, digest: '0123456789abcdef' });
    const metadata = privateMetadata(approval, message);
    assert.equal(metadata, 'acme|apr-1|0123456789abcdef|C0APPROVALS|1763722800.000100');
    assert.deepEqual(readPrivateMetadata(metadata), { ...approval, digest: '0123456789abcdef', ...message });
  });

  test('is nothing when anything of it is missing or too much', () => {
    const values = [undefined, '', 'acme', 'acme|apr-1', 'acme|apr-1|', '|apr-1|0123', 'acme|apr-1|0123|C0'];
    assert.deepEqual(
      values.map((value) => readButtonValue(value)),
      values.map(() => undefined),
    );
    const metadata = [...values, 'acme|apr-1|0123|C0|', 'acme|apr-1|0123|C0|1|2'];
    assert.deepEqual(
      metadata.map((value) => readPrivateMetadata(value)),
      metadata.map(() => undefined),
    );
  });

  test('cannot be written so that one part is taken for two', () => {
    assert.throws(() => buttonValue({ ...approval, tenant: 'acme|apr-2' }), /without '\|'/);
    assert.throws(() => buttonValue({ ...approval, digest: '' }), /without '\|'/);
    assert.throws(() => privateMetadata(approval, { ...message, ts: '1|2' }), /without '\|'/);
    assert.throws(() => buttonValue({ ...approval, tenant: 'x'.repeat(2000) }), /at most 2000/);
  });

  test('names one call of one approval of one tenant', () => {
    const value = readButtonValue(buttonValue(approval));
    assert.ok(value);
    assert.equal(isAbout(value, approval), true);
    assert.equal(isAbout(value, { ...approval, tenant: 'other' }), false);
    assert.equal(isAbout(value, { ...approval, approvalId: 'apr-2' }), false);
    assert.equal(isAbout(value, { ...approval, digest: 'f'.repeat(64) }), false);
    // a beginning of the digest is not the digest
    assert.equal(isAbout({ ...value, digest: '0' }, approval), false);
  });
});
