import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Emulator, startEmulator, startLocalCloud } from './cloud.ts';
import { type Counterparts, freePort } from './ministack.ts';
import { endGroup } from './process-group.ts';
import { type Progress, progressOn } from './progress.ts';
import { projectRoot } from './run-folder.ts';
import { onShutdown, runCommand } from './shutdown.ts';
import { startSlack } from './slack.ts';

/** In the order in which they run; the first that fails ends the check. */
const STAGES = ['types', 'style', 'unused', 'arrows', 'unit', 'local'] as const;
type Stage = (typeof STAGES)[number];

const USAGE = `npm test [-- options] [path ...]: checks everything, in these stages: ${STAGES.join(', ')}

  --only STAGE  just this stage, may be repeated
  --help        show this
  path          only test files whose path contains one of these`;

/** Files of tests that run at the same time: each is a process, and the emulator wants its share. */
const TEST_CONCURRENCY = 2;

const SOURCE_FOLDERS = ['contracts', 'domain', 'functions', 'infra', 'cli', 'local', 'bench', 'test'];

interface Selection {
  readonly stages: readonly Stage[];
  readonly paths: readonly string[];
}

await runCommand(async () => {
  const selection = readSelection();
  if (typeof selection === 'number') {
    return selection;
  }
  const startedAt = Number(process.env.COUNTERSIGN_STARTED_AT ?? Date.now());
  const progress = progressOn(process.stderr, startedAt);
  let emulator: Emulator | undefined;
  const counterparts = { modelPort: await freePort(), xrayPort: await freePort() };
  const helpdeskPort = await freePort();
  const stockPort = await freePort();
  for (const stage of selection.stages) {
    const files = testFiles(stage, selection.paths);
    if (files?.length === 0) {
      progress.step(`stage ${stage} has no tests to run`);
      continue;
    }
    if (files !== undefined) {
      emulator ??= await startEmulator(progress, counterparts);
    }
    const code = await run(stage, files ?? [], { emulator, counterparts, helpdeskPort, stockPort, progress });
    if (code !== 0) {
      progress.step(`stage ${stage} failed with exit code ${code}`);
      return 1;
    }
  }
  progress.step(
    `${selection.stages.length === STAGES.length ? 'everything' : selection.stages.join(', ')} passed`,
  );
  return 0;
});

/** @returns the exit code instead, when there is nothing to check */
function readSelection(): Selection | number {
  try {
    const options = { only: { type: 'string', multiple: true }, help: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const unknown = values.only?.find((name) => !STAGES.some((stage) => stage === name));
    if (unknown !== undefined) {
      throw new Error(`--only is ${unknown}, expected one of ${STAGES.join(', ')}`);
    }
    const tests = (stage: Stage) => positionals.length === 0 || stage === 'unit' || stage === 'local';
    const only = values.only ?? STAGES;
    return { stages: STAGES.filter((stage) => only.includes(stage) && tests(stage)), paths: positionals };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
}

/** @returns undefined for a stage that runs no tests */
function testFiles(stage: Stage, paths: readonly string[]): readonly string[] | undefined {
  if (stage !== 'unit' && stage !== 'local') {
    return undefined;
  }
  return globSync('test/**/*.test.ts', { cwd: projectRoot })
    .sort()
    .filter((file) => file.startsWith(join('test', 'local', '')) === (stage === 'local'))
    .filter((file) => paths.length === 0 || paths.some((path) => file.includes(path)));
}

interface Surroundings {
  /** Undefined for stages that run no tests. */
  readonly emulator: Emulator | undefined;
  readonly counterparts: Counterparts;
  /** Loopback port that tests listen on as the helpdesk. */
  readonly helpdeskPort: number;
  /** Loopback port that tests listen on as the stock server. */
  readonly stockPort: number;
  readonly progress: Progress;
}

async function run(
  stage: Stage,
  files: readonly string[],
  { emulator, counterparts, helpdeskPort, stockPort, progress }: Surroundings,
): Promise<number> {
  const slack = stage === 'local' ? await startSlack() : undefined;
  const cloud =
    stage === 'local' && emulator
      ? await startLocalCloud({ emulator, helpdeskPort, stockPort, slack, progress })
      : undefined;
  const variables = {
    ...(emulator && { COUNTERSIGN_LOCAL_ENDPOINT: emulator.endpoint }),
    ...(cloud && {
      COUNTERSIGN_LOCAL_API: cloud.apiUrl,
      COUNTERSIGN_LOCAL_PREFIX: cloud.prefix,
      COUNTERSIGN_LOCAL_AUDIT_BUCKET: cloud.auditBucket,
      COUNTERSIGN_LOCAL_MODEL_PORT: String(counterparts.modelPort),
      COUNTERSIGN_LOCAL_HELPDESK_PORT: String(helpdeskPort),
      COUNTERSIGN_LOCAL_STOCK_PORT: String(stockPort),
      COUNTERSIGN_LOCAL_XRAY_PORT: String(counterparts.xrayPort),
    }),
    ...(slack && { COUNTERSIGN_LOCAL_SLACK: JSON.stringify(slack) }),
    ...(cloud?.slackInteractionsUrl && { COUNTERSIGN_LOCAL_SLACK_URL: cloud.slackInteractionsUrl }),
  };
  const began = Date.now();
  const code = await runProgram(commandOf(stage, files), variables);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  await slack?.stop();
  if (code === 0) {
    progress.step(`stage ${stage} passed in ${seconds} s`);
  }
  return code;
}

function commandOf(stage: Stage, files: readonly string[]): readonly string[] {
  switch (stage) {
    case 'types':
      return ['tsc', '-p', '.'];
    case 'style':
      return ['biome', 'check', '.'];
    case 'unused':
      return ['knip'];
    case 'arrows':
      return ['depcruise', '--config', '.dependency-cruiser.cjs', ...SOURCE_FOLDERS];
    case 'unit':
    case 'local':
      return ['node', '--test', `--test-concurrency=${TEST_CONCURRENCY}`, ...files];
  }
}

/** Runs a program of node_modules/.bin in the foreground. @returns its exit code */
async function runProgram(
  [program = '', ...parameters]: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const bin = join(projectRoot, 'node_modules', '.bin');
  const child = spawn(join(bin, program), parameters, {
    cwd: projectRoot,
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ...variables },
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own: tests start processes too, and an interruption has to end them all.
    detached: true,
  });
  const group = child.pid;
  const endAll = async () => void (group && (await endGroup(group)));
  const forget = onShutdown(endAll);
  try {
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    await endAll();
    forget();
  }
}
