import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { output } from '../output.ts';
import { byHandLines, planDocument, planLines } from '../render/tool-plan.ts';
import { readProjectFile } from './changes.ts';
import { KIND_NAMES, KINDS } from './kinds/table.ts';
import type { ToolRequest } from './request.ts';
import { writeAll } from './write.ts';

interface NewToolOptions extends ToolRequest {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export interface ScaffoldDependencies {
  /** Root of the project to write into. @default the clone that this file is in */
  readonly projectRoot?: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly finish: (code: ExitCode) => void;
}

const CLONE = resolve(import.meta.dirname, '..', '..');

export function addNewCommands(root: Command, dependencies: ScaffoldDependencies): void {
  const kinds = KIND_NAMES.map((name) => `${name}: ${KINDS[name].title}`).join('; ');
  root
    .command('new')
    .description('add to the project of this clone')
    .command('tool <name>')
    .description('scaffold a tool, namespace.verb_noun, with its body, test, policy and cases')
    .option('--workflow <workflow>', 'whose envelope and agent get it (default: the only one)')
    .option('--kind <kind>', `${kinds} (default: what its namespace has, own in a new one)`)
    .option('--effect <effect>', 'read or write (default: read)')
    .option(
      '--tier <tier>',
      '0 for reads; 1 low impact, 2 customers, 3 money or production, 4 privileged (default: 1)',
    )
    .option('--idempotency <how>', 'of a write: by_lookup, by_key or none (default: by_lookup)')
    .option('--role <role>', "role of the users it may be called for (default: the envelope's reviewer_role)")
    .option('--description <text>', 'what a model reads: what it does and when to use it')
    .option(
      '--destination <origin>',
      'new http namespace: https://... or deployment:<name> (default: deployment:<namespace>)',
    )
    .option('--secret <name>', 'new http namespace: its secret with the token (default: api-token)')
    .option('--dry-run', 'show what would be written, and write nothing')
    .addHelpText('after', EXPLANATION)
    .action((name: string, _, command: Command) => newTool(name, command.optsWithGlobals(), dependencies));
}

async function newTool(
  name: string,
  options: NewToolOptions,
  { projectRoot = CLONE, stdout, stderr, finish }: ScaffoldDependencies,
): Promise<void> {
  const to = output(options.json ?? false, false, stdout, stderr);
  const plan = await (await planner(projectRoot)).planTool(projectRoot, name, options);
  const isDryRun = options.dryRun ?? false;
  if (plan.byHand.length > 0 && !isDryRun) {
    throw new CommandFailure(
      [
        'nothing was written, files are not shaped as expected; --dry-run shows all of it',
        ...byHandLines(plan),
      ].join('\n'),
      { code: 'unexpected_shape', exitCode: EXIT.refused },
    );
  }
  if (!isDryRun) {
    writeAll(projectRoot, plan.files);
  }
  to.show(planDocument(plan, isDryRun), () => planLines(plan, isDryRun));
  finish(plan.byHand.length === 0 ? EXIT.ok : EXIT.refused);
}

/** Loaded when it is needed: the compiler that it reads files with is large, and no part of an installed product. */
async function planner(root: string): Promise<typeof import('./new-tool.ts')> {
  readProjectFile(root, join('functions', 'tools', 'registry.ts'));
  try {
    return await import('./new-tool.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') {
      throw error;
    }
    throw new CommandFailure('the development dependencies are not installed, run: npm ci', {
      code: 'not_in_a_clone',
      exitCode: EXIT.usage,
    });
  }
}

const EXPLANATION = `
Everything is computed before anything is written, and no file is overwritten. Rows of test/infra/permissions.txt are left to
whoever reads them.`;
