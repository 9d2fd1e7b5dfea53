import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { expectedOneOf } from '../../domain/nearest.ts';

type Path = readonly PropertyKey[];

/** A YAML file that was held to a shape. */
export interface YamlFile<T> {
  /** Below `policies`. */
  readonly name: string;
  /** Undefined when there are problems. */
  readonly value: T | undefined;
  /** With file and line. */
  readonly problems: readonly string[];
  /** Line of a value, or of the nearest one around it; counts from 1. */
  readonly lineOf: (path: Path) => number;
}

/** Never throws for what is in the file: whatever is wrong with it is a problem with its line. */
export function readYamlFile<T extends z.ZodType>(
  file: string,
  shape: T,
  root: string,
): YamlFile<z.output<T>> {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const name = relative(root, file);
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const lineOf = (path: Path) => lineAt(offsetOf(document, path));
  if (document.errors.length > 0) {
    const problems = document.errors.map(
      ({ pos, message }) =>
        `${name}:${lineAt(pos[0])}: ${message.replace(/ at line \d+, column \d+:\n.*$/s, '')}`,
    );
    return { name, value: undefined, problems, lineOf };
  }
  const result = shape.safeParse(document.toJS() ?? {});
  if (result.success) {
    return { name, value: result.data, problems: [], lineOf };
  }
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = membersAt(shape, issue.path);
      return issue.keys.map((key) => {
        const place = [...issue.path, key];
        return `${name}:${lineAt(keyOffset(document, issue.path, key))}: ${dotted(place)}: unknown key${expectedOneOf(key, known)}`;
      });
    }
    const found = shownValue(document.getIn(issue.path as string[]));
    const message = issue.message.replace(/^Invalid (input|option): /, '');
    return [`${name}:${lineOf(issue.path)}: ${dotted(issue.path)}: ${found}${message}`];
  });
  return { name, value: undefined, problems, lineOf };
}

function dotted(path: Path): string {
  return path.map(String).join('.');
}

/** What was got, where it is short. */
function shownValue(value: unknown): string {
  const isShort = ['string', 'number', 'boolean'].includes(typeof value) && String(value).length <= 60;
  return isShort ? `'${value}', ` : '';
}

type Document = ReturnType<typeof parseDocument>;

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) {
      return node.range[0];
    }
  }
  return 0;
}

/** Where the name of a member begins. */
function keyOffset(document: Document, path: Path, key: string): number {
  const holder = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(holder)
    ? holder.items.find(({ key: name }) => isScalar(name) && String(name.value) === key)
    : undefined;
  return isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : offsetOf(document, path);
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Names that an object of the shape may have at a place. */
function membersAt(shape: z.ZodType, path: Path): string[] {
  let schema = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as JsonSchema | undefined;
  for (const step of path) {
    const others = schema?.additionalProperties;
    schema =
      typeof step === 'number'
        ? schema?.items
        : (schema?.properties?.[String(step)] ?? (typeof others === 'object' ? others : undefined));
  }
  return Object.keys(schema?.properties ?? {});
}
