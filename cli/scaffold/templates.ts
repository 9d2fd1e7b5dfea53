import type { Kind, NewTool } from './kinds/kind.ts';
import { typeNameOf } from './tool-name.ts';

/** Arguments of the policy cases and tests: they fit `input`. */
export function sampleArguments({ name, effect }: NewTool): Readonly<Record<string, string>> {
  return { [name.argument]: 'N-1', ...(effect === 'write' ? { note: 'asked for by phone' } : {}) };
}

/** The definition of a tool. @param resource - expression of the name of its resource type */
export function definitionText(tool: NewTool, kind: Kind, reach: string, resource: string): string {
  const { name, effect, tier, idempotency, description } = tool;
  const isWrite = effect === 'write';
  return `
export const ${name.identifier} = defineTool({
  name: '${name.full}',
  description: ${JSON.stringify(description)},
  input: z.strictObject({
    ${name.argument}: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'expected letters, digits, hyphens and underscores')
      .describe('Id of the ${name.noun.replaceAll('_', ' ')}'),
    ${isWrite ? "note: z.string().min(1).max(2000).describe('What is wanted, in words')," : ''}
  }),
  output: z.object({ id: z.string()${isWrite ? '' : ', status: z.string()'} }),
  effect: '${effect}',${isWrite ? ` idempotency: '${idempotency}',` : ''}
  tier: ${tier},
  resource: ${resource},
  ${reach.trim()}
  maximumCostMicroDollars: ${kind.maximumCostMicroDollars},
  timeoutSeconds: ${kind.timeoutSeconds},
  loggedArguments: ['${name.argument}'],
});
`;
}

/** `definitions.ts` of a namespace with its first tool. */
export function definitionsFile(tool: NewTool, kind: Kind): string {
  const { namespace, identifier } = tool.name;
  const type = typeNameOf(namespace);
  return `
import { z } from 'zod';
import { defineTool, type ResourceType, type ToolNamespace } from '../../../domain/tool/definition.ts';

/** What the tools act on. Without attributes, until \`facts.ts\` reads what a system of record says about it. */
export const ${type}Resource = { name: '${type}', attributes: z.strictObject({}) } satisfies ResourceType;
${kind.constants(tool)}
${definitionText(tool, kind, kind.reach(tool), `${type}Resource.name`)}

export const ${namespace} = {
  name: '${namespace}',
  tableName: (_prefix: string, table: string): string => {
    throw new Error(\`table '\${table}': the ${namespace} tools have no tables\`);
  },
  resources: [${type}Resource],
  tools: [${identifier}],
} as const satisfies ToolNamespace;

/** Each of the tools, for tables that must not miss one. */
export type ${type}Tool = (typeof ${namespace}.tools)[number];
`;
}

/** A tool's member of a table of fact loaders. @param resource - expression of its name */
export function factLoader(tool: NewTool, resource: string, attributes: string): string {
  const { argument } = tool.name;
  return `async ({ arguments: { ${argument} } }) => ({
    resource: { type: ${resource}, id: String(${argument}), attributes: ${attributes} },
    call: {},
  })`;
}

export function factsFile(tool: NewTool): string {
  const { namespace, full } = tool.name;
  const type = typeNameOf(namespace);
  return `
import type { FactLoader } from '../../../domain/tool/facts.ts';
import { ${type}Resource, type ${type}Tool } from './definitions.ts';

/** By tool name; a tool without facts does not compile. */
const LOADERS: { readonly [T in ${type}Tool as T['name']]: FactLoader } = {
  '${full}': ${factLoader(tool, `${type}Resource.name`, '{}')},
};

/** @throws Error for a tool of another namespace: nothing is decided then */
export const load${type}Facts: FactLoader = async (request, reader) => {
  const load = Object.hasOwn(LOADERS, request.tool) ? LOADERS[request.tool as ${type}Tool['name']] : undefined;
  if (load === undefined) {
    throw new Error(\`no facts for tool '\${request.tool}', expected a tool of the namespace ${namespace}\`);
  }
  return load(request, reader);
};
`;
}

/** What a namespace's handlers are by type, with look-ups where a tool's idempotency asks for one. */
export const HANDLER_BY_IDEMPOTENCY = `T extends { readonly idempotency: 'by_lookup' } ? LookUpHandler<T> : ToolHandler<T>`;

export function handlersFile(tool: NewTool, kind: Kind, member: string): string {
  const { namespace, full, file } = tool.name;
  const type = typeNameOf(namespace);
  const { imports, text } = kind.handlers(tool, `'${full}': ${member}`);
  return `
import type { LookUpHandler, ToolHandler } from '../../../domain/tool/handler.ts';
${imports}
import type { ${type}Tool } from './definitions.ts';
import { ${kind.bodyNames(tool).join(', ')} } from './${file}.ts';

/** By tool name; a tool without its handler does not compile. */
type ${type}Handlers = { readonly [T in ${type}Tool as T['name']]: ${HANDLER_BY_IDEMPOTENCY} };

${text}
`;
}

/** @param loader - name of the namespace's fact loader in `facts.ts` */
export function testFile(tool: NewTool, kind: Kind, loader: string): string {
  const { namespace, identifier, argument, noun } = tool.name;
  const { imports, text } = kind.tests(tool);
  return `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceType } from '../../../../domain/tool/definition.ts';
import { ${identifier}, ${namespace} } from '../../../../functions/tools/${namespace}/definitions.ts';
import { ${loader} } from '../../../../functions/tools/${namespace}/facts.ts';
${imports}

const ARGUMENTS = ${JSON.stringify(sampleArguments(tool))};
const RESOURCES: readonly ResourceType[] = ${namespace}.resources;

test('an argument that it does not know is refused', () => {
  assert.deepEqual(${identifier}.input.parse(ARGUMENTS), ARGUMENTS);
  const { error } = ${identifier}.input.safeParse({ ...ARGUMENTS, surprise: 1 });
  assert.deepEqual(error?.issues.map(({ code }) => code), ['unrecognized_keys']);
});

test('no argument may be missing', () => {
  for (const missing of Object.keys(ARGUMENTS)) {
    assert.equal(${identifier}.input.safeParse({ ...ARGUMENTS, [missing]: undefined }).success, false, missing);
  }
});

// what must not become part of a path, a key or an ARN
for (const ${argument} of ['', '..', '../x', 'x/y', 'x?y', 'x#y', 'x y', '*', '$x']) {
  test(\`'\${${argument}}' is no ${noun.replaceAll('_', ' ')} id\`, () => {
    assert.equal(${identifier}.input.safeParse({ ...ARGUMENTS, ${argument} }).success, false);
  });
}

test('facts are those of its resource type', async () => {
  const request = { tenant: 'acme', tool: ${identifier}.name, arguments: ARGUMENTS, now: new Date(0) };
  const { resource } = await ${loader}(request, { get: assert.fail, find: assert.fail, head: assert.fail });
  assert.equal(resource.type, ${identifier}.resource);
  const type = RESOURCES.find(({ name }) => name === resource.type);
  assert.ok(type?.attributes.safeParse(resource.attributes).success);
});
${text}
`;
}
