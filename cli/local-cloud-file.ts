import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where a running local cloud says how to reach it; readable by its owner only. */
export const LOCAL_CLOUD_FILE = join(resolve(import.meta.dirname, '..'), '.local', 'cloud.json');

export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface LocalCloudFile {
  /** Of the emulator, for every AWS service. */
  readonly endpoint: string;
  readonly apiUrl: string;
  readonly region: string;
  /** Process that keeps the cloud up. */
  readonly pid: number;
  readonly people: Readonly<Record<string, LocalCredentials>>;
}

/** The local cloud of this clone; undefined when none runs. */
export function readLocalCloudFile(path: string = LOCAL_CLOUD_FILE): LocalCloudFile | undefined {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as LocalCloudFile;
    // A cloud that was killed leaves its file behind.
    process.kill(file.pid, 0);
    return file;
  } catch {
    return undefined;
  }
}
