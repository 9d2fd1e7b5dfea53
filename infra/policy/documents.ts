import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Directory, DirectoryShape } from '../../domain/approval/directory.ts';
import { type Envelope, EnvelopeShape } from '../../domain/envelope/envelope.ts';
import { type HistoryCounters, HistoryShape } from '../../domain/history/counters.ts';

/** Something in `policies/` is wrong. Carries every problem with its file and line; fails the build. */
export class PolicyFilesInvalid extends Error {
  override readonly name = 'PolicyFilesInvalid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in policies:\n${problems.join('\n')}`,
    );
    this.problems = problems;
  }
}

/** @throws PolicyFilesInvalid with file and line */
export function readDirectory(root: string): Directory {
  return readYaml(join(root, 'directory.yaml'), DirectoryShape, root);
}

/** What is counted of runs. @throws PolicyFilesInvalid with file and line */
export function readHistory(root: string): HistoryCounters {
  return readYaml(join(root, 'history.yaml'), HistoryShape, root).counters;
}

/** Envelopes by workflow. @throws PolicyFilesInvalid with file and line */
export function readEnvelopes(root: string): Record<string, Envelope> {
  const folder = join(root, 'envelopes');
  const envelopes = filesIn(folder, '.yaml').map((file) => {
    const envelope = readYaml(file, EnvelopeShape, root);
    if (envelope.workflow !== basename(file, '.yaml')) {
      throw new PolicyFilesInvalid([
        `${relative(root, file)}:1: workflow '${envelope.workflow}' in a file of another name, expected ${envelope.workflow}.yaml`,
      ]);
    }
    return [envelope.workflow, envelope] as const;
  });
  return Object.fromEntries(envelopes);
}

/** Full paths in alphabetical order, so that whatever is built from them is the same everywhere. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

function readYaml<T extends z.ZodType>(file: string, shape: T, root: string): z.output<T> {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const name = relative(root, file);
  const lineAt = (offset: number) => `${name}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    throw new PolicyFilesInvalid(document.errors.map(({ pos, message }) => `${lineAt(pos[0])}: ${message}`));
  }
  const result = shape.safeParse(document.toJS());
  if (result.success) {
    return result.data;
  }
  throw new PolicyFilesInvalid(
    result.error.issues.map(({ path, message }) => {
      const field = path.map(String).join('.');
      return `${lineAt(offsetOf(document, path))}: ${field}: ${message.replace(/^Invalid (input|option): /, '')}`;
    }),
  );
}

/** Where a value, or the nearest one around it, begins. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
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
