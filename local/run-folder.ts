import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const projectRoot = resolve(import.meta.dirname, '..');
export const localFolder = join(projectRoot, '.local');
const runsFolder = join(localFolder, 'runs');

/** Logs of this many earlier starts are kept. */
const KEPT_RUNS = 5;

let made = 0;

/** Files of one start of the local cloud. Nothing is shared with another start, so that several run side by side. */
export interface RunFolder {
  readonly path: string;
  /**
   * Private TMPDIR and HOME of the emulator and its functions. Outside the clone: functions run from here, and below
   * the clone they would find its node_modules and so hide what is missing in their bundles.
   */
  readonly temporary: string;
  readonly cloudAssembly: string;
  readonly outputs: string;
  readonly ministackLog: string;
  readonly deployLog: string;
}

/** Makes the folder of this process's start, and clears what processes that are gone have left. */
export function makeRunFolder(): RunFolder {
  removeLeftovers();
  const startedAt = new Date().toISOString().replaceAll(':', '-');
  made += 1;
  const path = join(runsFolder, `${startedAt}-${made}-${process.pid}`);
  const folder = {
    path,
    temporary: mkdtempSync(join(tmpdir(), 'countersign-')),
    cloudAssembly: join(path, 'cdk.out'),
    outputs: join(path, 'outputs.json'),
    ministackLog: join(path, 'ministack.log'),
    deployLog: join(path, 'deploy.log'),
  };
  mkdirSync(path, { recursive: true });
  return folder;
}

/** Removes everything but the logs. */
export function emptyRunFolder(folder: RunFolder): void {
  for (const path of [folder.temporary, folder.cloudAssembly, folder.outputs]) {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function removeLeftovers(): void {
  if (!existsSync(runsFolder)) {
    return;
  }
  const gone = readdirSync(runsFolder)
    .sort()
    .filter((name) => !ownerIsAlive(name));
  for (const name of gone.slice(0, -KEPT_RUNS)) {
    rmSync(join(runsFolder, name), { recursive: true, force: true });
  }
  for (const name of gone.slice(-KEPT_RUNS)) {
    rmSync(join(runsFolder, name, 'cdk.out'), { recursive: true, force: true });
  }
}

/** The name of a folder ends with the process id of its owner. */
function ownerIsAlive(name: string): boolean {
  try {
    return process.kill(Number(name.split('-').at(-1)), 0);
  } catch {
    return false;
  }
}
