import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { OUTPUTS } from '../contracts/names.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, ROOT_CREDENTIALS } from './aws.ts';
import { LocalCloudError, lastLines } from './failure.ts';
import { endGroup } from './process-group.ts';
import { type Progress, silent } from './progress.ts';
import { projectRoot, type RunFolder } from './run-folder.ts';
import { onShutdown } from './shutdown.ts';

/** Stacks that do not depend on each other are deployed at the same time. */
const CONCURRENT_STACKS = 4;

/** The emulator's CloudFormation knows neither Glue nor Athena; saved queries are tested with DuckDB (test/support/athena.ts). */
const WITHOUT_ANALYTICS = { analytics: 'false' };

export interface DeployOptions {
  /** Of the emulator, such as `http://127.0.0.1:40001`. */
  readonly endpoint: string;
  readonly folder: RunFolder;
  /** Settings of the app that differ from those of `cdk.json`. */
  readonly context?: Readonly<Record<string, string>>;
  /** Folder with the `cdk.json`. @default the root of the project */
  readonly project?: string;
  readonly progress?: Progress;
}

export interface Deployment {
  /** Where requests reach the HTTP API, without a slash at the end. */
  readonly apiUrl: string;
  readonly auditBucket: string;
  /** Where Slack sends what people press; undefined where nobody is asked there. */
  readonly slackInteractionsUrl: string | undefined;
}

/**
 * Bootstraps the emulator and deploys every stack of the app with the CDK's own command line.
 *
 * @throws LocalCloudError `DEPLOY_FAILED` with the end of the log, `OUTPUT_MISSING` when the stacks lack an output
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { folder, context = {}, project = projectRoot, progress = silent } = options;
  const log = createWriteStream(folder.deployLog);
  try {
    progress.detail('preparing the account for the CDK');
    // Away from the project's cdk.json, because it would synthesize the app although it does not need it.
    await runCdk(options, log, folder.path, ['bootstrap', `aws://${LOCAL_ACCOUNT}/${LOCAL_REGION}`]);
    progress.detail('synthesizing the app');
    await runCdk(options, log, project, deployment(folder, context));
  } finally {
    log.end();
  }
  const outputs = Object.values(JSON.parse(readFileSync(folder.outputs, 'utf8'))).reduce<Outputs>(
    (all, ofStack) => Object.assign(all, ofStack),
    {},
  );
  const slackUrl = outputs[OUTPUTS.slackInteractionsUrl];
  return {
    apiUrl: localApiUrl(options.endpoint, output(outputs, OUTPUTS.apiUrl)),
    auditBucket: output(outputs, OUTPUTS.auditBucket),
    slackInteractionsUrl: slackUrl === undefined ? undefined : localApiUrl(options.endpoint, slackUrl),
  };
}

function deployment(folder: RunFolder, context: Readonly<Record<string, string>>): readonly string[] {
  return [
    'deploy',
    '--all',
    ...['--require-approval', 'never'],
    ...['--progress', 'events'],
    ...['--concurrency', String(CONCURRENT_STACKS)],
    ...['--output', folder.cloudAssembly],
    ...['--outputs-file', folder.outputs],
    ...Object.entries({ ...WITHOUT_ANALYTICS, ...context }).flatMap(([name, value]) => [
      '--context',
      `${name}=${value}`,
    ]),
  ];
}

type Outputs = Record<string, string>;

function output(outputs: Outputs, key: string): string {
  const value = outputs[key];
  if (value !== undefined) {
    return value;
  }
  const found = Object.keys(outputs).join(', ') || 'none';
  throw new LocalCloudError('OUTPUT_MISSING', `no stack has the output ${key}, found ${found}`);
}

/**
 * The address that reaches an API of the emulator. Outputs name it by host, `https://<id>.execute-api.<region>...`,
 * which no resolver knows here; the emulator serves the same API below a path.
 */
export function localApiUrl(endpoint: string, outputUrl: string): string {
  const [, id, path = ''] = /^https?:\/\/([a-z0-9]+)\.execute-api\.[^/]+(\/.+)?\/?$/.exec(outputUrl) ?? [];
  if (id === undefined) {
    throw new LocalCloudError(
      'OUTPUT_MISSING',
      `an api's address is ${outputUrl}, expected https://<id>.execute-api.<region>.amazonaws.com`,
    );
  }
  return `${endpoint}/_aws/execute-api/${id}/$default${path}`;
}

async function runCdk(
  options: DeployOptions,
  log: WriteStream,
  cwd: string,
  parameters: readonly string[],
): Promise<void> {
  const { folder, progress = silent } = options;
  const quiet = ['--ci', '--no-color', '--no-notices', '--no-version-reporting'];
  const cdk = join(projectRoot, 'node_modules', '.bin', 'cdk');
  const child = spawn(cdk, [...parameters, ...quiet], {
    cwd,
    env: environment(options.endpoint),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // The CDK starts the app and bundlers: a group of their own, so that an interruption ends them all.
  const group = child.pid;
  const forget = onShutdown(async () => void (group && (await endGroup(group))));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      log.write(`${line}\n`);
      tell(progress, line);
    });
  }
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0) {
      return;
    }
    await new Promise((flushed) => log.write('', flushed));
    throw failed(folder, `cdk ${parameters[0]} ended with ${signal ?? `exit code ${code}`}`);
  } finally {
    forget();
  }
}

/** Picks the few lines of the CDK that say how far it is. */
function tell(progress: Progress, line: string): void {
  progress.line(line);
  const [, stack, done, all] = /^(\S+) \|\s*(\d+)\/(\d+) \|/.exec(line) ?? [];
  if (stack !== undefined) {
    progress.detail(`deploying ${stack}: ${done} of ${all} resources`);
  }
  if (line.startsWith('Bundling asset ')) {
    progress.detail(`bundling ${line.split(' ')[2]}`);
  }
  if (line.includes('Synthesis time')) {
    progress.step('app synthesized');
  }
  const deployed = /^ ?✅ +(\S+)$/u.exec(line.trimEnd())?.[1];
  if (deployed !== undefined) {
    progress.step(`stack ${deployed} deployed`);
  }
}

function environment(endpoint: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return {
    ...Object.fromEntries(own),
    PATH: [join(projectRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ROOT_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_CREDENTIALS.secretAccessKey,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Nothing of the user's own accounts may take part.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
    NO_COLOR: '1',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}

function failed({ deployLog }: RunFolder, reason: string): LocalCloudError {
  const log = lastLines(readFileSync(deployLog, 'utf8'));
  return new LocalCloudError(
    'DEPLOY_FAILED',
    `the app could not be deployed to the local cloud: ${reason}\n  end of ${deployLog}:\n${log}`,
  );
}
