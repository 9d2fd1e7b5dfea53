import { typeNameOf } from '../tool-name.ts';
import type { Kind, NewTool } from './kind.ts';
import { ownTests } from './own-tests.ts';

/**
 * The team's own TypeScript. What is specific to a system is one object in the body's file; until it is written the tool
 * declines every call, which changes nothing and is recorded as such.
 */
export const own: Kind = {
  title: "the team's own TypeScript",
  maximumCostMicroDollars: 0,
  timeoutSeconds: 10,
  reach: () => 'access: [],',
  sharesReach: false,
  constants: () => '',
  context: () => ({}),
  body: (tool) => {
    if (tool.effect === 'read') {
      return readBody(tool);
    }
    return tool.idempotency === 'by_lookup' ? lookUpBody(tool) : writeBody(tool);
  },
  bodyNames: ({ name }) => [`${name.identifier}Over`, `${name.identifier}System`],
  handler: ({ name }) => `${name.identifier}Over(${name.identifier}System)`,
  fitsWhere: 'any namespace',
  handlers: ({ name: { namespace } }, members) => ({
    imports: '',
    text: `export const ${namespace}Handlers: ${typeNameOf(namespace)}Handlers = { ${members} };`,
  }),
  entry: ({ name: { namespace } }) => `
import { executor } from '../../execute/executor.ts';
import { ${namespace} } from './definitions.ts';
import { ${namespace}Handlers } from './handlers.ts';

export const handler = executor(${namespace}, ${namespace}Handlers);
`,
  tests: ownTests,
  next: ({ name }) => [
    `write ${name.identifier}System in functions/tools/${name.namespace}/${name.file}.ts; until then every call is declined`,
    "declare in the definition's access what it touches, and sign with context.credentials and nothing else",
  ],
};

function readBody({ name: { full, identifier, typeName, argument, noun } }: NewTool): string {
  return `
import type { z } from 'zod';
import { type ToolContext, type ToolHandler, ToolRefusal } from '../../../domain/tool/handler.ts';
import type { ${identifier} } from './definitions.ts';

/** The system of record behind the tool. */
export interface ${typeName}System {
  /** Undefined when there is none of this id in the tenant. */
  readonly find: (
    id: string,
    context: ToolContext,
  ) => Promise<z.input<typeof ${identifier}.output> | undefined>;
}

export function ${identifier}Over({ find }: ${typeName}System): ToolHandler<typeof ${identifier}> {
  return async ({ ${argument} }, context) => {
    const found = await find(${argument}, context);
    if (found === undefined) {
      throw new ToolRefusal(\`no ${noun.replaceAll('_', ' ')} '\${${argument}}'\`);
    }
    return found;
  };
}

/** The deployed one: signs with \`context.credentials\`, ends with \`context.signal\`, reports \`context.recordCost\`. */
export const ${identifier}System: ${typeName}System = {
  find: async () => {
    throw new ToolRefusal('${full} is not written yet');
  },
};
`;
}

function lookUpBody({ name: { full, identifier, typeName, collection } }: NewTool): string {
  return `
import type { z } from 'zod';
import {
  type LookUpHandler,
  type ToolContext,
  type ToolHandler,
  ToolRefusal,
} from '../../../domain/tool/handler.ts';
import type { ${identifier} } from './definitions.ts';

type Done = z.input<typeof ${identifier}.output>;

/** The system behind the tool. */
export interface ${typeName}System {
  /**
   * Does it once, and keeps \`context.idempotencyKey\` and the run with what it leaves behind.
   *
   * @throws ToolRefusal when it is certain that nothing was done
   */
  readonly perform: ToolHandler<typeof ${identifier}>;
  /**
   * What a call with this key has left behind; undefined when there is nothing.
   *
   * @throws Error when nobody can tell: it is asked again later
   */
  readonly findByKey: (context: ToolContext) => Promise<Done | undefined>;
}

export function ${identifier}Over({
  perform,
  findByKey,
}: ${typeName}System): LookUpHandler<typeof ${identifier}> {
  return {
    run: async (input, context) => recorded(await perform(input, context), context),
    lookUp: async (_, context) => {
      const found = await findByKey(context);
      return found && recorded(found, context);
    },
  };
}

function recorded(done: Done, { recordEffect }: ToolContext): Done {
  recordEffect(\`${collection}/\${done.id}\`);
  return done;
}

/** The deployed one: signs with \`context.credentials\`, ends with \`context.signal\`, reports \`context.recordCost\`. */
export const ${identifier}System: ${typeName}System = {
  perform: async () => {
    throw new ToolRefusal('${full} is not written yet');
  },
  findByKey: async () => {
    throw new Error('${full} is not written yet, so nobody can tell what it has done');
  },
};
`;
}

function writeBody({ name: { full, identifier, typeName, collection }, idempotency }: NewTool): string {
  const once =
    idempotency === 'by_key'
      ? 'Does it once for each `context.idempotencyKey`: asked again with the same key it answers what it did then.'
      : 'Does it. Never asked twice for one call: what an attempt that broke off has done, a person finds out.';
  return `
import { type ToolHandler, ToolRefusal } from '../../../domain/tool/handler.ts';
import type { ${identifier} } from './definitions.ts';

/** The system behind the tool. */
export interface ${typeName}System {
  /**
   * ${once}
   *
   * @throws ToolRefusal when it is certain that nothing was done
   */
  readonly perform: ToolHandler<typeof ${identifier}>;
}

export function ${identifier}Over({ perform }: ${typeName}System): ToolHandler<typeof ${identifier}> {
  return async (input, context) => {
    const done = await perform(input, context);
    context.recordEffect(\`${collection}/\${done.id}\`);
    return done;
  };
}

/** The deployed one: signs with \`context.credentials\`, ends with \`context.signal\`, reports \`context.recordCost\`. */
export const ${identifier}System: ${typeName}System = {
  perform: async () => {
    throw new ToolRefusal('${full} is not written yet');
  },
};
`;
}
