import { createHmac } from 'node:crypto';
import type { KeyArgument, OutputOrigin, ToolDefinition } from '../tool/definition.ts';
import type { Facts } from '../tool/facts.ts';
import { addressesIn, nameOf, namesInOutput, namesInPrompt } from './identifiers.ts';

/**
 * Where a value came from, the best first: the person said it; a tool that answers from a directory did; a tool did whose
 * answers are the team's own; only a tool did in whose answers others can write; nothing in the run did. `absent`: the
 * argument was not given.
 */
export type Origin = (typeof ORIGINS)[number];

const BEST_FIRST = ['user', 'directory', 'trusted_tool', 'untrusted_tool', 'none'] as const;
export const ORIGINS = [...BEST_FIRST, 'absent'] as const;

const OF_OUTPUT = {
  directory: 'directory',
  trusted: 'trusted_tool',
  untrusted: 'untrusted_tool',
} as const satisfies Record<OutputOrigin, Origin>;

/** Names that came into a run at once, as keyed hashes: whoever reads them learns nothing of people's data. */
export interface NamesSeen {
  /** The tool that answered them; absent for what the person said. */
  readonly tool?: string;
  /** They are in what a call that gave no answer said of it, which may repeat whatever it was called with. */
  readonly isMessage?: boolean;
  /** `HASH_BYTES` each, one after the other. */
  readonly hashes: Uint8Array;
}

/** With a key of its own for each run nobody can look for a value that collides; 2,000 names give one in 10^13. */
const HASH_BYTES = 8;

export function seenInPrompt(prompt: string, key: string): NamesSeen {
  return { hashes: hashed(namesInPrompt(prompt), key) };
}

/**
 * INVARIANT: no tool vouches for what it was asked with. A look-up that finds nothing repeats what it looked for, and whoever
 * wrote that would be in the directory.
 *
 * @param parameters - of the call that was answered
 */
export function seenInOutput(
  definition: ToolDefinition,
  parameters: Readonly<Record<string, unknown>>,
  output: unknown,
  key: string,
): NamesSeen {
  const isBelieved = outputOriginOf(definition) !== 'untrusted';
  const names = namesInOutput(output, isBelieved);
  const repeated = isBelieved ? namesInOutput(parameters, true) : new Set<string>();
  return { tool: definition.name, hashes: hashed(names.difference(repeated), key) };
}

/** INVARIANT: what a call was given does not become the directory's by being told that it is not in there. */
export function seenInMessage({ name }: ToolDefinition, message: string, key: string): NamesSeen {
  return { tool: name, isMessage: true, hashes: hashed(namesInOutput(message, false), key) };
}

/** @default untrusted: a tool whose answers others can write into must not be taken for one of the team's by omission */
export function outputOriginOf({
  outputOrigin = 'untrusted',
}: Pick<ToolDefinition, 'outputOrigin'>): OutputOrigin {
  return outputOrigin;
}

/**
 * The origin of each of a call's key arguments, and of the name of what it acts on.
 *
 * @param seen - everything that came into the run before
 * @param findTool - a tool that is registered no more counts as untrusted
 */
export function originsOf(
  definition: ToolDefinition,
  parameters: Readonly<Record<string, unknown>>,
  resource: Facts['resource'],
  seen: readonly NamesSeen[],
  key: string,
  findTool: (name: string) => ToolDefinition | undefined,
): Readonly<Record<string, Origin>> {
  const origins = originIndex(seen, findTool);
  const answered = originIndex(
    seen.filter(({ tool }) => tool !== undefined),
    findTool,
  );
  const best = (name: string | undefined): Origin =>
    name === undefined ? 'none' : (origins.get(hash(name, key)) ?? 'none');
  const bestAnswered = (name: string) => answered.get(hash(name, key)) ?? 'none';
  const { keyArguments, namedBy } = definition;
  const ofArguments = Object.entries(keyArguments ?? {}).map(([argument, how]) => {
    const names = namesOfArgument(parameters[argument], how);
    const isAmount = typeof parameters[argument] === 'number';
    return { argument, how, isAmount, origin: names === undefined ? ABSENT : worst(names.map(best)) };
  });
  const worstOf = (arguments_: typeof ofArguments) => worst(arguments_.map(({ origin }) => origin));
  return {
    ...Object.fromEntries(ofArguments.map(({ argument, origin }) => [argument, origin])),
    ...(keyArguments === undefined
      ? {}
      : {
          [SUMMARY.values]: worstOf(
            ofArguments.filter(({ how, isAmount }) => how !== 'embedded' && !isAmount),
          ),
          [SUMMARY.texts]: worstOf(ofArguments.filter(({ how }) => how === 'embedded')),
        }),
    ...(namedBy === undefined
      ? {}
      : {
          [SUMMARY.resource]: bestOf(
            [resource.id, ...namedBy.map((attribute) => resource.attributes[attribute])]
              .map(nameOf)
              .map((name) =>
                name !== undefined && IS_ONE_OF_MANY.test(name) ? bestAnswered(name) : best(name),
              ),
          ),
        }),
  };
}

