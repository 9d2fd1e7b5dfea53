import type { NewTool } from './kind.ts';

/** Tests of an HTTP body against a real server on loopback, through the egress guard. */
export function httpTests(tool: NewTool): { readonly imports: string; readonly text: string } {
  const { identifier, namespace, file } = tool.name;
  return {
    imports: `
import { ToolRefusal } from '../../../../domain/tool/handler.ts';
import { ${identifier}Over } from '../../../../functions/tools/${namespace}/${file}.ts';
import { keepingApi } from '../../../support/keeping-api.ts';
import { toolCall } from '../../../support/tool-call.ts';
`,
    text: tool.effect === 'read' ? readTests(tool) : writeTests(tool),
  };
}

function readTests({ name: { identifier, argument, collection } }: NewTool): string {
  return `
test('what the API says fits the output, and what else it says is left out', async () => {
  await using server = await keepingApi();
  server.kept.push({ id: ARGUMENTS.${argument}, status: 'open', internal: 'not for models' });
  const { context, effects } = toolCall();
  const answer = await ${identifier}Over(server.api)(ARGUMENTS, context);
  assert.deepEqual(${identifier}.output.parse(answer), { id: ARGUMENTS.${argument}, status: 'open' });
  assert.deepEqual(effects, []);
  assert.deepEqual(
    server.got.map(({ method, path }) => [method, path]),
    [['GET', '/${collection}/N-1']],
  );
});

test('what is not there is declined', async () => {
  await using server = await keepingApi();
  await assert.rejects(${identifier}Over(server.api)(ARGUMENTS, toolCall().context), ToolRefusal);
});
`;
}

function writeTests(tool: NewTool): string {
  const { identifier, collection } = tool.name;
  const run = tool.idempotency === 'by_lookup' ? '.run' : '';
  return `
test('what was done is answered, fits the output, is recorded and carries the run', async () => {
  await using server = await keepingApi();
  const { context, effects } = toolCall();
  const done = await ${identifier}Over(server.api)${run}(ARGUMENTS, context);
  assert.deepEqual(${identifier}.output.parse(done), { id: 'N-1' });
  assert.deepEqual(effects, ['${collection}/N-1']);
  assert.deepEqual(server.kept[0]?.metadata, { run_id: context.runId, call_id: context.callId });
});

${tool.idempotency === 'by_lookup' ? lookUpTests(identifier) : ''}
${tool.idempotency === 'by_key' ? byKeyTest(identifier) : ''}

for (const status of [400, 404, 422]) {
  test(\`a write that is answered \${status} was declined\`, async () => {
    await using server = await keepingApi({ status });
    const { context, effects } = toolCall();
    await assert.rejects(${identifier}Over(server.api)${run}(ARGUMENTS, context), ToolRefusal);
    assert.deepEqual(effects, []);
  });
}

for (const status of [409, 500, 503]) {
  test(\`a write that is answered \${status} may have been done, and is sent once\`, async () => {
    await using server = await keepingApi({ status });
    const error = await ${identifier}Over(server.api)${run}(ARGUMENTS, toolCall().context).catch((reason) => reason);
    assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
    assert.equal(server.got.length, 1);
  });
}
`;
}

function lookUpTests(identifier: string): string {
  return `
test('a look-up finds what an earlier attempt has done, and records it', async () => {
  await using server = await keepingApi();
  const tool = ${identifier}Over(server.api);
  const done = await tool.run(ARGUMENTS, toolCall('key-1').context);
  const { context, effects } = toolCall('key-1');
  assert.deepEqual(await tool.lookUp(ARGUMENTS, context), done);
  assert.equal(effects.length, 1);
  assert.equal(server.kept.length, 1);
});

test('a look-up does not take the call of another for its own', async () => {
  await using server = await keepingApi();
  const tool = ${identifier}Over(server.api);
  await tool.run(ARGUMENTS, toolCall('key-1').context);
  const { context, effects } = toolCall('key-2');
  assert.equal(await tool.lookUp(ARGUMENTS, context), undefined);
  assert.deepEqual(effects, []);
});

test('a look-up that is declined says nothing about the earlier attempt', async () => {
  await using server = await keepingApi({ status: 404 });
  const looked = ${identifier}Over(server.api).lookUp(ARGUMENTS, toolCall().context);
  const error = await looked.catch((reason) => reason);
  assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
});
`;
}

function byKeyTest(identifier: string): string {
  return `
test('a second attempt carries the same key, so that the API does nothing again', async () => {
  await using server = await keepingApi();
  const write = ${identifier}Over(server.api);
  const first = await write(ARGUMENTS, toolCall('key-1').context);
  assert.deepEqual(await write(ARGUMENTS, toolCall('key-1').context), first);
  await write(ARGUMENTS, toolCall('key-2').context);
  assert.equal(server.kept.length, 2);
});
`;
}
