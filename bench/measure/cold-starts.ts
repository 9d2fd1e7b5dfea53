import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LOCAL_REGION, ROOT_CREDENTIALS } from '../../local/aws.ts';
import { deployedFunctions } from './functions.ts';
import { median } from './statistics.ts';
import type { Surroundings } from './surroundings.ts';

export interface ColdStart {
  readonly service: string;
  readonly codeKilobytes: number;
  readonly wasmKilobytes: number;
  /** Of a fresh process, from its start to its end, with the bundle loaded. */
  readonly processMilliseconds: number;
  /** Of loading the bundle in it: what is AWS's init, without the environment's own start. */
  readonly loadMilliseconds: number;
  /** Of the handler in the first invocation of all, without the load; undefined when there was none. */
  readonly firstInvocationMilliseconds: number | undefined;
}

const PROCESSES = 5;
const BYTES_PER_KILOBYTE = 1024;
const LOAD = 'const at = performance.now(); require(process.argv[1]); console.log(performance.now() - at)';

/** Must be asked before the cloud stops: the bundles go with it. */
export async function coldStarts({ cloud, emulator, traces }: Surroundings): Promise<readonly ColdStart[]> {
  const folder = join(emulator.folder.cloudAssembly, 'functions');
  const deployed = await deployedFunctions(cloud);
  // the emulator starts a process at a function's first invocation, which is so the coldest
  const invocations = traces.invocations().toSorted((left, right) => left.startedAt - right.startedAt);
  return globSync('**/index.js', { cwd: folder })
    .sort()
    .map((file) => {
      const service = dirname(file).replaceAll('/', '-');
      // away from the clone, whose package.json would make a module of the bundle
      const path = join(emulator.folder.temporary, 'cold', service, 'index.js');
      cpSync(join(folder, dirname(file)), dirname(path), { recursive: true });
      const environment = deployed.find((each) => each.service === service)?.environment ?? {};
      const loads = Array.from({ length: PROCESSES }, () => load(path, environment));
      const invocation = invocations.find((each) => each.service === service);
      return {
        service,
        codeKilobytes: kilobytes(path),
        wasmKilobytes: kilobytes(join(dirname(path), 'cedar_wasm_bg.wasm')),
        processMilliseconds: median(loads.map(({ process }) => process)),
        loadMilliseconds: median(loads.map(({ load: milliseconds }) => milliseconds)),
        firstInvocationMilliseconds: invocation && invocation.endedAt - invocation.startedAt,
      };
    });
}

function load(path: string, environment: Readonly<Record<string, string>>) {
  const startedAt = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', LOAD, path], {
    encoding: 'utf8',
    env: {
      ...environment,
      AWS_REGION: LOCAL_REGION,
      AWS_ACCESS_KEY_ID: ROOT_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ROOT_CREDENTIALS.secretAccessKey,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      LAMBDA_TASK_ROOT: dirname(path),
    },
  });
  const milliseconds = Number(stdout.trim().split('\n').at(-1));
  if (status !== 0 || Number.isNaN(milliseconds)) {
    throw new Error(`${path} cannot be loaded: ${stderr}`);
  }
  return { process: performance.now() - startedAt, load: milliseconds };
}

function kilobytes(path: string): number {
  return existsSync(path) ? Math.round(statSync(path).size / BYTES_PER_KILOBYTE) : 0;
}
