import type { Command } from 'commander';
import type { ErasureView } from '../contracts/retention.ts';
import type { Act } from './act.ts';
import type { Session } from './commands.ts';
import { EXIT, type ExitCode } from './failure.ts';
import { runLines } from './render/run.ts';

interface Noted {
  readonly note: string;
}

/** Commands for what is kept, and for how long. */
export function addRetentionCommands(root: Command, act: Act): void {
  root
    .command('person')
    .description("a person's data")
    .command('erase <user>')
    .description(
      "erase what is kept of a person's runs in the tenant; the log stays, and means nothing any more",
    )
    .requiredOption('--note <text>', 'why, for the record')
    .action((user: string, { note }: Noted, command: Command) =>
      act(command, (session) => erase(session, user, note)),
    );
  root
    .command('hold <run>')
    .description("keep a run's transcripts and records beyond their days")
    .option('--release', 'let them go with their days again')
    .requiredOption('--note <text>', 'why, for the record')
    .action((run: string, { note, release }: Noted & { readonly release?: true }, command: Command) =>
      act(command, (session) => hold(session, run, release !== true, note)),
    );
}

/** One request does as much as fits into it; what is done is not done twice. */
async function erase({ client, tenant, output }: Session, user: string, note: string): Promise<ExitCode> {
  let erasure = await client.erasePerson(user, { tenant, note });
  while (!erasure.finished) {
    output.hint(`${erasure.runs} runs erased, ${erasure.runsLeft} left`);
    erasure = await client.erasePerson(user, { tenant, note });
  }
  output.show(erasure, () => erasureLines(erasure));
  return EXIT.ok;
}

function erasureLines({ erasureId, runs, transcripts, names, calls, approvals }: ErasureView): string[] {
  return [
    `erased: ${runs} runs, with ${transcripts} transcripts, ${calls} calls, ${approvals} approvals and ${names} lists of names`,
    `on record as ${erasureId}: countersign events ${erasureId}`,
  ];
}

async function hold(
  { client, tenant, output }: Session,
  runId: string,
  isHeld: boolean,
  note: string,
): Promise<ExitCode> {
  const run = await client.holdRun(runId, { tenant, hold: isHeld, note });
  output.show(run, () => runLines(run));
  return EXIT.ok;
}
