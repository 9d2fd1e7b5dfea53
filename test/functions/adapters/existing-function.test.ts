import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { type ToolContext, ToolRefusal } from '../../../domain/tool/handler.ts';
import { functionClient, functionInvoker } from '../../../functions/adapters/existing-function.ts';
import { addPoints, getPoints } from '../../../functions/tools/loyalty/definitions.ts';
import { type Got, httpServer, type TestServer } from '../../support/http-server.ts';
import { failureOf } from './egress/guards.ts';

/** Speaks Lambda's API to the real SDK, as AWS does and the local cloud does not: every error it has, and broken lines. */
let lambda: TestServer;
let answer: (got: Got, response: ServerResponse) => unknown = () => assert.fail('no answer was set');

before(async () => {
  lambda = await httpServer((got, response) => answer(got, response));
  process.env.AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${lambda.port}`;
  process.env.AWS_REGION = 'us-east-1';
});
afterEach(() => {
  lambda.got.length = 0;
});
after(() => lambda.close());

const shape = z.object({ points: z.int() });
const byKey: ToolDefinition = { ...addPoints, idempotency: 'by_key' };

function calling(
  tool: ToolDefinition,
  given: Partial<ToolContext> = {},
  payload: object = { operation: 'x' },
) {
  const costs: number[] = [];
  const context = {
    tenant: 'acme',
    runId: 'run-1',
    callId: '0001-00',
    idempotencyKey: 'key-1',
    credentials: { accessKeyId: 'call-1', secretAccessKey: 's', sessionToken: 'session-1' },
    signal: new AbortController().signal,
    recordCost: (cost: number) => costs.push(cost),
    ...given,
  } as unknown as ToolContext;
  const request = { functionName: 'countersign-shop-loyalty', payload: { ...payload }, shape };
  return { costs, invoked: functionInvoker(functionClient)(tool, request, context) };
}

const ok = (body: string, headers = {}) => {
  answer = (_, response) => response.writeHead(200, headers).end(body);
};

function failing(status: number, name: string) {
  answer = (_, response) =>
    response
      .writeHead(status, { 'x-amzn-errortype': name, 'content-type': 'application/json' })
      .end('{"Message":"secret word"}');
}

suite('a function that answers', () => {
  test('was asked once under the credentials of the call, with for whom it works beside its own payload', async () => {
    ok('{"points":7,"internal":"left out"}');
    const { invoked, costs } = calling(addPoints, {}, { operation: 'add_points', points: 7 });
    assert.deepEqual(await invoked, { points: 7 });
    const [{ method, path, headers, body } = assert.fail('not asked')] = lambda.got;
    assert.deepEqual([method, path], ['POST', '/2015-03-31/functions/countersign-shop-loyalty/invocations']);
    assert.match(String(headers.authorization), /Credential=call-1\//);
    assert.equal(headers['x-amz-security-token'], 'session-1');
    assert.equal(headers['x-amz-invocation-type'], 'RequestResponse');
    assert.equal(headers['x-amz-log-type'], undefined);
    assert.deepEqual(JSON.parse(body), {
      operation: 'add_points',
      points: 7,
      countersign: { tenant: 'acme', runId: 'run-1', callId: '0001-00', idempotencyKey: 'key-1' },
    });
    assert.deepEqual(costs, [0.2]);
  });

  test('cannot be told by an argument for whom it works', async () => {
    ok('{"points":7}');
    await calling(addPoints, {}, { countersign: { tenant: 'globex' } }).invoked;
    assert.equal(JSON.parse(lambda.got[0]?.body ?? '').countersign.tenant, 'acme');
  });

  test('keeps its connection for the next read, and gets a new one for a write', async () => {
    ok('{"points":7}');
    const before = lambda.connections();
    await calling(getPoints).invoked;
    await calling(getPoints).invoked;
    assert.equal(lambda.connections() - before, 1);
    await calling(addPoints).invoked;
    await calling(addPoints).invoked;
    assert.equal(lambda.connections() - before, 3);
  });

  test('refuses by its documented code: it is certain that nothing was done', async () => {
    ok('{"refused":"too_many_points","balance":99999}');
    const error = await failureOf(calling(addPoints).invoked);
    assert.ok(error instanceof ToolRefusal);
    assert.equal(error.message, 'countersign-shop-loyalty refused: too_many_points');
    assert.equal(error.dependency, 'answered');
  });
});

/** Errors of the API before the function has begun, as its reference has them; of two the function itself is out. */
const NOT_INVOKED: readonly (readonly [number, string, out?: boolean])[] = [
  [429, 'TooManyRequestsException', true],
  [404, 'ResourceNotFoundException', true],
  [403, 'AccessDeniedException'],
  [413, 'RequestTooLargeException'],
  [400, 'InvalidRequestContentException'],
  [400, 'InvalidParameterValueException'],
  [400, 'RecursiveInvocationException'],
  [415, 'UnsupportedMediaTypeException'],
  [403, 'ExpiredTokenException'],
  [403, 'UnrecognizedClientException'],
  [403, 'InvalidSignatureException'],
];

suite('a write', () => {
  for (const [status, name, out = false] of NOT_INVOKED) {
    test(`that is answered ${name} has certainly done nothing`, async () => {
      failing(status, name);
      const error = await failureOf(calling(addPoints).invoked);
      assert.ok(error instanceof ToolRefusal);
      assert.equal(error.message, `countersign-shop-loyalty could not be invoked (${name})`);
      assert.equal(error.dependency, out ? 'failed' : 'nothing');
      assert.equal(lambda.got.length, 1);
    });
  }

  /** Ends that leave open whether it was done. */
  const UNKNOWN: Record<string, readonly [() => void, RegExp]> = {
    'breaks inside Lambda': [
      () => failing(500, 'ServiceException'),
      /could not be invoked \(ServiceException\)/,
    ],
    'is answered an error that is not known': [() => failing(409, 'NewException'), /NewException/],
    'fails in the function': [
      () => ok('{"errorType":"secret","errorMessage":"word"}', { 'x-amz-function-error': 'Unhandled' }),
      /failed \(Unhandled\), its log says why/,
    ],
    'fails as the function says': [
      () => ok('{"refused":"too_many_points"}', { 'x-amz-function-error': 'Handled' }),
      /failed \(Handled\)/,
    ],
    'is answered no json': [() => ok('secret word'), /answered no json/],
    'is answered nothing': [() => ok(''), /answered no json/],
    'is answered another shape': [
      () => ok('{"points":"secret word"}'),
      /another shape than expected: points/,
    ],
    'is refused in the words of somebody': [
      () => ok('{"refused":"Nothing was done, secret word"}'),
      /another shape than expected: points/,
    ],
    'is answered too much': [
      () => ok(JSON.stringify({ points: 7, filler: 'x'.repeat(1024 * 1024) })),
      /answered \d+ bytes, expected 1048576 or less/,
    ],
    'loses its connection': [
      () => {
        answer = (_, response) => response.destroy();
      },
      /ECONNRESET/,
    ],
  };
  for (const [title, [set, message]] of Object.entries(UNKNOWN)) {
    test(`that ${title} may have been done, and was sent once`, async () => {
      set();
      const error = await failureOf(calling(addPoints).invoked);
      assert.ok(!(error instanceof ToolRefusal), `${error}`);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret|word/);
      assert.equal(lambda.got.length, 1);
    });
  }

  test('that is larger than Lambda takes is not sent', async () => {
    const { invoked } = calling(addPoints, {}, { text: 'x'.repeat(6 * 1024 * 1024) });
    const error = await failureOf(invoked);
    assert.ok(error instanceof ToolRefusal);
    assert.match(error.message, /larger than the 6291456 bytes of Lambda/);
    assert.equal(error.dependency, 'nothing');
    assert.equal(lambda.got.length, 0);
  });

  test('ends with the time of its tool', async () => {
    answer = () => {};
    const late = new AbortController();
    const failure = failureOf(calling(addPoints, { signal: late.signal }).invoked);
    while (lambda.got.length === 0) {
      await sleep(5);
    }
    late.abort();
    const error = await failure;
    assert.ok(!(error instanceof ToolRefusal));
    assert.match(error.message, /AbortError/);
  });

  test('that finds nobody listening has certainly done nothing', async () => {
    const gone = await httpServer(() => {});
    await gone.close();
    const endpoint = process.env.AWS_ENDPOINT_URL_LAMBDA;
    process.env.AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${gone.port}`;
    const error = await failureOf(calling(addPoints).invoked);
    process.env.AWS_ENDPOINT_URL_LAMBDA = endpoint;
    assert.ok(error instanceof ToolRefusal);
    assert.match(error.message, /ECONNREFUSED/);
    assert.equal(error.dependency, 'failed');
  });

  test('whose key takes effect once is tried again, and then nothing is certain', async () => {
    failing(429, 'TooManyRequestsException');
    const error = await failureOf(calling(byKey).invoked);
    assert.equal(lambda.got.length, 3);
    assert.ok(!(error instanceof ToolRefusal));
  });
});

suite('a read', () => {
  test('gets over a function that is throttled for a moment, and pays for each try', async () => {
    answer = (_, response) =>
      lambda.got.length < 3
        ? response.writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException' }).end('{}')
        : response.end('{"points":7}');
    const { invoked, costs } = calling(getPoints);
    assert.deepEqual(await invoked, { points: 7 });
    assert.equal(lambda.got.length, 3);
    assert.deepEqual(
      costs.map((cost) => cost.toFixed(1)),
      ['0.6'],
    );
  });

  test('does not try a function that failed again', async () => {
    ok('{}', { 'x-amz-function-error': 'Unhandled' });
    await failureOf(calling(getPoints).invoked);
    assert.equal(lambda.got.length, 1);
  });
});
