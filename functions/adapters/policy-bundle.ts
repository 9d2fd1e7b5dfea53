import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY_BUNDLE_FILE } from '../../contracts/names.ts';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';

/** The bundle that infra has put beside the function's code. Its digest was taken, and its policies validated, at build. */
export function deployedPolicyBundle(): PolicyBundle {
  const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
  return JSON.parse(readFileSync(join(root, POLICY_BUNDLE_FILE), 'utf8')) as PolicyBundle;
}
