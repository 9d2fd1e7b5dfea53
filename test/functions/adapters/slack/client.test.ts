import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { slackErrorOf, slackWith } from '../../../../functions/adapters/slack/client.ts';
import { type Got, httpServer, type TestServer } from '../../../support/http-server.ts';

const servers: TestServer[] = [];
after(async () => void (await Promise.all(servers.map((server) => server.close()))));

/** Slack with tokens that a secret has one after the other, and what answers in its place. */
async function slack(
  answer: (got: Got, response: ServerResponse) => unknown,
  tokens: readonly string[] = ['xoxb-1'],
  options: { readonly retries?: number } = {},
) {
  const server = await httpServer(answer);
  servers.push(server);
  let index = 0;
  const secrets = {
    read: async () => tokens[index] ?? '',
    readNewer: async () => {
      index += 1;
      return tokens[index];
    },
  };
  const apiUrl = `http://127.0.0.1:${server.port}/api/`;
  const call = slackWith({ apiUrl, secrets, timeoutMilliseconds: 500, ...options });
  return { got: server.got, call };
}

const json = (response: ServerResponse, body: unknown) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('calls go to the address that is configured, with the token in a header and not in the body', async () => {
  const { got, call } = await slack((_, response) => json(response, { ok: true }));
  await call((client) => client.chat.postMessage({ channel: 'C1', text: 'a' }));
  const [{ path, headers, body } = assert.fail()] = got;
  assert.equal(path, '/api/chat.postMessage');
  assert.equal(headers.authorization, 'Bearer xoxb-1');
  assert.ok(!body.includes('xoxb'));
});

test('a method that is an address leads nowhere else', async () => {
  const { got, call } = await slack((_, response) => json(response, { ok: true }));
  await call((client) => client.apiCall('http://127.0.0.1:9/elsewhere'));
  assert.deepEqual(
    got.map(({ path }) => path),
    ['/api/http://127.0.0.1:9/elsewhere'],
  );
});

test('a token that was rotated is replaced by the newer one, once', async () => {
  const { got, call } = await slack(
    ({ headers }, response) =>
      json(
        response,
        headers.authorization === 'Bearer new' ? { ok: true } : { ok: false, error: 'token_revoked' },
      ),
    ['old', 'new'],
  );
  await call((client) => client.auth.test());
  await call((client) => client.auth.test());
  assert.deepEqual(
    got.map(({ headers }) => headers.authorization),
    ['Bearer old', 'Bearer new', 'Bearer new'],
  );
});

test('without a newer token the error is that of Slack', async () => {
  const { got, call } = await slack((_, response) => json(response, { ok: false, error: 'invalid_auth' }));
  await assert.rejects(
    call((client) => client.auth.test()),
    (error) => slackErrorOf(error) === 'invalid_auth',
  );
  assert.equal(got.length, 1);
});

test('other errors of Slack, and rate limits, are errors at once', async () => {
  const refusing = await slack(
    (_, response) => json(response, { ok: false, error: 'channel_not_found' }),
    ['old', 'new'],
  );
  await assert.rejects(
    refusing.call((client) => client.auth.test()),
    (error) => slackErrorOf(error) === 'channel_not_found',
  );
  const limiting = await slack(
    (_, response) => response.writeHead(429, { 'retry-after': '30' }).end(),
    ['a'],
    {
      retries: 3,
    },
  );
  await assert.rejects(
    limiting.call((client) => client.auth.test()),
    { code: 'slack_webapi_rate_limited_error', retryAfter: 30 },
  );
  assert.deepEqual([refusing.got.length, limiting.got.length], [1, 1]);
});

test('a request without an answer is given up, and sent again as often as is said', async () => {
  const silent = await slack(() => {});
  await assert.rejects(
    silent.call((client) => client.auth.test()),
    (error) => slackErrorOf(error) === undefined,
  );
  assert.equal(silent.got.length, 1);
  const failing = await slack((_, response) => response.writeHead(503).end(), ['a'], { retries: 2 });
  await assert.rejects(
    failing.call((client) => client.auth.test()),
    { statusCode: 503 },
  );
  assert.equal(failing.got.length, 3);
});
