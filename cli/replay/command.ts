import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { AwsServices, Connection, ConnectionOptions } from '../connection.ts';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { ReplaySession } from './session.ts';

export interface ReplayDependencies {
  readonly connect: (options: ConnectionOptions) => Promise<Connection>;
  /** Where the audit bucket is. */
  readonly services: (options: ConnectionOptions) => AwsServices;
  /** Project whose `policies` are those of now. @default the clone that this file is in */
  readonly projectRoot?: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

const CLONE = resolve(import.meta.dirname, '..', '..');

/** What the commands do is loaded when it is needed: Cedar and the tools are no part of the rest of the command line. */
export function addReplayCommands(root: Command, dependencies: ReplayDependencies): void {
  ofRun(root.command('replay <run>'))
    .description('step through a run from its records alone, and take each of its decisions again')
    .option(
      '--recorded <path>',
      'policies that decided then, a file or folder (default: those the log keeps)',
    )
    .option('--step', 'on a terminal: one step at a time, Enter goes on')
    .addHelpText('after', REPLAY_HELP)
    .action(async (run: string, _, command: Command) => {
      const { replayRun } = await import('./replay.ts');
      const { session, options } = sessionOf<Parameters<typeof replayRun>[2]>(command, dependencies, true);
      const isAsked =
        options.step && process.stdin.isTTY && dependencies.stdout.isTTY && !session.output.json;
      if (!isAsked) {
        return dependencies.finish(await replayRun(session, run, options));
      }
      const { onTerminal } = await import('./stepping.ts');
      using goOn = onTerminal(process.stdin, dependencies.stdout);
      dependencies.finish(await replayRun(session, run, options, goOn));
    });
  ofRun(root.command('case <run>'))
    .description('write the decisions of a run as cases for countersign policy test')
    .option('--call <id>', 'only of this call')
    .option('--cases <folder>', 'where to (default: cases of the folder of policies)')
    .option(
      '--name <name>',
      'what the case claims, such as "a refund for a stranger" (default: tool and decision)',
    )
    .addOption(
      new Option('--expect <decision>', 'what it should have been').choices(['ALLOW', 'DENY', 'ASK']),
    )
    .addHelpText('after', CASE_HELP)
    .action(async (run: string, _, command: Command) => {
      const { writeCases } = await import('./case.ts');
      const { session, options } = sessionOf<Parameters<typeof writeCases>[2]>(command, dependencies, false);
      dependencies.finish(await writeCases(session, run, options));
    });
}

function ofRun(command: Command): Command {
  return command
    .option('--dir <folder>', 'local copy of the audit bucket')
    .option('--bucket', 'the audit bucket of the deployment (default: its API)')
    .option('--since <day>', 'with --bucket: first day (default: 30 days before the last)')
    .option('--until <day>', 'with --bucket: last day (default: today)')
    .option('--root <folder>', 'folder of policies of now (default: policies of this clone)');
}

function sessionOf<Options>(
  command: Command,
  { projectRoot = CLONE, connect, services, stdout, stderr }: ReplayDependencies,
  streaming: boolean,
): { readonly session: ReplaySession; readonly options: Options } {
  const options = command.optsWithGlobals<Options & { readonly json?: boolean }>();
  const to = output(options.json ?? false, streaming, stdout, stderr);
  return { session: { output: to, projectRoot, connect, services }, options };
}

const REPLAY_HELP = `
Each decision is taken again twice, with what the record has of its inputs: under the policies whose digest it names, and under those of
--root. What the record hides, and a decision depends on, is said to be unknown. The log keeps the policies as bundles/<digest>.json.
Exit codes: 0 no decision differs, 1 some does, 2 wrong usage, or a record that cannot be read, 3 no deployment reachable.`;

const CASE_HELP = `
A case claims what was decided, or with --expect what should have been, by whichever policies. What the record does not have, or
what is redacted in it, makes no case, and is said. People are called person_1, person_2 unless a policy names them.
Exit codes: 0 written, 1 some decision has no case, 2 wrong usage, or a record that cannot be read, 3 no deployment reachable.`;
