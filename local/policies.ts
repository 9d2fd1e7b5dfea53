import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './run-folder.ts';

/**
 * Copies `policies/` with some of its files replaced.
 *
 * @param files - paths of the files to take, by the path in `policies/` of the one that each replaces
 * @param folder - where the copy goes
 * @returns the folder
 * @throws Error for a file that `policies/` does not have: nothing would be replaced by it
 */
export function policiesWith(files: Readonly<Record<string, string>>, folder: string): string {
  const original = join(projectRoot, 'policies');
  cpSync(original, folder, { recursive: true });
  for (const [path, replacement] of Object.entries(files)) {
    if (!existsSync(join(original, path))) {
      throw new Error(`policies/ has no file '${path}', expected one that can be replaced`);
    }
    cpSync(replacement, join(folder, path));
  }
  return folder;
}
