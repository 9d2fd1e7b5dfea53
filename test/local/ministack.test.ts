import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { localClient } from '../../local/aws.ts';
import { EXIT_NO_CLOUD } from '../../local/failure.ts';
import { type MiniStack, startMiniStack } from '../../local/ministack.ts';
import { membersOf } from '../../local/process-group.ts';
import { makeRunFolder } from '../../local/run-folder.ts';

async function buckets({ endpoint }: MiniStack): Promise<number> {
  const { Buckets = [] } = await new S3Client(localClient(endpoint)).send(new ListBucketsCommand({}));
  return Buckets.length;
}

suite('a local cloud that does not start', () => {
  test('because its program fails says so, with exit code 3 and a remedy', async () => {
    await assert.rejects(startMiniStack({ folder: makeRunFolder(), python: '/bin/false' }), {
      name: 'LocalCloudError',
      code: 'MINISTACK_NOT_STARTED',
      exitCode: EXIT_NO_CLOUD,
      message: /did not start: it ended with exit code 1; remove \.local\/venv and run the command again/,
    });
  });

  test('because its program is missing says which', async () => {
    await assert.rejects(startMiniStack({ folder: makeRunFolder(), python: '/nowhere/python' }), {
      code: 'MINISTACK_NOT_STARTED',
      message: /there is no \/nowhere\/python/,
    });
  });

  test('within its time is ended, with what it started', async () => {
    const folder = makeRunFolder();
    const python = join(folder.path, 'python');
    writeFileSync(python, '#!/bin/sh\necho "busy as $$"\nsleep 1000 & wait', { mode: 0o755 });
    const start = startMiniStack({ folder, python, startSeconds: 0.5 });
    await assert.rejects(start, { message: /did not answer its health check within 0\.5 s.*busy as \d+/s });
    const group = Number(/\d+/.exec(readFileSync(folder.ministackLog, 'utf8')));
    assert.deepEqual(membersOf(group), []);
    assert.equal(existsSync(folder.temporary), false);
  });
});

suite('local clouds', () => {
  test('run side by side and share nothing', async () => {
    const [one, other] = await Promise.all([
      startMiniStack({ folder: makeRunFolder() }),
      startMiniStack({ folder: makeRunFolder() }),
    ]);
    try {
      await new S3Client(localClient(one.endpoint)).send(new CreateBucketCommand({ Bucket: 'mine' }));
      assert.deepEqual([await buckets(one), await buckets(other)], [1, 0]);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  });

  test('that are stopped leave no process and no file', async () => {
    const folder = makeRunFolder();
    const { endpoint, stop } = await startMiniStack({ folder });
    await stop();
    await assert.rejects(fetch(endpoint));
    assert.equal(existsSync(folder.temporary), false);
  });
});
