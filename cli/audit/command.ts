import type { Command } from 'commander';
import type { ConnectionOptions } from '../connection.ts';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { VerifyOptions } from './verify.ts';

export interface AuditDependencies {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

/** What the commands do is loaded when it is needed. */
export function addAuditCommands(root: Command, { stdout, stderr, finish }: AuditDependencies): void {
  const group = root
    .command('audit')
    .description('proves the audit log from what is in it, without what wrote it');
  group
    .command('verify')
    .description('verify all of the log: signatures, tree, copies, and whether what it says fits together')
    .requiredOption('--key <file>', 'keys of the log, one a line, as countersign audit key prints them')
    .option('--bucket [name]', 'the audit bucket (default: that of the deployment)')
    .option('--dir <folder>', 'a copy of the bucket instead')
    .option('--checkpoint <file>', 'a checkpoint that you have kept: the log must have grown from it')
    .addHelpText('after', VERIFY_HELP)
    .action(async (_, command: Command) => {
      const { verifyAudit } = await import('./verify.ts');
      const options = command.optsWithGlobals<VerifyOptions & { readonly json?: boolean }>();
      const to = output(options.json ?? false, false, stdout, stderr);
      const progress = (text: string) => void stderr.write(`${text}\n`);
      finish(await verifyAudit({ output: to, progress }, options));
    });
  group
    .command('key')
    .description(
      'print the public key of the log, to be kept where whoever runs the deployment cannot change it',
    )
    .action(async (_, command: Command) => {
      const { showKey } = await import('./key.ts');
      const options = command.optsWithGlobals<ConnectionOptions & { readonly json?: boolean }>();
      finish(await showKey(output(options.json ?? false, false, stdout, stderr), options));
    });
}

const VERIFY_HELP = `
Reads everything once, in bounded memory, and tells every problem with its place and a code. The bucket is read with the caller's own rights,
and its versions and locks are looked at too. Codes, and how to copy the bucket: docs/log.md.
Exit codes: 0 proven, 1 there are problems, 2 wrong usage, 3 no deployment reachable.`;
