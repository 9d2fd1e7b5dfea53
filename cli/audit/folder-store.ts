import { readdirSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { usageFailure } from '../failure.ts';
import type { ListedObject, LogStore } from './store.ts';

/**
 * A copy of the bucket, whose files have the objects' keys as their paths and, as `aws s3 sync` gives them, their times.
 *
 * @throws CommandFailure with exit code 2 when it cannot be read
 */
export function folderStore(path: string): LogStore {
  const root = resolve(path);
  return {
    async *list(prefix) {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      for (const found of filesIn(root, folder)) {
        if (found.name.startsWith(prefix)) {
          yield found;
        }
      }
    },
    async get(name) {
      try {
        const file = join(root, name);
        const [bytes, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
        return { bytes, modifiedAtMilliseconds: mtimeMs };
      } catch (error) {
        if (isAbsent(error)) {
          return undefined;
        }
        throw unreadable(name, error);
      }
    },
  };
}

/** @param folder - with a slash at its end, or empty */
function* filesIn(root: string, folder: string): Generator<ListedObject> {
  let names: readonly { readonly name: string; readonly isFolder: boolean }[];
  try {
    names = readdirSync(join(root, folder), { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch (error) {
    if (folder !== '' && isAbsent(error)) {
      return;
    }
    throw unreadable(folder === '' ? root : folder, error);
  }
  for (const { name, isFolder } of names) {
    if (isFolder) {
      yield* filesIn(root, `${folder}${name}/`);
    } else {
      yield {
        name: folder + name,
        modifiedAtMilliseconds: statSync(join(root, folder, name)).mtimeMs,
      };
    }
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function unreadable(name: string, error: unknown): Error {
  return usageFailure(
    `${name} cannot be read: ${(error as Error).message}; expected a copy of the audit bucket`,
  );
}