/**
 * Members of `context.provenance` beside a tool's key arguments, none of which may be called so. `resource`: the best of what
 * names the thing that the call acts on. `values`, `texts`: the worst of all key arguments, of values that are names and of
 * what is embedded in texts, so that one policy can hold over tools whose arguments have different names. Amounts are not in
 * it: they are worked out as often as they are named.
 */
export const SUMMARY = { resource: 'resource', values: 'values', texts: 'texts' } as const;

/** What policies see of a tool's calls. */
export function provenanceMembers({ keyArguments, namedBy }: ToolDefinition): string[] {
  return [
    ...Object.keys(keyArguments ?? {}),
    ...(keyArguments === undefined ? [] : [SUMMARY.values, SUMMARY.texts]),
    ...(namedBy === undefined ? [] : [SUMMARY.resource]),
  ];
}

const ABSENT = 'absent' satisfies Origin;

/** A short number or a letter or two: that one is in what a person says does not say that this thing is meant by it. */
const IS_ONE_OF_MANY = /^(?:-?[\d.]{1,5}|.{1,2})$/u;

/** @returns undefined when nothing was given that could have an origin */
function namesOfArgument(value: unknown, how: KeyArgument): readonly (string | undefined)[] | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const values = Array.isArray(value) ? value : [value];
  if (how === 'embedded') {
    const found = values.flatMap((each) =>
      addressesIn(typeof each === 'string' ? each : JSON.stringify(each)),
    );
    return found.length === 0 ? undefined : found;
  }
  const named = typeof how === 'string' ? values : values.map((each) => memberOf(each, how.member));
  return named.length === 0 ? undefined : named.map(nameOf);
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, member)
    ? (value as Readonly<Record<string, unknown>>)[member]
    : undefined;
}

/** Of what was given. */
function worst(origins: readonly Origin[]): Origin {
  return BEST_FIRST.findLast((origin) => origins.includes(origin)) ?? ABSENT;
}

function bestOf(origins: readonly Origin[]): Origin {
  return BEST_FIRST.find((origin) => origins.includes(origin)) ?? 'none';
}

function originIndex(
  seen: readonly NamesSeen[],
  findTool: (name: string) => ToolDefinition | undefined,
): ReadonlyMap<string, Origin> {
  const index = new Map<string, Origin>();
  for (const { tool, isMessage = false, hashes } of seen) {
    const definition = tool === undefined || isMessage ? undefined : findTool(tool);
    const origin = tool === undefined ? 'user' : OF_OUTPUT[outputOriginOf(definition ?? {})];
    const bytes = Buffer.from(hashes);
    for (let at = 0; at + HASH_BYTES <= bytes.length; at += HASH_BYTES) {
      const each = bytes.toString('latin1', at, at + HASH_BYTES);
      index.set(each, bestOf([origin, index.get(each) ?? 'none']));
    }
  }
  return index;
}

function hashed(names: ReadonlySet<string>, key: string): Uint8Array {
  return Buffer.concat([...names].map((name) => Buffer.from(hash(name, key), 'latin1')));
}

/** A string of as many characters as bytes, which maps compare by value. */
function hash(name: string, key: string): string {
  return createHmac('sha256', key).update(name).digest().toString('latin1', 0, HASH_BYTES);
}
