import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BreakGlassVerdict } from '../contracts/break-glass.ts';
import type { Act } from './act.ts';
import type { Session } from './commands.ts';
import { EXIT, type ExitCode, usageFailure } from './failure.ts';
import { breakGlassLines, breakGlassTable } from './render/break-glass.ts';
import { settledLines, unknownOutcomeLines } from './render/unknown-outcomes.ts';

/** The longest that the API gives; asked for here so that a wrong number is told at once. */
const MAXIMUM_MINUTES = 60;
const DEFAULT_MINUTES = 30;

/** Commands for what people do when something is wrong; `docs/incidents.md` says when. */
export function addIncidentCommands(root: Command, act: Act): void {
  addBreakGlassCommands(root, act);
  addOutcomeCommands(root, act);
}

interface OpenOptions {
  readonly incident: string;
  readonly reason: string;
  readonly minutes: number;
  readonly tool?: readonly string[];
  readonly clientToken?: string;
}

function addBreakGlassCommands(root: Command, act: Act): void {
  const group = root
    .command('break-glass')
    .description('privileged access for an incident: two people, an hour at most');
  group
    .command('open <workflow>')
    .description('ask for it; it is open once another person confirms')
    .requiredOption('--incident <id>', 'the incident that it is for')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--minutes <number>', `how long, at most ${MAXIMUM_MINUTES}`, minutes, DEFAULT_MINUTES)
    .option(
      '--tool <name>',
      'a tool to open, may be repeated (default: all of tier 4 in the envelope)',
      collect,
    )
    .option('--client-token <token>', 'asking twice with one token asks once')
    .action((workflow: string, options: OpenOptions, command: Command) =>
      act(command, (session) => open(session, workflow, options)),
    );
  const verdict = (kind: BreakGlassVerdict, description: string) =>
    group
      .command(`${kind} <grant>`)
      .description(description)
      .option('--note <text>', 'why, for the record')
      .action((grant: string, { note }: { readonly note?: string }, command: Command) =>
        act(command, (session) => decide(session, grant, kind, note)),
      );
  verdict('confirm', 'open what somebody else has asked for');
  verdict('reject', 'refuse what was asked for');
  verdict('end', 'close it before its time is over');
  group
    .command('list')
    .description('list what is active and what waits for a second person')
    .action((_, command: Command) => act(command, list));
}

async function open(session: Session, workflow: string, options: OpenOptions): Promise<ExitCode> {
  const { client, tenant, output } = session;
  const { incident, reason, minutes: asked, tool, clientToken = randomUUID() } = options;
  const grant = await client.openBreakGlass({
    ...{ tenant, clientToken, workflow, incident, reason, minutes: asked },
    ...(tool === undefined ? {} : { tools: tool }),
  });
  output.show(grant, () => breakGlassLines(grant));
  output.hint(`another person confirms with: countersign break-glass confirm ${grant.grantId}`);
  return EXIT.ok;
}

async function decide(
  { client, tenant, output }: Session,
  grantId: string,
  verdict: BreakGlassVerdict,
  note: string | undefined,
): Promise<ExitCode> {
  const request = { tenant, verdict, ...(note === undefined ? {} : { note }) };
  const grant = await client.decideBreakGlass(grantId, request);
  output.show(grant, () => breakGlassLines(grant));
  if (grant.state === 'active') {
    output.hint(`close it early with: countersign break-glass end ${grantId}`);
  }
  output.hint(`all that was done with it: countersign events ${grantId}`);
  return EXIT.ok;
}

async function list({ client, tenant, output }: Session): Promise<ExitCode> {
  const grants = await client.listBreakGlass(tenant);
  output.show(grants, () => breakGlassTable(grants));
  return EXIT.ok;
}

interface SettleOptions {
  readonly happened?: true;
  readonly didNotHappen?: true;
  readonly note: string;
  readonly evidence?: string;
}

function addOutcomeCommands(root: Command, act: Act): void {
  root
    .command('unknown')
    .description('list the writes of which nobody knows whether they happened')
    .action((_, command: Command) => act(command, listUnknown));
  root
    .command('settle <run> <call>')
    .description('say what became of such a write, after looking in the system behind the tool')
    .addOption(new Option('--happened', 'its effect is there').conflicts('didNotHappen'))
    .addOption(new Option('--did-not-happen', 'its effect is not there, and will not be'))
    .requiredOption('--note <text>', 'how it was found out, for the record')
    .option('--evidence <text>', 'an id or address in the other system')
    .action((run: string, call: string, options: SettleOptions, command: Command) =>
      act(command, (session) => settle(session, run, call, options)),
    );
}

async function listUnknown({ client, tenant, output }: Session): Promise<ExitCode> {
  const outcomes = await client.listUnknownOutcomes(tenant);
  output.show(outcomes, () => unknownOutcomeLines(outcomes, new Date()));
  if (outcomes.length > 0) {
    output.hint('settle one with: countersign settle RUN CALL --happened, or --did-not-happen');
  }
  return EXIT.ok;
}

async function settle(
  { client, tenant, output }: Session,
  runId: string,
  callId: string,
  { happened, didNotHappen, note, evidence }: SettleOptions,
): Promise<ExitCode> {
  if (happened === undefined && didNotHappen === undefined) {
    throw usageFailure('nothing says what became of the call, give --happened or --did-not-happen');
  }
  const found = { happened: happened === true, note, ...(evidence === undefined ? {} : { evidence }) };
  const settled = await client.settleOutcome(runId, callId, { tenant, ...found });
  output.show(settled, () => settledLines(settled));
  return EXIT.ok;
}

function minutes(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAXIMUM_MINUTES) {
    throw new InvalidArgumentError(`expected 1 to ${MAXIMUM_MINUTES}`);
  }
  return value;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
