import { Command } from 'commander';
import { DEFAULT_TENANT } from '../contracts/api.ts';
import type { Act } from './act.ts';
import { addApprovalCommands } from './approvals/command.ts';
import { addAuditCommands } from './audit/command.ts';
import { addBudgetCommands } from './budgets.ts';
import { apiClient } from './client.ts';
import * as commands from './commands.ts';
import {
  type AwsServices,
  awsServices,
  type Connection,
  type ConnectionOptions,
  connect,
} from './connection.ts';
import { addCostsCommand } from './costs/command.ts';
import type { ExitCode } from './failure.ts';
import { addIncidentCommands } from './incidents.ts';
import { addApprovalReports } from './measures/command.ts';
import { output } from './output.ts';
import { addPolicyCommands } from './policy/command.ts';
import { addReceiptCommands } from './receipt/command.ts';
import { addReplayCommands } from './replay/command.ts';
import { addRetentionCommands } from './retention.ts';
import { addNewCommands } from './scaffold/command.ts';

/** People of the local cloud who act when `--as` does not say: what people decide is a manager's, all else the app's. */
const CALLER = 'app';
const APPROVER = 'maria';
const PRIVACY_OFFICER = 'yara';

interface GlobalOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly tenant: string;
}

export interface ProgramDependencies {
  /** @default the local cloud of this clone, or AWS */
  readonly connect?: (options: ConnectionOptions, person: string) => Promise<Connection>;
  /** Where the audit bucket is. @default beside what `connect` connects to */
  readonly services?: (options: ConnectionOptions, person: string) => AwsServices;
  readonly stdout?: NodeJS.WriteStream;
  readonly stderr?: NodeJS.WriteStream;
  /** Project that `new` writes into. @default the clone that this file is in */
  readonly projectRoot?: string;
  /** Receives the exit code of the command that ran. */
  readonly finish: (code: ExitCode) => void;
}

/** The command line's grammar. `parseAsync` runs the command; it throws `CommanderError` or `CommandFailure`. */
export function program(dependencies: ProgramDependencies): Command {
  const { stdout = process.stdout, stderr = process.stderr } = dependencies;
  const root = new Command('countersign')
    .description('starts runs of agents, shows what they did, and countersigns what policy leaves to people')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(countersign --help lists everything)')
    .addHelpText('after', EXPLANATION);
  addGlobalOptions(root);

  const asCaller = acting(dependencies, CALLER);
  const asApprover = acting(dependencies, APPROVER);
  addRunCommands(root, asCaller);
  const approvals = addApprovalCommands(root, asApprover);
  addIncidentCommands(root, asApprover);
  addBudgetCommands(root, asApprover);
  addRetentionCommands(root, acting(dependencies, PRIVACY_OFFICER));
  addReceiptCommands(root, asCaller, { ...dependencies, stdout, stderr });
  addReviewCommands(root, asCaller);
  addCostsCommand(root, { ...dependencies, stdout, stderr });
  addAuditCommands(root, { ...dependencies, stdout, stderr });
  addNewCommands(root, { ...dependencies, stdout, stderr });
  const { connect: connectTo = connect, services = awsServices } = dependencies;
  addApprovalReports(approvals, {
    ...dependencies,
    connect: (options) => connectTo(options, APPROVER),
    stdout,
    stderr,
  });
  addPolicyCommands(root, {
    ...dependencies,
    connect: (options) => connectTo(options, CALLER),
    stdout,
    stderr,
  });
  addReplayCommands(root, {
    ...dependencies,
    connect: (options) => connectTo(options, CALLER),
    services: (options) => services(options, CALLER),
    stdout,
    stderr,
  });
  return root;
}

function addGlobalOptions(root: Command): void {
  const approver = `${APPROVER} for what people decide, ${PRIVACY_OFFICER} for what is kept, otherwise ${CALLER}`;
  root
    .option('--json', 'one json document on standard output; for streams one a line')
    .option('--tenant <tenant>', 'tenant of the run or approval', DEFAULT_TENANT)
    .option('--as <person>', `local cloud: who acts (default: ${approver})`)
    .option('--profile <name>', 'aws: profile of the shared configuration')
    .option('--region <region>', 'aws: region of the deployment')
    .option('--prefix <prefix>', 'aws: name prefix of the deployment (default: countersign)')
    .option('--api-url <url>', 'aws: address of the api, instead of asking cloudformation');
}

function addRunCommands(root: Command, act: Act): void {
  root
    .command('run <workflow>')
    .description('start a run')
    .requiredOption('--user <id>', 'the person or app on whose behalf the run acts')
    .option('--role <role>', 'a role of that user, may be repeated', collect, [])
    .option('--prompt <text>', 'the task in words, for a model')
    .option('--proposals <file>', 'json array of proposals for the recorded provider, one turn each')
    .option('--client-token <token>', 'starting twice with one token is one run')
    .option('--watch', 'show what happens until the run ends')
    .action((workflow: string, options: commands.RunOptions, command: Command) =>
      act(command, (session) => commands.startRun(session, workflow, options), options.watch),
    );
  root
    .command('status <run>')
    .description('show a run and its budget')
    .action((run: string, _, command: Command) =>
      act(command, (session) => commands.showStatus(session, run)),
    );
  root
    .command('events <run>')
    .description('show what happened in a run, or under a break-glass grant')
    .option('--follow', 'go on until the run ends')
    .action((run: string, { follow = false }: { readonly follow?: boolean }, command: Command) =>
      act(command, (session) => commands.showEvents(session, run, follow), true),
    );
}

function addReviewCommands(root: Command, act: Act): void {
  root
    .command('manifest <agent>')
    .description('show what an agent may do, for a security review')
    .option('--markdown', 'as a document')
    .action((agent: string, { markdown = false }: { readonly markdown?: boolean }, command: Command) =>
      act(command, (session) => commands.showManifest(session, agent, markdown)),
    );
}

/** @param person who acts on the local cloud when `--as` does not say */
function acting(
  { connect: connectTo = connect, stdout, stderr, finish }: ProgramDependencies,
  person: string,
): Act {
  return async (command, action, streaming = false) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const client = apiClient(await connectTo(options, person));
    const to = output(options.json ?? false, streaming, stdout, stderr);
    finish(await action({ client, tenant: options.tenant, output: to }));
  };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

const EXPLANATION = `
Without --profile, --region, --prefix or --api-url, commands talk to the local cloud that npm start runs in this clone.

Exit codes: 0 done, 1 refused or failed (with --watch and --follow: the run did not complete),
2 wrong usage or bad input, 3 no cloud reachable.`;
