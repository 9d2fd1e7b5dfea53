import { type Command, InvalidArgumentError } from 'commander';
import type { Act } from './act.ts';
import type { Session } from './commands.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { budgetLines, pauseLine } from './render/budgets.ts';
import { runLines } from './render/run.ts';

/** Commands for what may be spent. */
export function addBudgetCommands(root: Command, act: Act): void {
  root
    .command('budgets')
    .description("show what a tenant's runs have leased and spent of the day's caps")
    .option('--day <day>', 'such as 2026-11-21 (default: today, in the time zone of the budgets)')
    .action(({ day }: { readonly day?: string }, command: Command) =>
      act(command, (session) => showBudgets(session, day)),
    );
  root
    .command('cap <run>')
    .argument('<usd>', 'dollars, such as 0.25', microDollars)
    .description('set what an open run may cost; it counts from its next call on')
    .requiredOption('--note <text>', 'why, for the record')
    .action((run: string, cap: number, { note }: { readonly note: string }, command: Command) =>
      act(command, (session) => setCap(session, run, cap, note)),
    );
  root
    .command('resume <workflow>')
    .description('let a workflow that a stop condition has paused take new runs again')
    .requiredOption('--note <text>', 'why, for the record')
    .action((workflow: string, { note }: { readonly note: string }, command: Command) =>
      act(command, (session) => resume(session, workflow, note)),
    );
}

async function showBudgets({ client, tenant, output }: Session, day: string | undefined): Promise<ExitCode> {
  const budgets = await client.getBudgets(tenant, day);
  output.show(budgets, () => budgetLines(budgets));
  return EXIT.ok;
}

async function setCap(
  { client, tenant, output }: Session,
  runId: string,
  capMicroDollars: number,
  note: string,
): Promise<ExitCode> {
  const run = await client.setCap(runId, { tenant, capMicroDollars, note });
  output.show(run, () => runLines(run));
  return EXIT.ok;
}

async function resume(
  { client, tenant, output }: Session,
  workflow: string,
  note: string,
): Promise<ExitCode> {
  const pause = await client.resumeWorkflow(workflow, { tenant, note });
  output.show(pause, () => [`resumed: ${pauseLine(pause)}`]);
  return EXIT.ok;
}

const MICRO_DOLLARS_PER_DOLLAR = 1_000_000;

function microDollars(text: string): number {
  const usd = Number(text);
  if (!/^\d+(\.\d{1,6})?$/.test(text) || !Number.isFinite(usd)) {
    throw new InvalidArgumentError(`expected dollars such as 0.25, got '${text}'`);
  }
  return Math.round(usd * MICRO_DOLLARS_PER_DOLLAR);
}
