import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalCloudError, lastLines } from './failure.ts';
import { endGroup, signalGroup } from './process-group.ts';
import { emptyRunFolder, localFolder, projectRoot, type RunFolder } from './run-folder.ts';
import { onShutdown } from './shutdown.ts';

/** A start takes about 2 s; the first one on a machine also compiles the Python files. */
const START_SECONDS = 60;
const POLL_MILLISECONDS = 100;

/** Another process may take the free port between our finding it and MiniStack's binding it. */
const PORT_ATTEMPTS = 3;

export interface MiniStackOptions {
  readonly folder: RunFolder;
  /** @default the one of .local/venv */
  readonly python?: string;
  /** @default 60 */
  readonly startSeconds?: number;
  /** Counterparts of tests and benches. @default none: the model answers with a stock phrase, traces go nowhere */
  readonly counterparts?: Counterparts;
}

/** Loopback ports of servers that stand beside the emulator. */
export interface Counterparts {
  /** Speaks OpenAI's chat completions; Bedrock asks it. */
  readonly modelPort: number;
  /** Takes the UDP messages that functions send to the X-Ray daemon. */
  readonly xrayPort: number;
  /** Forwards to the emulator what functions send to AWS. @default none: they reach the emulator directly */
  readonly proxyPort?: number;
}

export interface MiniStack {
  /** Such as `http://127.0.0.1:40001`, for every AWS service. */
  readonly endpoint: string;
  /** Resolves when MiniStack ends without having been told to. */
  readonly failed: Promise<LocalCloudError>;
  /** Ends MiniStack with every process that it started, and removes its files. @throws LocalCloudError */
  readonly stop: () => Promise<void>;
}

/**
 * Starts MiniStack on a free loopback port with an empty state, and stops it when this process ends.
 *
 * @throws LocalCloudError `MINISTACK_NOT_STARTED`, with the end of its log and a remedy
 */
export async function startMiniStack(options: MiniStackOptions): Promise<MiniStack> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const started = await tryStart(options, port);
    if (!(started instanceof LocalCloudError)) {
      return started;
    }
    if (!started.message.includes('already in use') || attempt === PORT_ATTEMPTS) {
      throw started;
    }
  }
}

async function tryStart(options: MiniStackOptions, port: number): Promise<MiniStack | LocalCloudError> {
  const { folder, python = join(localFolder, 'venv', 'bin', 'python') } = options;
  if (!existsSync(python)) {
    emptyRunFolder(folder);
    return notStarted(folder, `there is no ${python}`);
  }
  mkdirSync(folder.temporary, { recursive: true });

  // MiniStack repeats its edition in the health answer: no other one on this machine can be taken for ours.
  const edition = randomUUID();
  const log = openSync(folder.ministackLog, 'w');
  const child = spawn(python, [join(projectRoot, 'local', 'run_ministack.py')], {
    cwd: folder.temporary,
    env: { ...environment(folder, port, edition), ...addresses(options.counterparts) },
    stdio: ['pipe', log, log],
    detached: true,
  });
  closeSync(log);
  const ended = endOf(child);
  const group = child.pid;
  if (group === undefined) {
    return notStarted(folder, await ended);
  }

  const killAtExit = () => signalGroup(group, 'SIGKILL');
  process.on('exit', killAtExit);
  let stopping: Promise<void> | undefined;
  const end = async () => {
    const left = await endGroup(group);
    process.off('exit', killAtExit);
    emptyRunFolder(folder);
    if (left.length === 0) {
      return;
    }
    throw new LocalCloudError(
      'PROCESSES_LEFT',
      `processes ${left.join(', ')} did not end, stop them by hand`,
      1,
    );
  };
  const stop = () => {
    stopping ??= end().finally(forget);
    return stopping;
  };
  const forget = onShutdown(stop);

  const endpoint = `http://127.0.0.1:${port}`;
  const seconds = options.startSeconds ?? START_SECONDS;
  const given = new AbortController();
  const reason = await Promise.race([ended, becomesHealthy(endpoint, edition, seconds, given.signal)]);
  given.abort();
  if (reason !== undefined) {
    await stop();
    return notStarted(folder, reason);
  }
  const failed = ended.then(
    (how) =>
      new Promise<LocalCloudError>((report) => {
        if (stopping === undefined) {
          report(stoppedByItself(folder, how));
        }
      }),
  );
  return { endpoint, failed, stop };
}

function environment(folder: RunFolder, port: number, edition: string): NodeJS.ProcessEnv {
  return {
    // Lambda workers are started as `node`: this puts the pinned one first.
    PATH: [join(projectRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    // Nobody's AWS configuration reaches the functions, and what they leave behind goes with the folder.
    HOME: folder.temporary,
    TMPDIR: folder.temporary,
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_EDITION: edition,
    LOG_LEVEL: 'INFO',
    LAMBDA_EXECUTOR: 'local',
    // Lambda sets it, MiniStack does not: without it Powertools takes the function for a test and traces nothing.
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    PERSIST_STATE: '0',
    S3_PERSIST: '0',
    STATE_DIR: join(folder.temporary, 'state'),
    S3_DATA_DIR: join(folder.temporary, 's3'),
    // These would bind ports of their own, the same ones in every clone.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // MiniStack clears its containers of earlier starts; on a machine with Docker those could be someone else's.
    DOCKER_HOST: `unix://${join(folder.temporary, 'no-docker.sock')}`,
  };
}

function addresses(counterparts: Counterparts | undefined): NodeJS.ProcessEnv {
  return counterparts === undefined
    ? {}
    : {
        MINISTACK_BEDROCK_PROXY_URL: `http://127.0.0.1:${counterparts.modelPort}`,
        AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${counterparts.xrayPort}`,
        // functions inherit it; without it the emulator gives them its own address
        ...(counterparts.proxyPort && { AWS_ENDPOINT_URL: `http://127.0.0.1:${counterparts.proxyPort}` }),
      };
}

/** Resolves to how the process ended, in words. */
async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'exit');
    return code === null ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
  } catch (error) {
    return `it could not be run: ${(error as Error).message}`;
  }
}

/** Resolves to undefined once the health check answers, or to what is wrong when the time is up or it is given up. */
async function becomesHealthy(
  endpoint: string,
  edition: string,
  seconds: number,
  givenUp: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline && !givenUp.aborted) {
    try {
      const answer = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2000) });
      const health = (await answer.json()) as { readonly edition?: string };
      if (health.edition === edition) {
        return undefined;
      }
    } catch {
      // Not listening yet.
    }
    await sleep(POLL_MILLISECONDS);
  }
  return `it did not answer its health check within ${seconds} s`;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new TypeError('a TCP server has a port');
  }
  return address.port;
}

function notStarted(folder: RunFolder, reason: string): LocalCloudError {
  const remedy = 'remove .local/venv and run the command again to install it anew';
  return new LocalCloudError(
    'MINISTACK_NOT_STARTED',
    `MiniStack, the local cloud, did not start: ${reason}; ${remedy}${quoteLog(folder)}`,
  );
}

function stoppedByItself(folder: RunFolder, how: string): LocalCloudError {
  return new LocalCloudError(
    'MINISTACK_STOPPED',
    `MiniStack, the local cloud, stopped: ${how}; start again${quoteLog(folder)}`,
  );
}

function quoteLog({ ministackLog }: RunFolder): string {
  const text = existsSync(ministackLog) ? readFileSync(ministackLog, 'utf8') : '';
  return text === '' ? '' : `\n  end of ${ministackLog}:\n${lastLines(text)}`;
}
