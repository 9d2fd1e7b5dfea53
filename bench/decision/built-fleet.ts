import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { APPROVER_ROLES, type Fleet } from './fleet.ts';

export interface BuiltFleet {
  /** As a function reads it. */
  readonly bundle: PolicyBundle;
  readonly buildMilliseconds: number;
  readonly bundleBytes: number;
  /** Reading and parsing the file, without Cedar. */
  readonly loadMilliseconds: number;
}

/** Built from files with everything that is checked there, and read back as a function reads what is deployed. */
export function builtFleet({ guardrails, agents, namespaces }: Fleet): BuiltFleet {
  const root = mkdtempSync(join(tmpdir(), 'fleet-'));
  try {
    for (const folder of ['guardrails', 'agents', 'envelopes']) {
      mkdirSync(join(root, folder));
    }
    writeFileSync(join(root, 'guardrails', 'everybody.cedar'), guardrails);
    agents.forEach((text, number) => {
      writeFileSync(join(root, 'agents', `department${number}.cedar`), text);
    });
    writeFileSync(
      join(root, 'directory.yaml'),
      `version: 1\napprover_roles: [${APPROVER_ROLES}]\npeople: []\n`,
    );
    writeFileSync(
      join(root, 'history.yaml'),
      'version: 1\ncounters: { payments: { of: [money], when: allowed } }\n',
    );
    const started = performance.now();
    const built = buildPolicyBundle(root, namespaces);
    const buildMilliseconds = performance.now() - started;
    const file = join(root, 'policy-bundle.json');
    writeFileSync(file, JSON.stringify(built));
    const loading = performance.now();
    const bundle = JSON.parse(readFileSync(file, 'utf8')) as PolicyBundle;
    const loadMilliseconds = performance.now() - loading;
    return { bundle, buildMilliseconds, bundleBytes: statSync(file).size, loadMilliseconds };
  } finally {
    rmSync(root, { recursive: true });
  }
}
