import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure, EXIT } from '../failure.ts';
import { applied, type Edit, parsed, UnexpectedShape } from './syntax.ts';

/** What becomes of one file of the project. */
export interface FileChange {
  /** In the project, with slashes. */
  readonly path: string;
  /** As it was read; undefined for a file that is created. */
  readonly before: string | undefined;
  readonly after: string;
}

/** A file into which nothing could be put, and what a person would put there. */
export interface ByHand {
  readonly path: string;
  readonly reason: string;
  readonly lines: readonly string[];
}

/** Changes that are computed and not yet written. */
export interface Changes {
  /** @throws CommandFailure when there is such a file */
  readonly create: (path: string, text: string) => void;
  readonly replace: (path: string, change: (text: string) => string) => void;
  /** Changes a file by its syntax tree. @param byHand - what to say should it not be shaped so */
  readonly edit: (
    path: string,
    byHand: string,
    edits: (source: ReturnType<typeof parsed>) => readonly Edit[],
  ) => void;
  /** The file as it is with the changes so far. @throws CommandFailure when there is none */
  readonly read: (path: string) => string;
  readonly exists: (path: string) => boolean;
  readonly files: () => readonly FileChange[];
  readonly byHand: () => readonly ByHand[];
}

export function changesIn(root: string): Changes {
  const files = new Map<string, FileChange>();
  const byHand: ByHand[] = [];

  function read(path: string): string {
    return files.get(path)?.after ?? readProjectFile(root, path);
  }

  function replace(path: string, change: (text: string) => string): void {
    const text = read(path);
    const changed = change(text);
    if (changed !== text) {
      files.set(path, { path, before: files.has(path) ? files.get(path)?.before : text, after: changed });
    }
  }

  return {
    read,
    replace,
    exists: (path) => files.has(path) || existsSync(join(root, path)),
    create(path, text) {
      if (files.has(path) || existsSync(join(root, path))) {
        throw new CommandFailure(
          `${path} is there already, and is not overwritten; remove it or choose another name`,
          {
            code: 'file_exists',
            exitCode: EXIT.refused,
          },
        );
      }
      files.set(path, { path, before: undefined, after: text });
    },
    edit(path, lines, edits) {
      try {
        replace(path, (text) => applied(text, edits(parsed(path, text))));
      } catch (error) {
        if (!(error instanceof UnexpectedShape)) {
          throw error;
        }
        byHand.push({ path, reason: error.message, lines: lines.trim().split('\n') });
      }
    },
    files: () => [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1)),
    byHand: () => byHand,
  };
}

/** @throws CommandFailure when there is no such file */
export function readProjectFile(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    throw new CommandFailure(`${path} is missing in ${root}, expected a clone of countersign`, {
      code: 'not_in_a_clone',
      exitCode: EXIT.usage,
    });
  }
}
