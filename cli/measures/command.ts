import { type Command, Option } from 'commander';
import type { Connection, ConnectionOptions } from '../connection.ts';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { ExportOptions } from './export.ts';
import type { ReportOptions } from './report.ts';

export interface MeasuresDependencies {
  /** Of the API, which is asked what waits now. */
  readonly connect: (options: ConnectionOptions) => Promise<Connection>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

export const GROUPINGS = ['approver', 'agent', 'tool'] as const;

/**
 * How people decide, from the audit log. What the commands do is loaded when it is needed.
 *
 * @param approvals - the command whose subcommands they become
 */
export function addApprovalReports(approvals: Command, dependencies: MeasuresDependencies): void {
  const { connect, stdout, stderr, finish } = dependencies;
  fromLog(approvals.command('report'))
    .description('how long people took to decide, what they said, and what waits now')
    .addOption(new Option('--by <what>', 'what rows are made of').choices(GROUPINGS).default('tool'))
    .addHelpText('after', REPORT_HELP)
    .action(async (_, command: Command) => {
      const { showReport } = await import('./report.ts');
      const options = command.optsWithGlobals<ReportOptions & { readonly json?: boolean }>();
      const to = output(options.json ?? false, false, stdout, stderr);
      finish(await showReport({ output: to, connect }, withoutDefaultTenant(command, options)));
    });
  fromLog(approvals.command('export'))
    .description('every verdict as an evaluation case, one json document a line')
    .option('--cases <folder>', 'also write policy cases into ASK and ALLOW of a folder')
    .addHelpText('after', EXPORT_HELP)
    .action(async (_, command: Command) => {
      const { exportVerdicts } = await import('./export.ts');
      const options = command.optsWithGlobals<ExportOptions>();
      // the lines are documents with and without --json, and hints never go among them
      const hint = (text: string) => void stderr.write(`${text}\n`);
      const write = (line: string) => void stdout.write(`${line}\n`);
      finish(await exportVerdicts({ write, hint }, withoutDefaultTenant(command, options)));
    });
}

function fromLog(command: Command): Command {
  return command
    .option('--since <day>', 'first day, such as 2026-11-01 (default: 30 days before the last)')
    .option('--until <day>', 'last day (default: today)')
    .option('--dir <folder>', 'local copy of the audit bucket (default: the bucket of the deployment)');
}

/** Without `--tenant` the log of all tenants is meant, not that of the default one. */
function withoutDefaultTenant<Options extends { readonly tenant?: string }>(
  command: Command,
  options: Options,
): Options {
  const isOneTenant = command.getOptionValueSourceWithGlobals('tenant') !== 'default';
  return isOneTenant ? options : { ...options, tenant: undefined };
}

const REPORT_HELP = `
Counts what was asked for on the days of the period, which are days of UTC, with what came of it until now. What waits now is asked of the
API, for --tenant or the default tenant; not with --dir. What the measures are: docs/approvals.md.
Exit codes: 0 told, 2 wrong usage, or a log that cannot be read, 3 no deployment reachable.`;

const EXPORT_HELP = `
A line has what the log has of the call, of the decision to ask and of the verdict, and no more: docs/approvals.md has the schema. --cases
writes what the log knows completely as cases for countersign policy test, and says of the others what is missing.
Exit codes: 0 told, 2 wrong usage, or a log that cannot be read, 3 no deployment reachable.`;
