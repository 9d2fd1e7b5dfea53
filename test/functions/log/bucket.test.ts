import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { logBucket } from '../../../functions/adapters/log/bucket.ts';

function refusal(httpStatusCode: number): S3ServiceException {
  return new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata: { httpStatusCode } });
}

/** S3 whose puts are refused with these statuses first, and that has this object. */
function refusing(statuses: readonly number[], there: Uint8Array = Buffer.alloc(0)) {
  const left = [...statuses];
  const puts: PutObjectCommand['input'][] = [];
  const send = async (command: unknown) => {
    if (command instanceof GetObjectCommand) {
      return { Body: { transformToByteArray: async () => there }, ETag: '"e"' };
    }
    assert.ok(command instanceof PutObjectCommand);
    puts.push(command.input);
    const status = left.shift();
    if (status !== undefined) {
      throw refusal(status);
    }
    return {};
  };
  return { bucket: logBucket({ send } as never, 'audit'), puts };
}

test('a put that meets another one of the same key is made again', async () => {
  const { bucket, puts } = refusing([409, 409]);
  assert.equal(await bucket.putOnce('rounds/0', 'round', '{}'), true);
  assert.equal(puts.length, 3);
  assert.ok(puts.every(({ IfNoneMatch }) => IfNoneMatch === '*'));
});

test('an object that is there with the same content is as good as put, however it was compressed', async () => {
  const lines = Buffer.from('{"a":1}\n'.repeat(100));
  const { bucket } = refusing([412], gzipSync(lines, { level: 1 }));
  assert.equal(await bucket.putOnce('batches/a', 'lines', lines), false);
});

test('an object that is there with other content ends all work', async () => {
  const { bucket } = refusing([412], gzipSync('other'));
  await assert.rejects(bucket.putOnce('batches/a', 'lines', 'mine'), { name: 'LogConflict' });
});

test('a checkpoint that somebody has moved is not moved', async () => {
  const { bucket, puts } = refusing([412]);
  assert.equal(await bucket.moveCheckpoint('note', { note: 'before', version: '"e"' }), false);
  assert.deepEqual([puts[0]?.IfMatch, puts[0]?.IfNoneMatch], ['"e"', undefined]);
});

test('whatever else S3 refuses is an error', async () => {
  await assert.rejects(refusing([403]).bucket.putOnce('a', 'tile', 'x'), { name: 'Refused' });
  await assert.rejects(refusing([409, 409, 409, 409]).bucket.putOnce('a', 'tile', 'x'), { name: 'Refused' });
});
