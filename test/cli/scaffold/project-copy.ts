import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** What is not the project's own, and what is made from it. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', '.git', '.local', 'cdk.out']);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of the project in a temporary folder, with the packages of this one. */
export interface ProjectCopy {
  readonly root: string;
  /** Runs a program of node_modules/.bin in the copy. */
  readonly run: (program: string, ...parameters: readonly string[]) => Promise<Ended>;
  readonly countersign: (...words: readonly string[]) => Promise<Ended>;
  /** Runs tests of the copy. @returns titles of those that failed */
  readonly failing: (...files: readonly string[]) => Promise<readonly string[]>;
  readonly read: (path: string) => string;
  /** Content of every file by path. */
  readonly files: () => Readonly<Record<string, string>>;
  readonly remove: () => void;
}

export function projectCopy(): ProjectCopy {
  const root = mkdtempSync(join(tmpdir(), 'countersign-copy-'));
  for (const name of readdirSync(PROJECT).filter((each) => !LEFT_OUT.has(each))) {
    cpSync(join(PROJECT, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'), 'dir');

  const run: ProjectCopy['run'] = (program, ...parameters) => {
    const bin = join(root, 'node_modules', '.bin');
    // the runner of these tests must not take the tests of the copy for its own
    const { NODE_TEST_CONTEXT: _, ...variables } = process.env;
    const env = { ...variables, PATH: `${bin}:${process.env.PATH}` };
    return new Promise((done) => {
      execFile(
        join(bin, program),
        parameters,
        { cwd: root, env, maxBuffer: 2 ** 26 },
        (error, stdout, stderr) => {
          done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
        },
      );
    });
  };

  return {
    root,
    run,
    countersign: (...words) => run('node', 'cli/countersign.mjs', ...words),
    async failing(...files) {
      const { stdout, stderr, code } = await run('node', '--test', '--test-reporter=tap', ...files);
      const titles = [...stdout.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, title = '']) => title);
      const passed = Number(/^# pass (\d+)$/m.exec(stdout)?.[1] ?? 0);
      if (passed === 0 || (code === 0) !== (titles.length === 0)) {
        throw new Error(`the tests of the copy did not run: ${stdout}${stderr}`);
      }
      return titles;
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    files: () =>
      Object.fromEntries(filesIn(root).map((path) => [path, readFileSync(join(root, path), 'utf8')])),
    remove: () => rmSync(root, { recursive: true }),
  };
}

/** Not through the link to the packages. */
function filesIn(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((each) => {
    if (each.isDirectory()) {
      return filesIn(join(root, each.name)).map((path) => join(each.name, path));
    }
    return each.isFile() ? [each.name] : [];
  });
}
