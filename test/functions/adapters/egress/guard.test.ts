import assert from 'node:assert/strict';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, suite, test } from 'node:test';
import type { GuardOptions } from '../../../../functions/adapters/egress/guard.ts';
import { httpServer, type TestServer } from '../../../support/http-server.ts';
import { failureOf, guard, waits, within } from './guards.ts';

const NAMES = { 'api.test': ['127.0.0.1'], 'files.test': ['127.0.0.1'] };
const servers: TestServer[] = [];

async function serve(...parameters: Parameters<typeof httpServer>): Promise<TestServer & { origin: string }> {
  const server = await httpServer(...parameters);
  servers.push(server);
  return { ...server, origin: `http://api.test:${server.port}` };
}

function localGuard(options: Partial<GuardOptions> = {}) {
  return guard(NAMES, { permittedAddresses: ['127.0.0.1'], permitHttp: true, ...options });
}

afterEach(async () => {
  waits.length = 0;
  await Promise.all(servers.splice(0).map(({ close }) => close()));
});

suite('a listed server', () => {
  test('gets the request as it was made, and its answer comes back', async () => {
    const { origin, got } = await serve((_, response) =>
      response.writeHead(201, { 'x-request': '7' }).end('{"id":"T-1"}'),
    );
    const init = { method: 'POST', headers: { Authorization: 'Bearer t' }, body: '{"subject":"lost"}' };
    const response = await localGuard()(`${origin}/v1/tickets?notify=1`, init, within([origin]));
    assert.equal(response.status, 201);
    assert.equal(response.headers.get('x-request'), '7');
    assert.deepEqual(await response.json(), { id: 'T-1' });
    assert.equal(got[0]?.method, 'POST');
    assert.equal(got[0]?.path, '/v1/tickets?notify=1');
    assert.equal(got[0]?.headers.host, origin.slice('http://'.length));
    assert.equal(got[0]?.headers.authorization, 'Bearer t');
    assert.equal(got[0]?.body, '{"subject":"lost"}');
  });

  test('keeps its connection for the next read, and gets a new one for what must not be sent twice', async () => {
    const { origin, connections } = await serve((_, response) => response.end('x'));
    const fetch = localGuard();
    await fetch(origin, {}, within([origin]));
    await fetch(origin, {}, within([origin]));
    assert.equal(connections(), 1);
    await fetch(origin, { method: 'POST' }, within([origin]));
    await fetch(origin, { method: 'POST' }, within([origin]));
    assert.equal(connections(), 3);
  });

  test('on loopback is out of reach for a guard that was not made for it', async () => {
    const { origin, connections } = await serve((_, response) => response.end('x'));
    const error = await failureOf(localGuard({ permittedAddresses: [] })(origin, {}, within([origin])));
    assert.equal(error.code, 'address');
    assert.equal(connections(), 0);
  });

  test('answers with nothing, which is an answer', async () => {
    const { origin } = await serve((_, response) => response.writeHead(204).end());
    assert.equal((await localGuard()(origin, { method: 'DELETE' }, within([origin]))).status, 204);
  });
});

suite('a redirect within the list', () => {
  async function follow(status: number, method: string, host = 'api.test') {
    const server = await serve(({ path }, response) =>
      path === '/from'
        ? response.writeHead(status, { location: `http://${host}:${server.port}/to` }).end()
        : response.end('there'),
    );
    const list = Object.keys(NAMES).map((name) => `http://${name}:${server.port}`);
    const headers = {
      authorization: 'Bearer t',
      'x-api-key': 'k',
      cookie: 'c',
      'content-type': 'text/plain',
    };
    const init = { method, headers, ...(method === 'GET' ? {} : { body: 'content' }) };
    const response = await localGuard()(`${server.origin}/from`, init, within(list));
    assert.equal(await response.text(), 'there');
    return server.got[1];
  }

  for (const [status, method, then, body] of [
    [301, 'GET', 'GET', ''],
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'content'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'content'],
    [308, 'PUT', 'PUT', 'content'],
  ] as const) {
    test(`with ${status} to a ${method} is followed with a ${then}`, async () => {
      const got = await follow(status, method);
      assert.deepEqual([got?.method, got?.body], [then, body]);
      assert.equal(got?.headers.authorization, 'Bearer t');
      assert.equal(got?.headers['content-type'], body === '' && method !== 'GET' ? undefined : 'text/plain');
    });
  }

  test('to another origin does not bring the secret along, under whatever name it travels', async () => {
    const got = await follow(307, 'POST', 'files.test');
    assert.equal(got?.body, 'content');
    for (const name of ['authorization', 'x-api-key', 'cookie']) {
      assert.equal(got?.headers[name], undefined, name);
    }
    assert.equal(got?.headers['content-type'], 'text/plain');
  });

  test('that names no place is an answer like any other', async () => {
    const { origin } = await serve((_, response) => response.writeHead(302).end());
    assert.equal((await localGuard()(origin, {}, within([origin]))).status, 302);
  });
});

