import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type PutObjectCommandInput, S3ServiceException } from '@aws-sdk/client-s3';
import { logBucket } from '../../../functions/adapters/log/bucket.ts';
import { keepOnce } from '../../../functions/adapters/log/kept-bundle.ts';
import { bundle } from '../../support/bundle.ts';

/** A bucket that answers each put with the next of these. */
function answering(...answers: readonly (Error | undefined)[]) {
  const puts: PutObjectCommandInput[] = [];
  const left = [...answers];
  const send = async ({ input }: { readonly input: PutObjectCommandInput }) => {
    puts.push(input);
    const answer = left.shift();
    if (answer !== undefined) {
      throw answer;
    }
    return {};
  };
  return { puts, keep: keepOnce(logBucket({ send } as never, 'audit'), bundle) };
}

function refused(httpStatusCode: number) {
  return new S3ServiceException({ name: 'refused', $fault: 'client', $metadata: { httpStatusCode } });
}

test('policies are put under what they hash to, once, and only if nothing is there', async () => {
  const { puts, keep } = answering();
  await keep();
  await keep();
  assert.equal(puts.length, 1);
  const [{ Key, Body, IfNoneMatch }] = puts as [PutObjectCommandInput];
  assert.deepEqual([Key, IfNoneMatch], [`bundles/${bundle.digest}.json`, '*']);
  assert.equal(createHash('sha256').update(String(Body)).digest('hex'), bundle.digest);
});

test('that they are there already is as good as putting them', async () => {
  const { puts, keep } = answering(refused(412));
  await keep();
  await keep();
  assert.equal(puts.length, 1);
});

test('of two that put them at once the other tries again', async () => {
  const { puts, keep } = answering(refused(409), refused(412));
  await keep();
  assert.equal(puts.length, 2);
});

test('a put that failed is an error, and made again the next time', async () => {
  const { puts, keep } = answering(refused(503));
  await assert.rejects(keep(), { name: 'refused' });
  await keep();
  assert.equal(puts.length, 2);
});
