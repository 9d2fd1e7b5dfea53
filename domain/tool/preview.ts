import { z } from 'zod';
import { canonicalJson } from '../call/canonical.ts';
import { type Access, isTableAccess } from './access.ts';
import { defineTool, type ToolDefinition, type Undo } from './definition.ts';

/** One field that a write changes. Without `from` it is new, without `to` it is gone. */
export const Change = z.strictObject({
  /** Path such as `items[0].price`; `(root)` for the document itself. */
  field: z.string(),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
});
export type Change = z.output<typeof Change>;

/** What a preview answers: each change with the effect under which its write records it, such as `orders/W1`. */
export const Preview = z.strictObject({
  changes: z.array(z.strictObject({ effect: z.string(), ...Change.shape })),
});
export type Preview = z.output<typeof Preview>;

const ROOT = '(root)';

/**
 * Every field in which two JSON documents differ, in the order of the paths. Arrays are compared position by position;
 * a member that only one side has is one change, however much is in it.
 */
export function changesBetween(before: unknown, after: unknown): Change[] {
  return differences(before, after, '');
}

function differences(before: unknown, after: unknown, path: string): Change[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => differences(member(before, name), member(after, name), under(path, name)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const positions = [...Array(Math.max(before.length, after.length)).keys()];
    return positions.flatMap((index) => differences(before[index], after[index], `${path}[${index}]`));
  }
  if (before === undefined ? after === undefined : after !== undefined && isEqual(before, after)) {
    return [];
  }
  return [
    {
      field: path === '' ? ROOT : path,
      ...(before === undefined ? {} : { from: before }),
      ...(after === undefined ? {} : { to: after }),
    },
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function member(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

const PLAIN_NAME = /^[\w-]+$/;

function under(path: string, name: string): string {
  if (!PLAIN_NAME.test(name)) {
    return `${path}[${JSON.stringify(name)}]`;
  }
  return path === '' ? name : `${path}.${name}`;
}

function isEqual(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

type PreviewName<Name extends string> = Name extends `${infer Namespace}.${infer Verb}`
  ? `${Namespace}.preview_${Verb}`
  : never;

/** The read that shows what a write would change. */
export type PreviewOf<Write extends ToolDefinition> = Omit<
  ToolDefinition,
  'idempotency' | 'undo' | 'preview'
> & {
  readonly name: PreviewName<Write['name']>;
  readonly input: Write['input'];
  readonly output: typeof Preview;
  readonly effect: 'read';
  readonly tier: 0;
};

/**
 * Definition of the preview of a write: the same arguments, resource and facts, and of its access only what reads.
 *
 * @param maximumCostMicroDollars - of the reads alone
 */
export function previewOf<const Write extends ToolDefinition>(
  write: Write,
  maximumCostMicroDollars: number,
): PreviewOf<Write> {
  // what only a write has stays behind, whatever else a tool declares goes with it
  const {
    idempotency: _,
    undo: __,
    preview: ___,
    loggedFields: ____,
    kinds: _____,
    beneficiary: ______,
    ...shared
  }: ToolDefinition = write;
  return defineTool({
    ...shared,
    name: write.name.replace('.', '.preview_') as PreviewName<Write['name']>,
    description: `Show exactly what ${write.name} would change with the same arguments; changes nothing itself.`,
    input: write.input as Write['input'],
    output: Preview,
    effect: 'read',
    tier: 0,
    access: write.access.flatMap(readingPart),
    maximumCostMicroDollars,
  });
}

/** Actions that IAM's own names say only read. */
const READING_ACTION = /^[a-z0-9-]+:(Get|List|Head|Describe)[A-Z]/;

function readingPart(access: Access): Access[] {
  if (isTableAccess(access)) {
    const operations = access.operations.filter((operation) => operation !== 'update');
    return operations.length === 0 ? [] : [{ ...access, operations }];
  }
  const actions = access.actions.filter((action) => READING_ACTION.test(action));
  return actions.length === 0 ? [] : [{ ...access, actions }];
}

/**
 * How a write is taken back, with the types of both tools. Arguments that the other tool would not take throw, and then
 * no undo is offered.
 */
export function undoneBy<Back extends z.ZodObject, Input extends z.ZodObject, Output extends z.ZodType>(
  back: { readonly name: string; readonly input: Back },
  write: { readonly input: Input; readonly output: Output },
  argumentsOf: (input: z.output<Input>, output: z.output<Output>) => z.input<Back>,
): Undo {
  return {
    tool: back.name,
    arguments: (input, output) =>
      back.input.parse(argumentsOf(write.input.parse(input), write.output.parse(output))),
  };
}