suite('a server that does not answer as it should', () => {
  const ONE_TRY = { idempotent: false };

  test('slow to begin: timed_out', async () => {
    const { origin } = await serve(() => undefined);
    const error = await failureOf(localGuard()(origin, {}, within([origin], { totalMilliseconds: 100 })));
    assert.deepEqual([error.name, error.code, error.sent], ['EgressFailed', 'timed_out', true]);
    assert.match(error.message, /gave no full answer within 100 ms/);
  });

  test('slow to end: timed_out', async () => {
    const { origin } = await serve((_, response) => {
      response.write('x');
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const error = await failureOf(localGuard()(origin, {}, within([origin], { totalMilliseconds: 150 })));
    assert.deepEqual([error.code, error.sent], ['timed_out', true]);
  });

  test('given up by its caller: aborted', async () => {
    const { origin } = await serve(() => undefined);
    const signal = AbortSignal.timeout(50);
    const error = await failureOf(localGuard()(origin, {}, within([origin], { signal })));
    assert.deepEqual([error.code, error.sent], ['aborted', true]);
  });

  test('given up before it began: aborted, and nothing was sent', async () => {
    const { origin, got } = await serve((_, response) => response.end());
    const error = await failureOf(
      localGuard()(origin, {}, within([origin], { signal: AbortSignal.abort() })),
    );
    assert.deepEqual([error.code, error.sent], ['aborted', false]);
    assert.equal(got.length, 0);
  });

  test('too much, and says so: too_large', async () => {
    const { origin } = await serve((_, response) =>
      response.writeHead(200, { 'content-length': '2000' }).end(),
    );
    const error = await failureOf(localGuard()(origin, {}, within([origin], { maximumBytes: 1000 })));
    assert.deepEqual([error.name, error.code, error.sent], ['EgressFailed', 'too_large', true]);
  });

  test('too much, without an end: too_large', async () => {
    const { origin } = await serve((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(10_000))) {
          // until the buffer is full
        }
      };
      response.on('drain', more);
      more();
    });
    const error = await failureOf(localGuard()(origin, {}, within([origin], { maximumBytes: 100_000 })));
    assert.equal(error.code, 'too_large');
  });

  test('exactly as much as is allowed is not too much', async () => {
    const { origin } = await serve((_, response) => response.end(Buffer.alloc(1000)));
    const response = await localGuard()(origin, {}, within([origin], { maximumBytes: 1000 }));
    assert.equal((await response.arrayBuffer()).byteLength, 1000);
  });

  test('broken off before the answer: dropped', async () => {
    const { origin, got } = await serve((_, response) => response.destroy());
    const error = await failureOf(localGuard()(origin, {}, within([origin], ONE_TRY)));
    assert.deepEqual([error.name, error.code, error.sent], ['EgressFailed', 'dropped', true]);
    assert.equal(got.length, 1);
  });

  test('broken off in the middle of the answer: dropped', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const error = await failureOf(localGuard()(origin, {}, within([origin], ONE_TRY)));
    assert.deepEqual([error.code, error.sent], ['dropped', true]);
  });

  test('no http: unreadable', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const origin = `http://api.test:${(server.address() as { port: number }).port}`;
    const error = await failureOf(localGuard()(origin, {}, within([origin])));
    assert.deepEqual([error.code, error.sent], ['unreadable', true]);
    server.close();
  });

  test('down: not_connected, and nothing was sent', async () => {
    const { origin, close } = await serve((_, response) => response.end());
    await close();
    servers.length = 0;
    const error = await failureOf(localGuard()(origin, { method: 'POST' }, within([origin])));
    assert.deepEqual([error.name, error.code, error.sent], ['EgressFailed', 'not_connected', false]);
    assert.match(error.message, /ECONNREFUSED/);
  });

  test('without tls where tls is listed: not_connected, and nothing was sent', async () => {
    const { port, got } = await serve((_, response) => response.end());
    const origin = `https://api.test:${port}`;
    const error = await failureOf(localGuard()(`${origin}/`, { method: 'POST' }, within([origin])));
    assert.deepEqual([error.code, error.sent], ['not_connected', false]);
    assert.equal(got.length, 0);
  });

  test('unknown to the resolver: unresolved', async () => {
    const list = ['https://api.nowhere.test'];
    const missing = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
    for (const resolve of [async () => [], () => Promise.reject(missing)]) {
      const error = await failureOf(localGuard({ resolve })('https://api.nowhere.test/', {}, within(list)));
      assert.deepEqual([error.name, error.code, error.sent], ['EgressFailed', 'unresolved', false]);
    }
  });

  test('that nobody finds in time: connect_timed_out, and nothing was sent', async () => {
    const { origin, got } = await serve((_, response) => response.end());
    const resolve = () => new Promise<string[]>(() => {});
    const limits = within([origin], { connectMilliseconds: 50, ...ONE_TRY });
    const error = await failureOf(localGuard({ resolve })(origin, {}, limits));
    assert.deepEqual([error.code, error.sent], ['connect_timed_out', false]);
    assert.equal(got.length, 0);
  });
});

