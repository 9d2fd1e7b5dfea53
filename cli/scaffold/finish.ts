import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CommandFailure, EXIT } from '../failure.ts';
import type { FileChange } from './changes.ts';

const run = promisify(execFile);

const SCHEMA = 'policies/schema.cedarschema';

/** What `npm run generate` reads. */
const GENERATING = ['contracts', 'domain', 'functions', 'infra', 'policies', 'package.json'];

/** Every TypeScript and JSON file as `npm run format` leaves it. */
export async function formatted(root: string, files: readonly FileChange[]): Promise<readonly FileChange[]> {
  return Promise.all(
    files.map(async (file) =>
      /\.(ts|json)$/.test(file.path) ? { ...file, after: await biome(root, file) } : file,
    ),
  );
}

async function biome(root: string, { path, after }: FileChange): Promise<string> {
  const options = ['check', '--write', `--stdin-file-path=${path}`];
  const formatting = run(join(root, 'node_modules', '.bin', 'biome'), options, { cwd: root });
  formatting.child.stdin?.end(after);
  try {
    return (await formatting).stdout;
  } catch (error) {
    throw unfinished(`biome does not take ${path}`, error);
  }
}

/**
 * The changes with the Cedar schema that follows from them, generated in a copy of the project: a definition that
 * contradicts itself is found before anything is written.
 */
export async function withSchema(root: string, files: readonly FileChange[]): Promise<readonly FileChange[]> {
  const copy = mkdtempSync(join(tmpdir(), 'countersign-scaffold-'));
  try {
    for (const path of GENERATING) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
    for (const { path, after } of files) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), after);
    }
    await run(process.execPath, [join(copy, 'infra', 'policy', 'generate-schema.ts')], { cwd: copy });
    const before = readFileSync(join(root, SCHEMA), 'utf8');
    return [...files, { path: SCHEMA, before, after: readFileSync(join(copy, SCHEMA), 'utf8') }];
  } catch (error) {
    throw unfinished('the Cedar schema cannot be generated', error);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function unfinished(what: string, error: unknown): CommandFailure {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  return new CommandFailure(`${what}, nothing was written: ${(stderr || message).trim()}`, {
    code: 'unfinished',
    exitCode: EXIT.refused,
  });
}
