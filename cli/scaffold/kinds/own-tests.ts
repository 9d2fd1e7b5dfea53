import type { NewTool } from './kind.ts';

/** Tests of an own body over a system that remembers, and of the deployed one until it is written. */
export function ownTests(tool: NewTool): { readonly imports: string; readonly text: string } {
  const { identifier, namespace, file, typeName } = tool.name;
  const isRead = tool.effect === 'read';
  return {
    imports: `
import { ToolRefusal } from '../../../../domain/tool/handler.ts';
import {
  ${identifier}Over,
  ${identifier}System,
  ${isRead ? '' : `type ${typeName}System,`}
} from '../../../../functions/tools/${namespace}/${file}.ts';
import { toolCall } from '../../../support/tool-call.ts';
`,
    text: isRead ? readTests(tool) : writeTests(tool),
  };
}

function readTests({ name: { identifier, argument } }: NewTool): string {
  return `
test('what the system of record says fits the output', async () => {
  const answer = { id: ARGUMENTS.${argument}, status: 'open' };
  const read = ${identifier}Over({ find: async (id) => (id === answer.id ? answer : undefined) });
  const { context, effects } = toolCall();
  assert.deepEqual(${identifier}.output.parse(await read(ARGUMENTS, context)), answer);
  assert.deepEqual(effects, []);
});

test('what is not there is declined', async () => {
  const read = ${identifier}Over({ find: async () => undefined });
  await assert.rejects(read(ARGUMENTS, toolCall().context), ToolRefusal);
});

// goes when the system is written
test('until it is written it declines', async () => {
  await assert.rejects(${identifier}Over(${identifier}System)(ARGUMENTS, toolCall().context), ToolRefusal);
});
`;
}

function writeTests(tool: NewTool): string {
  const { identifier, typeName, collection } = tool.name;
  const byLookUp = tool.idempotency === 'by_lookup';
  const run = byLookUp ? '.run' : '';
  return `
/** A system that keeps what was done by the key of the call${byLookUp ? '' : ', and does it once for each key'}. */
function keeping(): ${typeName}System & { readonly kept: Map<string, { readonly id: string }> } {
  const kept = new Map<string, { readonly id: string }>();
  return {
    kept,
    perform: async (_, { idempotencyKey }) => {
      const done = ${byLookUp ? '' : 'kept.get(idempotencyKey) ?? '}{ id: \`N-\${kept.size + 1}\` };
      kept.set(idempotencyKey, done);
      return done;
    },
    ${byLookUp ? 'findByKey: async ({ idempotencyKey }) => kept.get(idempotencyKey),' : ''}
  };
}

test('what was done is answered, fits the output and is recorded', async () => {
  const { context, effects } = toolCall();
  const done = await ${identifier}Over(keeping())${run}(ARGUMENTS, context);
  assert.deepEqual(${identifier}.output.parse(done), { id: 'N-1' });
  assert.deepEqual(effects, ['${collection}/N-1']);
});

${byLookUp ? LOOK_UP_TESTS(identifier) : ''}
${tool.idempotency === 'by_key' ? BY_KEY_TEST(identifier) : ''}
${tool.idempotency === 'none' ? BROKEN_OFF_TEST(identifier) : ''}

// goes when the system is written
test('until it is written it declines, so it is certain that nothing was done', async () => {
  const { context, effects } = toolCall();
  const tool = ${identifier}Over(${identifier}System);
  await assert.rejects(tool${run}(ARGUMENTS, context), ToolRefusal);
  assert.deepEqual(effects, []);
  ${byLookUp ? 'await assert.rejects(tool.lookUp(ARGUMENTS, context), /nobody can tell/);' : ''}
});
`;
}

const LOOK_UP_TESTS = (identifier: string) => `
test('a look-up finds what an earlier attempt has done, and records it', async () => {
  const tool = ${identifier}Over(keeping());
  const done = await tool.run(ARGUMENTS, toolCall('key-1').context);
  const { context, effects } = toolCall('key-1');
  assert.deepEqual(await tool.lookUp(ARGUMENTS, context), done);
  assert.equal(effects.length, 1);
});

test('a look-up does not take the call of another for its own', async () => {
  const tool = ${identifier}Over(keeping());
  await tool.run(ARGUMENTS, toolCall('key-1').context);
  const { context, effects } = toolCall('key-2');
  assert.equal(await tool.lookUp(ARGUMENTS, context), undefined);
  assert.deepEqual(effects, []);
});
`;

const BY_KEY_TEST = (identifier: string) => `
test('a second attempt with the same key does nothing again', async () => {
  const system = keeping();
  const write = ${identifier}Over(system);
  const first = await write(ARGUMENTS, toolCall('key-1').context);
  assert.deepEqual(await write(ARGUMENTS, toolCall('key-1').context), first);
  await write(ARGUMENTS, toolCall('key-2').context);
  assert.equal(system.kept.size, 2);
});
`;

const BROKEN_OFF_TEST = (identifier: string) => `
test('a write that breaks off is not taken for one that was declined', async () => {
  const system = { perform: () => Promise.reject(new Error('connection lost')) };
  const { context, effects } = toolCall();
  const error = await ${identifier}Over(system)(ARGUMENTS, context).catch((reason) => reason);
  assert.ok(error instanceof Error && !(error instanceof ToolRefusal), String(error));
  assert.deepEqual(effects, []);
});
`;