suite('trying again', () => {
  async function answering(...statuses: readonly (number | 'dropped')[]) {
    const server = await serve((_, response) => {
      const status = statuses[Math.min(server.got.length, statuses.length) - 1];
      return status === 'dropped' ? response.destroy() : response.writeHead(status ?? 500).end('x');
    });
    return server;
  }

  for (const status of [429, 502, 503, 504, 'dropped'] as const) {
    test(`${status}: a read is tried again, with waits that grow and are not all the same`, async () => {
      const { origin, got } = await answering(status, status, 200);
      assert.equal((await localGuard()(origin, {}, within([origin]))).status, 200);
      assert.equal(got.length, 3);
      assert.deepEqual(waits, [100, 200], 'half of 200 and of 400, as the dice fell');
    });
  }

  for (const status of [400, 401, 404, 409, 500, 501]) {
    test(`${status}: a read is not tried again`, async () => {
      const { origin, got } = await answering(status);
      assert.equal((await localGuard()(origin, {}, within([origin]))).status, status);
      assert.equal(got.length, 1);
    });
  }

  test('ends with the third answer', async () => {
    const { origin, got } = await answering(503);
    assert.equal((await localGuard()(origin, {}, within([origin]))).status, 503);
    assert.equal(got.length, 3);
  });

  test('is not for a write, unless its caller says that sending it twice is sending it once', async () => {
    const { origin, got } = await answering(503, 503, 503, 503, 200);
    const fetch = localGuard();
    assert.equal((await fetch(origin, { method: 'POST' }, within([origin]))).status, 503);
    assert.equal(got.length, 1);
    await fetch(origin, { method: 'POST' }, within([origin], { idempotent: true }));
    assert.equal(got.length, 4);
  });

  test('waits as long as the server asks for', async () => {
    const server = await serve((_, response) =>
      response.writeHead(server.got.length > 1 ? 200 : 429, { 'retry-after': '2' }).end(),
    );
    assert.equal((await localGuard()(server.origin, {}, within([server.origin]))).status, 200);
    assert.deepEqual(waits, [2000]);
  });

  test('is left when the server asks for more time than there is', async () => {
    const { origin, got } = await serve((_, response) =>
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end(),
    );
    assert.equal((await localGuard()(origin, {}, within([origin]))).status, 503);
    assert.deepEqual([got.length, waits.length], [1, 0]);
  });

  test('remembers that an earlier try had arrived', async () => {
    const server = await answering('dropped');
    const fetch = localGuard({
      sleep: async () => {
        await server.close();
        servers.length = 0;
      },
    });
    const error = await failureOf(
      fetch(server.origin, { method: 'POST' }, within([server.origin], { idempotent: true })),
    );
    assert.deepEqual([error.code, error.sent], ['not_connected', true]);
  });
});
