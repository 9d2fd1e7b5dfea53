import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Judge } from '../../domain/policy/backtest.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import type { ClaimedCase } from '../../domain/policy/case.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { type CedarPartialEngine, cedarPartialEngine } from '../../functions/adapters/cedar-partial.ts';
import { findTool, NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { readCases } from '../../infra/policy/cases.ts';
import { PolicyFilesInvalid } from '../../infra/policy/documents.ts';
import { CommandFailure, EXIT, usageFailure } from '../failure.ts';

/** Policies, ready to decide with. */
export interface OpenedPolicies extends Judge {
  readonly bundle: PolicyBundle;
  readonly partial: CedarPartialEngine;
}

/** @throws CommandFailure with exit code 2 and every problem, when they do not build */
export function openPolicies(root: string): OpenedPolicies {
  const bundle = readable(root, () => buildPolicyBundle(root, NAMESPACES));
  return { bundle, engine: cedarEngine(bundle), partial: cedarPartialEngine(bundle), findTool };
}

/** @throws CommandFailure with exit code 2 and every file that holds no case */
export function openCases(folder: string): readonly ClaimedCase[] {
  return readable(folder, () => readCases(folder));
}

function readable<Read>(root: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (error instanceof PolicyFilesInvalid) {
      throw new CommandFailure(`${problemCount(error.problems)} in ${root}`, {
        code: 'invalid_policies',
        exitCode: EXIT.usage,
        fields: error.problems.map(asField),
      });
    }
    if ((error as NodeJS.ErrnoException).code === undefined) {
      throw error;
    }
    throw usageFailure(`${root} cannot be read: ${(error as Error).message}; expected a folder of policies`);
  }
}

function problemCount({ length }: readonly string[]): string {
  return `${length} ${length === 1 ? 'problem' : 'problems'}`;
}

/** `agents/retail-support.cedar:12: ...` */
function asField(problem: string): { readonly field: string; readonly message: string } {
  const [, field = 'policies', message = problem] = /^(\S+?):\s+(.*)$/s.exec(problem) ?? [];
  return { field, message };
}

/** Of arguments that do not fit their tool: each that does not. */
export function messageOf(error: Error & { readonly issues?: readonly Issue[] }): string {
  return (
    error.issues?.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ') ??
    error.message
  );
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** One side of a comparison: a folder as it is, or the policies of a revision in a folder of their own. */
export interface Side {
  readonly name: string;
  readonly root: string;
  readonly [Symbol.dispose]: () => void;
}

/**
 * @param project where git is asked
 * @throws CommandFailure with exit code 2 for what is neither
 */
export function openSide(project: string, name: string): Side {
  const folder = resolve(name);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return { name, root: folder, [Symbol.dispose]: () => undefined };
  }
  const git = (...parameters: readonly string[]) =>
    spawnSync('git', ['-C', project, ...parameters], { maxBuffer: MAXIMUM_ARCHIVE_BYTES });
  // a name that looks like an option is none
  const commit = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  if (commit.status !== 0) {
    throw usageFailure(`'${name}' is neither a folder nor a revision of ${project}`);
  }
  const archive = git('archive', commit.stdout.toString().trim(), 'policies');
  if (archive.status !== 0) {
    throw usageFailure(`revision '${name}' has no policies: ${archive.stderr.toString().trim()}`);
  }
  const copy = mkdtempSync(join(tmpdir(), 'countersign-policies-'));
  const dispose = () => rmSync(copy, { recursive: true, force: true });
  const unpacked = spawnSync('tar', ['-x', '-C', copy], { input: archive.stdout });
  if (unpacked.status !== 0) {
    dispose();
    throw usageFailure(
      `the policies of '${name}' cannot be unpacked: ${unpacked.stderr ?? unpacked.error?.message}`,
    );
  }
  return { name, root: join(copy, 'policies'), [Symbol.dispose]: dispose };
}

/** Far more than policies that a person could read. */
const MAXIMUM_ARCHIVE_BYTES = 256 * 1024 * 1024;
