import { z } from 'zod';
import {
  defineTool,
  type KeyArgument,
  TOOL_KINDS,
  type ToolDefinition,
  type ToolKind,
  type ToolNamespace,
} from '../../../domain/tool/definition.ts';
import type { ParameterSchema, SuiteFile, SuiteTool } from './data.ts';

/** Name of the one resource type: what a call acts on, if the systems of record know it. */
export const THING = 'Thing';

/** What systems of record say about a call of a write, the same for all of them so that policies can be about kinds. */
export const WriteFacts = z.object({
  /** Everybody whom the call names is somebody the user has dealt with of their own accord. */
  known: z.boolean(),
  /** The amount is in the range of what was paid before; true of calls without one. */
  usual: z.boolean(),
  /** The thing is the user's own. */
  mine: z.boolean(),
  /** Other people have to do with the thing. */
  others: z.boolean(),
  /** It hands over things that the people it names do not have yet. */
  leaks: z.boolean(),
});

/** A tool of a suite as a team would declare it, from what the suite says about it. */
export function suiteNamespace(suite: string, { tools }: SuiteFile): ToolNamespace {
  return {
    name: suite,
    tableName: (_, table) => table,
    resources: [
      {
        name: THING,
        attributes: z.object({ chosen: z.boolean(), exists: z.boolean(), name: z.string().optional() }),
      },
    ],
    tools: tools.map((tool) => definitionOf(suite, tool)),
  };
}

function definitionOf(suite: string, tool: SuiteTool): ToolDefinition {
  const kinds = kindsOf(tool);
  const keyArguments = keyArgumentsOf(tool, kinds);
  return defineTool<ToolDefinition>({
    name: `${suite}.${tool.name}`,
    description: tool.description,
    input: inputOf(tool),
    output: z.unknown(),
    effect: tool.effect,
    tier: tierOf(tool, kinds),
    ...(tool.effect === 'write'
      ? { idempotency: 'none', facts: WriteFacts, namedBy: ['name'], keyArguments }
      : {}),
    resource: THING,
    access: [],
    kinds,
    outputOrigin: tool.untrusted_output || answersWithWhatWasThere(tool) ? 'untrusted' : 'trusted',
    ...(tool.effect === 'read' && tool.egress ? { keyArguments } : {}),
    maximumCostMicroDollars: 0,
    timeoutSeconds: 10,
    loggedArguments: [],
  });
}

/** A change of a thing answers with the thing, and others may have written into that. */
function answersWithWhatWasThere({ effect, parameters: { properties = {} } }: SuiteTool): boolean {
  return effect === 'write' && Object.keys(properties).some(isId);
}

/** Words of the suites for which this product has another one, or none because the effect says it. */
const WORDS: Readonly<Record<string, ToolKind | undefined>> = {
  'send-message': 'message',
  'read-data': undefined,
  'read-sensitive': undefined,
};

/** A write that is said to do something of no kind here changes things, which policies are most careful about. */
function kindsOf({ kind, egress, effect }: SuiteTool): ToolKind[] {
  const kinds = kind.split('+').map((word) => {
    const known = Object.hasOwn(WORDS, word) ? WORDS[word] : TOOL_KINDS.find((each) => each === word);
    return known ?? (effect === 'write' ? 'update' : undefined);
  });
  return [...kinds.filter((each) => each !== undefined), ...(egress ? ['egress' as const] : [])];
}

function tierOf({ effect, egress }: SuiteTool, kinds: readonly ToolKind[]): ToolDefinition['tier'] {
  if (effect === 'read') {
    return 0;
  }
  const isGrave = kinds.some((kind) => ['money', 'credential', 'delete', 'deploy'].includes(kind));
  return isGrave ? 3 : egress ? 2 : 1;
}

/** An argument that picks a thing by the id that its system gave it; where that came from says little, its name does. */
export function isId(argument: string): boolean {
  return /(^|_)id$/.test(argument);
}

/**
 * Whom a call names, and what its texts carry out of the house. A write that names nobody and takes no thing's id is a
 * change of the user's own data, all of which matters.
 */
function keyArgumentsOf(tool: SuiteTool, kinds: readonly ToolKind[]): Record<string, KeyArgument> {
  const parameters = Object.entries(tool.parameters.properties ?? {});
  const texts = parameters.filter(([, schema]) => isText(schema)).map(([name]) => name);
  const named = parameters
    .filter(([name, schema]) => tool.key_args.includes(name) && !isId(name) && isNameOrAmount(schema))
    .map(([name]) => name);
  if (tool.effect === 'read') {
    return tool.egress ? ofAll(named, 'value') : {};
  }
  const isOwnData = tool.key_args.length === 0;
  // an id is text too, and all that some of them could carry
  const carried = kinds.includes('egress')
    ? texts.filter((name) => isId(name) || !tool.key_args.includes(name))
    : [];
  return { ...ofAll(isOwnData ? texts : named, 'value'), ...ofAll(carried, 'embedded') };
}

function ofAll(names: readonly string[], how: KeyArgument): Record<string, KeyArgument> {
  return Object.fromEntries(names.map((name) => [name, how]));
}

function isText(schema: ParameterSchema): boolean {
  return alternatives(schema).some(({ type }) => type === 'string');
}

/** No choices, and no lists of other things. */
function isNameOrAmount(schema: ParameterSchema): boolean {
  return alternatives(schema).some(
    ({ type, items }) =>
      type === 'string' || type === 'number' || (type === 'array' && items?.type === 'string'),
  );
}

function alternatives(schema: ParameterSchema): readonly ParameterSchema[] {
  return schema.anyOf ?? [schema];
}

function inputOf({ parameters: { properties = {}, required = [] } }: SuiteTool): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => {
        const type = typeOf(schema);
        return [name, required.includes(name) ? type : type.optional()];
      }),
    ),
  );
}

function typeOf(schema: ParameterSchema): z.ZodType {
  const [first = {}] = alternatives(schema).filter(({ type }) => type !== 'null');
  switch (first.type) {
    case 'integer':
      return z.int();
    case 'number':
      return z.number();
    case 'boolean':
      return z.boolean();
    case 'array':
      return z.array(typeOf(first.items ?? {}));
    case 'object':
      return z.object({ type: z.string().optional(), file_id: z.string().optional() });
    default:
      return z.string();
  }
}
