import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { factReader } from '../../../functions/adapters/facts.ts';

const ENDPOINT = process.env.COUNTERSIGN_LOCAL_ENDPOINT;
const skip = ENDPOINT === undefined && 'COUNTERSIGN_LOCAL_ENDPOINT names no local S3';

describe('facts about objects', { skip }, () => {
  const Bucket = `facts-${randomBytes(4).toString('hex')}`;
  const unversioned = `${Bucket}-plain`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({
    endpoint: String(ENDPOINT),
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
  });
  const { head } = factReader({} as DynamoDBDocumentClient, (table) => table, new AbortController().signal);

  before(async () => {
    process.env.AWS_ENDPOINT_URL = ENDPOINT;
    process.env.AWS_REGION = 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new CreateBucketCommand({ Bucket: unversioned }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  });

  it('are its version, size and metadata', async () => {
    const object = { Bucket, Key: 'acme/a.md', Body: 'four', Metadata: { 'run-id': 'run-1' } };
    const { VersionId } = await s3.send(new PutObjectCommand(object));
    assert.deepEqual(await head(Bucket, 'acme/a.md'), {
      version: VersionId,
      sizeBytes: 4,
      metadata: { 'run-id': 'run-1' },
    });
  });

  it('are none for an object that is not there, or was removed', async () => {
    assert.equal(await head(Bucket, 'acme/never.md'), undefined);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'acme/gone.md', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'acme/gone.md' }));
    assert.equal(await head(Bucket, 'acme/gone.md'), undefined);
  });

  it('cannot be read from a bucket that keeps no versions', async () => {
    await s3.send(new PutObjectCommand({ Bucket: unversioned, Key: 'acme/a.md', Body: 'x' }));
    await assert.rejects(head(unversioned, 'acme/a.md'), /keeps no versions, expected versioning to be on/);
  });
});
