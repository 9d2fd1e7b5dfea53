import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Act } from '../act.ts';
import type { ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import type { CopyOptions } from './copy.ts';
import type { ShowOptions } from './show.ts';

export interface ReceiptDependencies {
  /** Project whose `policies` have the prices. @default the clone that this file is in */
  readonly projectRoot?: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

const CLONE = resolve(import.meta.dirname, '..', '..');

type Options = ShowOptions & Partial<CopyOptions> & { readonly json?: boolean; readonly tenant: string };

/** What the commands do is loaded when it is needed: making and checking receipts is no part of the rest of the command line. */
export function addReceiptCommands(root: Command, act: Act, dependencies: ReceiptDependencies): void {
  const { projectRoot = CLONE, stdout, stderr, finish } = dependencies;
  const receipt = root
    .command('receipt <run>')
    .description('show the account of a run and prove it, or verify such a receipt')
    .option('--wait', 'until every event is under a signed checkpoint')
    .option('--markdown', 'as a document for a ticket or a review')
    .option('--html <file>', 'also write a page to print or file')
    .option('--dir <folder>', 'make it from a local copy of the audit bucket alone')
    .option('--root <folder>', 'with --dir: folder of policies that has the prices (default: of this clone)')
    .addHelpText('after', SHOW_HELP)
    .action(async (run: string, _, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { showFromApi, show } = await import('./show.ts');
      if (options.dir === undefined) {
        return act(command, (session) => showFromApi(session, run, options));
      }
      const { receiptFromCopy } = await import('./copy.ts');
      const to = output(options.json ?? false, false, stdout, stderr);
      const { dir, root: folder = resolve(projectRoot, 'policies') } = options;
      finish(show(await receiptFromCopy(run, { dir, root: folder, tenant: options.tenant }), to, options));
    });
  receipt
    .command('verify <file>')
    .description('check a receipt in JSON offline, with the public key of the log')
    .requiredOption('--key <file>', 'public keys of the log, as countersign audit key prints them')
    .addHelpText('after', VERIFY_HELP)
    .action(async (file: string, _, command: Command) => {
      const { verifyReceipt } = await import('./verify/command.ts');
      const { json, key } = command.optsWithGlobals<{ readonly json?: boolean; readonly key: string }>();
      finish(verifyReceipt(file, key, output(json ?? false, false, stdout, stderr)));
    });
}

const SHOW_HELP = `
With --json the receipt has every event of the run and its path to the signed root of the log, and proves itself: countersign receipt verify.
--dir reads events/, tile/ and checkpoint of a copy, for runs that the ledger has forgotten. What is in a receipt: docs/receipt.md.
Exit codes: 0 told, 1 refused, or not complete within the time of --wait, 2 wrong usage or a copy that cannot be read, 3 no cloud reachable.`;

const VERIFY_HELP = `
Asks nobody: the key comes from whoever you trust with it, and not from where the receipt comes from.
Exit codes: 0 verified, 1 not verified, each difference named, 2 a file that is no receipt or no key.`;
