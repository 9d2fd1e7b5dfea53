import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from '../failure.ts';
import type { FileChange } from './changes.ts';

/**
 * Writes all of the changes or, if one cannot be written, none: what was written before it is taken back. A process
 * that is killed half-way leaves what `git status` shows; running it again says which file is in the way.
 *
 * @throws CommandFailure
 */
export function writeAll(root: string, files: readonly FileChange[]): void {
  const written: FileChange[] = [];
  try {
    for (const file of files) {
      written.push(file);
      writeOne(root, file);
    }
  } catch (error) {
    for (const file of written.reverse()) {
      takeBack(root, file);
    }
    throw new CommandFailure(`nothing was written: ${(error as Error).message}`, {
      code: 'not_written',
      exitCode: EXIT.refused,
    });
  }
}

function writeOne(root: string, { path, before, after }: FileChange): void {
  const target = join(root, path);
  if (before === undefined) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, after, { flag: 'wx' });
    return;
  }
  // INVARIANT: what somebody has saved since it was read is not lost
  if (readFileSync(target, 'utf8') !== before) {
    throw new Error(`${path} was changed meanwhile, run it again`);
  }
  replaceFile(target, after);
}

function takeBack(root: string, { path, before, after }: FileChange): void {
  const target = join(root, path);
  try {
    // only what is as this process has left it
    if (readFileSync(target, 'utf8') !== after) {
      return;
    }
    if (before === undefined) {
      rmSync(target);
    } else {
      replaceFile(target, before);
    }
  } catch {
    // it was not written
  }
}

function replaceFile(target: string, text: string): void {
  const beside = `${target}.${process.pid}.tmp`;
  writeFileSync(beside, text);
  renameSync(beside, target);
}
