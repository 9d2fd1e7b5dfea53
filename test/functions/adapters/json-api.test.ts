import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { ToolRefusal } from '../../../domain/tool/handler.ts';
import { ask, search } from '../../../functions/adapters/json-api.ts';
import { getTicket } from '../../../functions/tools/helpdesk/definitions.ts';
import { keepingApi } from '../../support/keeping-api.ts';
import { toolCall } from '../../support/tool-call.ts';

const TOOL: ToolDefinition = getTicket;
const Item = z.object({ id: z.string() });
const post = { method: 'POST', path: '/items', body: { colour: 'red' } } as const;

test('a request carries the token and the key of the call, and its answer is what the shape leaves of it', async () => {
  await using server = await keepingApi();
  assert.deepEqual(await ask(server.api, TOOL, post, Item, toolCall('key-1').context), { id: 'N-1' });
  const [got] = server.got;
  assert.match(String(got?.headers.authorization), /^Bearer .+/);
  assert.equal(got?.headers['idempotency-key'], 'key-1');
  assert.deepEqual(JSON.parse(got?.body ?? ''), { colour: 'red' });
});

test('errors call the API by its title', async () => {
  await using server = await keepingApi({ status: 404 });
  const api = { ...server.api, title: 'the depot' };
  await assert.rejects(ask(api, TOOL, post, Item, toolCall().context), {
    name: 'ToolRefusal',
    message: 'the depot declined with status 404',
  });
});

test('an answer that repeats the token is not passed on', async () => {
  await using server = await keepingApi();
  const token = await server.api.secrets.read(TOOL, 'api-token', toolCall().context);
  const body = { ...post, body: { colour: token } };
  await assert.rejects(ask(server.api, TOOL, body, Item, toolCall().context), /repeated the token/);
});

test('the secret that is read, and forgotten when the API does not take it, is the one of the API', async () => {
  await using server = await keepingApi();
  const asked: string[] = [];
  const secrets = {
    read: async (_: unknown, secret: string) => {
      asked.push(`read ${secret}`);
      return 'an old one';
    },
    forget: (_: unknown, secret: string) => asked.push(`forget ${secret}`),
  };
  const api = { ...server.api, secret: 'depot-token', secrets };
  await assert.rejects(ask(api, TOOL, post, Item, toolCall().context), ToolRefusal);
  assert.deepEqual(asked, ['read depot-token', 'forget depot-token']);
});

test('a search that is declined says nothing about what was done before', async () => {
  await using server = await keepingApi({ status: 404 });
  const error = await search(server.api, TOOL, post, Item, toolCall().context).catch((reason) => reason);
  assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
});
