import type { AthenaClient } from '@aws-sdk/client-athena';
import type { Command } from 'commander';
import type { ConnectionOptions } from '../connection.ts';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { QueryOptions } from './query.ts';

export interface QueryDependencies {
  /** @default Athena of the account that the options name */
  readonly athena?: AthenaClient;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

type Options = QueryOptions & ConnectionOptions & { readonly json?: boolean };

/**
 * Saved SQL over the log. What the command does is loaded when it is needed.
 *
 * @param audit - the command whose subcommand it becomes
 */
export function addQueryCommand(audit: Command, dependencies: QueryDependencies): void {
  const { athena, stdout, stderr, finish } = dependencies;
  audit
    .command('query [name]')
    .description(
      'ask a saved question of the audit log, in Athena and with your own rights; without a name: which there are',
    )
    .option('--param <name=value>', 'a parameter of the query, may be repeated', collect, [])
    .option('--since <day>', 'first day, such as 2026-11-01 (default: 30 days before the last)')
    .option('--until <day>', 'last day (default: today)')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, _, command: Command) => {
      const { askQuery, listQueries } = await import('./query.ts');
      const options = command.optsWithGlobals<Options>();
      const to = output(options.json ?? false, false, stdout, stderr);
      if (name === undefined) {
        finish(listQueries(to));
        return;
      }
      // without --tenant the log of all tenants is meant, not that of the default one
      const isOneTenant = command.getOptionValueSourceWithGlobals('tenant') !== 'default';
      const { tenant, ...others } = options;
      finish(await askQuery({ output: to, athena }, name, isOneTenant ? options : others));
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

const HELP = `
Days are those of UTC. Without --tenant all tenants count. The rights that it takes are those of the managed policy <prefix>-auditor. What each
query answers and what it costs: docs/sql.md.
Exit codes: 0 told, 1 Athena ended the query, 2 wrong usage, 3 no such deployment, or no right to ask it.`;
