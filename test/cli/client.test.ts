import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { apiClient } from '../../cli/client.ts';
import { EXIT } from '../../cli/failure.ts';
import { counterpart } from '../support/counterpart.ts';
import { openRun } from '../support/views.ts';

const quickly = { firstWaitMilliseconds: 1, timeoutMilliseconds: 200 };

function clientOf(url: string) {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
  return apiClient({ apiUrl: `${url}/stage`, region: 'eu-central-1', credentials }, quickly);
}

const ok = { status: 200, body: openRun };
const busy = { status: 503, body: { message: 'Service Unavailable' } };

suite('requests', () => {
  test('are signed for the api of the region', async () => {
    await using server = await counterpart(ok);
    await clientOf(server.url).getRun('default', 'run-1');
    const { authorization = '', ...headers } = server.received[0]?.headers ?? {};
    assert.match(
      authorization,
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
    );
    assert.equal(headers['x-amz-security-token'], 'token');
  });

  test('keep the path of the address, and escape what is put into theirs', async () => {
    await using server = await counterpart({ status: 200, body: { events: [], next: '' } });
    await clientOf(server.url).getEvents('a&b', '../x', '2026#1 (*)');
    const url = '/stage/runs/..%2Fx/events?tenant=a%26b&after=2026%231%20%28%2A%29';
    assert.equal(server.received[0]?.url, url);
  });

  test('that start a run carry it as json', async () => {
    await using server = await counterpart({ status: 201, body: openRun });
    const request = { clientToken: 't', user: { id: 'lena', roles: [] }, input: { prompt: 'hello' } };
    assert.deepEqual(await clientOf(server.url).startRun('retail-support', request), openRun);
    const [{ method, url, body, headers } = assert.fail()] = server.received;
    assert.deepEqual([method, url], ['POST', '/stage/workflows/retail-support/runs']);
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(body), request);
  });

  test('for approvals give the list', async () => {
    await using server = await counterpart({ status: 200, body: { approvals: [] } });
    assert.deepEqual(await clientOf(server.url).listApprovals('default'), []);
  });
});

suite('what may pass', () => {
  for (const status of [429, 500, 502, 503, 504]) {
    test(`${status} is asked again`, async () => {
      await using server = await counterpart({ ...busy, status }, { ...busy, status }, ok);
      assert.deepEqual(await clientOf(server.url).getRun('default', 'run-1'), openRun);
      assert.equal(server.received.length, 3);
    });
  }

  test('ends after four attempts', async () => {
    await using server = await counterpart(busy);
    await assert.rejects(clientOf(server.url).getRun('default', 'run-1'), { exitCode: EXIT.unreachable });
    assert.equal(server.received.length, 4);
  });

  test('includes an answer that does not come', async () => {
    await using server = await counterpart({ ...ok, delayMilliseconds: 1000 }, ok);
    assert.deepEqual(await clientOf(server.url).getRun('default', 'run-1'), openRun);
  });
});

suite('failures', () => {
  test('of a bad request name each bad field and are not repeated', async () => {
    const fields = [{ field: 'user.id', message: 'expected letters' }];
    const error = { code: 'invalid_request', message: '1 bad field: user.id', fields };
    await using server = await counterpart({ status: 400, body: { error } });
    await assert.rejects(clientOf(server.url).getRun('default', 'run-1'), { ...error, exitCode: EXIT.usage });
    assert.equal(server.received.length, 1);
  });

  for (const status of [403, 404, 409]) {
    test(`with ${status} carry the message of the api`, async () => {
      const error = { code: 'refused', message: 'no' };
      await using server = await counterpart({ status, body: { error } });
      await assert.rejects(clientOf(server.url).getRun('default', 'run-1'), {
        ...error,
        exitCode: EXIT.refused,
      });
    });
  }

  test('that the gateway puts in its own words are quoted with a remedy', async () => {
    await using server = await counterpart({ status: 403, body: { message: 'Forbidden' } });
    await assert.rejects(clientOf(server.url).getRun('default', 'run-1'), {
      code: 'http_403',
      message: /the api answered 403 with \{"message":"Forbidden"\}.*check whether your credentials/,
    });
  });

  test('say that nobody listens', async () => {
    const server = await counterpart(ok);
    await server[Symbol.asyncDispose]();
    await assert.rejects(clientOf(server.url).getRun('default', 'run-1'), {
      exitCode: EXIT.unreachable,
      message: /does not answer: .*ECONNREFUSED/,
    });
  });
});
