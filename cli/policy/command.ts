import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Connection, ConnectionOptions } from '../connection.ts';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { PolicySession } from './session.ts';

export interface PolicyDependencies {
  /** To a deployment; only where a command needs one. */
  readonly connect: (options: ConnectionOptions) => Promise<Connection>;
  /** Project whose `policies` are meant when nothing else is said. @default the clone that this file is in */
  readonly projectRoot?: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

const CLONE = resolve(import.meta.dirname, '..', '..');
const ROOT: readonly [string, string] = [
  '--root <folder>',
  'folder of policies (default: policies of this clone)',
];

/** What each command does is loaded when it is needed: Cedar and the tools are no part of the rest of the command line. */
export function addPolicyCommands(root: Command, dependencies: PolicyDependencies): void {
  const group = root
    .command('policy')
    .description(
      'answers before and after a change of policies; on files of this clone, nothing is deployed or changed',
    )
    .addHelpText('after', EXIT_CODES);
  addTest(group, dependencies);
  addDiff(group, dependencies);
  addBacktest(group, dependencies);
  addQuestions(group, dependencies);
}

function addTest(group: Command, dependencies: PolicyDependencies): void {
  group
    .command('test')
    .description('decide the cases in cases/ALLOW, DENY and ASK, and check that every policy has decided one')
    .option(...ROOT)
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--allow-uncovered', 'policies that decided no case are listed, and are no failure')
    .addHelpText('after', TEST_CODES)
    .action(async (_, command: Command) => {
      const { testPolicies } = await import('./test.ts');
      return run(command, dependencies, testPolicies);
    });
}

function addDiff(group: Command, dependencies: PolicyDependencies): void {
  group
    .command('diff <before> <after>')
    .description(
      'decisions that differ between two folders of policies or git revisions, over cases and recorded runs',
    )
    .option('--cases <folder>', 'cases to decide (default: those of both sides)')
    .option('--records <path...>', 'NDJSON of the audit bucket, files or folders, to decide as well')
    .addOption(failOn())
    .addHelpText('after', DIFF_CODES)
    .action(async (before: string, after: string, _, command: Command) => {
      const { diffPolicies } = await import('./diff.ts');
      return run(command, dependencies, (session, options: Parameters<typeof diffPolicies>[3]) =>
        diffPolicies(session, before, after, options),
      );
    });
}

function addBacktest(group: Command, dependencies: PolicyDependencies): void {
  group
    .command('backtest')
    .description('decide recorded calls again under the policies of today, and say what would change')
    .option('--since <time>', 'how far back, such as 30d, 12h or 2026-10-01', '30d')
    .option(...ROOT)
    .option('--from <path...>', 'local copy of the audit bucket (default: the bucket of the deployment)')
    .option('--examples <number>', 'calls shown of each change; --json has all', '5')
    .addOption(failOn())
    .addHelpText('after', BACKTEST_CODES)
    .action(async (_, command: Command) => {
      const { backtestPolicies } = await import('./backtest.ts');
      return run(command, dependencies, backtestPolicies);
    });
}

function addQuestions(group: Command, dependencies: PolicyDependencies): void {
  group
    .command('who-can <phrase>')
    .description('which agents can do it, by which tools, under which conditions; such as "send money"')
    .option(...ROOT)
    .addHelpText('after', WHO_CAN_HELP)
    .action(async (phrase: string, _, command: Command) => {
      const { answerWhoCan } = await import('./who-can.ts');
      return run(command, dependencies, (session, options: Parameters<typeof answerWhoCan>[2]) =>
        answerWhoCan(session, phrase, options),
      );
    });
  group
    .command('explain <call>')
    .description('why a call was decided as it was, and what would have changed that')
    .option(...ROOT)
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (call: string, _, command: Command) => {
      const { explainCall } = await import('./explain.ts');
      return run(command, dependencies, (session, options: Parameters<typeof explainCall>[2]) =>
        explainCall(session, call, options),
      );
    });
}

function failOn(): Option {
  return new Option('--fail-on <what>', 'what makes the exit code 1')
    .choices(['looser', 'any', 'none'])
    .default('looser');
}

async function run<Options>(
  command: Command,
  { connect, projectRoot = CLONE, stdout, stderr, finish }: PolicyDependencies,
  action: (session: PolicySession, options: Options) => ExitCode | Promise<ExitCode>,
): Promise<void> {
  const options = command.optsWithGlobals<Options & { readonly json?: boolean }>();
  const to = output(options.json ?? false, false, stdout, stderr);
  finish(await action({ output: to, projectRoot, progress: to.hint, connect }, options));
}

const EXIT_CODES = `
All of them decide with the tools of this clone. Exit code 2 says that policies do not build, with every problem, or that something
else that was given cannot be used.`;

const TEST_CODES = `
Exit codes: 0 every case holds and every policy decided one, 1 not so, 2 the policies or cases cannot be read.`;

const DIFF_CODES = `
A side is a folder if there is one of that name, a git revision of this clone otherwise. A decision is looser if more can happen than
before, or with the word of fewer or of other people.
Exit codes: 0 nothing of what --fail-on says, 1 something of it, 2 a side does not build.`;

const BACKTEST_CODES = `
The log holds no raw payloads: what a tool does not declare fit for it is unknown, and a call that depends on it is counted as one of
which the record cannot tell, with what it would have to hold. Reads the audit bucket with the caller's own rights, only the days
that are asked for.
Exit codes: 0 nothing of what --fail-on says, 1 something of it, 2 wrong usage, 3 no deployment reachable.`;

const WHO_CAN_HELP = `
The full name of a tool is that tool. Otherwise words that are kinds (money, message, delete, ...), groups (read, write, tier3) or
namespaces narrow each other; where no word is one of those, words of the tools' names do, and where no word is one of those either,
words of their descriptions. Always and never are in the mode of the agent's envelope, whatever arguments, facts, users and approvals.
Exit codes: 0 some agent can, 1 none can, 2 no tool is meant by these words.`;

const EXPLAIN_HELP = `
A call is <run>/<call> of a run, as 'countersign events' shows it, or the path of a case file. Of a run's call only what the log
holds is known.
Exit codes: 0 explained, 2 no such call or case.`;
