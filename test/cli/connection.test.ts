import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { connect } from '../../cli/connection.ts';
import { EXIT } from '../../cli/failure.ts';
import { type LocalCloudFile, readLocalCloudFile } from '../../cli/local-cloud-file.ts';

const credentials = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' };
const cloud: LocalCloudFile = {
  endpoint: 'http://127.0.0.1:1',
  apiUrl: 'http://127.0.0.1:1/api',
  region: 'us-east-1',
  pid: process.pid,
  people: { app: credentials, maria: { ...credentials, accessKeyId: 'maria' } },
};

suite('without options that name an account', () => {
  test('the local cloud is used, as the person of the command', async () => {
    const connection = await connect({}, 'app', () => cloud);
    assert.deepEqual(connection, { apiUrl: cloud.apiUrl, region: 'us-east-1', credentials });
  });

  test('--as chooses another person', async () => {
    const connection = await connect({ as: 'maria' }, 'app', () => cloud);
    assert.equal((connection.credentials as typeof credentials).accessKeyId, 'maria');
  });

  test('--as with a stranger lists who there is', async () => {
    await assert.rejects(
      connect({ as: 'bob' }, 'app', () => cloud),
      {
        message: '--as is bob, expected one of app, maria',
        exitCode: EXIT.usage,
      },
    );
  });

  test('no local cloud is one sentence with the remedy', async () => {
    await assert.rejects(
      connect({}, 'app', () => undefined),
      { message: /npm start/, exitCode: EXIT.unreachable },
    );
  });
});

suite('with options that name an account', () => {
  test('the region is read from the address of the api', async () => {
    const apiUrl = 'https://abc.execute-api.eu-west-1.amazonaws.com/';
    const connection = await connect({ apiUrl }, 'app', () => cloud);
    assert.equal(connection.region, 'eu-west-1');
    assert.equal(connection.apiUrl, 'https://abc.execute-api.eu-west-1.amazonaws.com');
  });

  test('an address that is none is wrong usage', async () => {
    await assert.rejects(
      connect({ apiUrl: 'example.com' }, 'app', () => cloud),
      { exitCode: EXIT.usage, message: /--api-url is example\.com/ },
    );
  });

  test('--as is refused, because the credentials say who calls', async () => {
    await assert.rejects(
      connect({ as: 'maria', region: 'eu-west-1' }, 'app', () => cloud),
      { exitCode: EXIT.usage },
    );
  });
});

suite('the file of the local cloud', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const path = join(folder, 'cloud.json');
  test.after(() => rmSync(folder, { recursive: true }));

  test('that is absent means no cloud', () => {
    assert.equal(readLocalCloudFile(path), undefined);
  });

  test('is read while its process lives', () => {
    writeFileSync(path, JSON.stringify(cloud));
    assert.deepEqual(readLocalCloudFile(path), cloud);
  });

  test('that a dead process left means no cloud', () => {
    // Above the largest process id of Linux and macOS.
    writeFileSync(path, JSON.stringify({ ...cloud, pid: 2 ** 22 + 1 }));
    assert.equal(readLocalCloudFile(path), undefined);
  });
});
