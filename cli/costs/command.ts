import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { CostsOptions } from './costs.ts';

export interface CostsDependencies {
  /** Project whose `policies` have the prices. @default the clone that this file is in */
  readonly projectRoot?: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

const CLONE = resolve(import.meta.dirname, '..', '..');
export const GROUPINGS = ['run', 'day', 'workflow', 'agent', 'tenant', 'user'] as const;

/** What the command does is loaded when it is needed: prices and tools are no part of the rest of the command line. */
export function addCostsCommand(root: Command, dependencies: CostsDependencies): void {
  root
    .command('costs')
    .description(
      'what runs have cost, for each run, completed task and successful outcome, from the audit log',
    )
    .option('--since <day>', 'first day, such as 2026-11-01 (default: 30 days before the last)')
    .option('--until <day>', 'last day (default: today)')
    .option('--workflow <workflow>', 'only of this workflow')
    .addOption(new Option('--by <what>', 'what rows are made of').choices(GROUPINGS).default('workflow'))
    .option('--csv <file>', 'also write usage by tenant, day, workflow and agent as CSV')
    .option('--ndjson <file>', 'the same as NDJSON')
    .option('--dir <folder>', 'local copy of the audit bucket (default: the bucket of the deployment)')
    .option('--root <folder>', 'folder of policies that has the prices (default: policies of this clone)')
    .addHelpText('after', HELP)
    .action(async (_, command: Command) => {
      const { showCosts } = await import('./costs.ts');
      const { projectRoot = CLONE, stdout, stderr, finish } = dependencies;
      const options = command.optsWithGlobals<CostsOptions & { readonly json?: boolean }>();
      const to = output(options.json ?? false, false, stdout, stderr);
      // without --tenant the log of all tenants is meant, not that of the default one
      const isOneTenant = command.getOptionValueSourceWithGlobals('tenant') !== 'default';
      const { tenant, ...others } = options;
      finish(await showCosts({ output: to, projectRoot }, isOneTenant ? options : others));
    });
}

const HELP = `
Days are those of the time zone in budgets.yaml. Without --tenant all tenants count. What models and tools were charged is in the log;
infrastructure and people are counted in it and priced by prices.yaml of --root. Formulas, columns of --csv and --ndjson: docs/costs.md.
Exit codes: 0 told, 2 wrong usage, or a log or prices that cannot be read, 3 no deployment reachable.`;
