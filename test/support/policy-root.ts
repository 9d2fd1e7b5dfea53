import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { PolicyFilesInvalid } from '../../infra/policy/documents.ts';
import { POLICIES } from '../../infra/policy/paths.ts';
import { DESK } from './desk-tools.ts';

const DIRECTORY = `version: 1
approver_roles: [support_manager, FinanceAdmin]
people: []
`;

const HISTORY = `version: 1
counters:
  refunds: { of: [money], when: allowed }
`;

const PRICES = readFileSync(join(POLICIES, 'prices.yaml'), 'utf8');

const OWNERS: Readonly<Record<string, string>> = {
  desk: '{ owner: head of support, steward: platform team, reviewer_role: support_manager }',
  ledger: '{ owner: head of finance, steward: platform team, reviewer_role: FinanceAdmin }',
};

/** Owners of the workflows that there are files of. */
function defaultsFor(files: Readonly<Record<string, string>>): string {
  const owned = Object.entries(OWNERS).filter(([name]) => `envelopes/${name}.yaml` in files);
  return owned.length === 0
    ? ''
    : `workflows:\n${owned.map(([name, who]) => `  ${name}: ${who}\n`).join('')}`;
}

/** Builds a bundle of the desk's tools from files of `policies/`, by their path. */
export function buildFiles(files: Readonly<Record<string, string>>): {
  readonly bundle: PolicyBundle;
  readonly warnings: readonly string[];
} {
  const root = mkdtempSync(join(tmpdir(), 'policies-'));
  try {
    const all = {
      'directory.yaml': DIRECTORY,
      'defaults.yaml': defaultsFor(files),
      'history.yaml': HISTORY,
      'prices.yaml': PRICES,
      ...files,
    };
    for (const folder of ['guardrails', 'agents', 'envelopes']) {
      mkdirSync(join(root, folder));
    }
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const warnings: string[] = [];
    const bundle = buildPolicyBundle(root, [DESK], (warning) => warnings.push(warning));
    return { bundle, warnings };
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Every problem of files that do not build; none when they do. */
export function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  try {
    buildFiles(files);
    return [];
  } catch (error) {
    if (error instanceof PolicyFilesInvalid) {
      return error.problems;
    }
    throw error;
  }
}
