import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { BundledPolicy } from '../../domain/policy/bundle.ts';
import {
  CASE_FOLDERS,
  type CaseResult,
  type ClaimedCase,
  caseResult,
  requestOf,
  undecidedPolicies,
} from '../../domain/policy/case.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Output } from '../output.ts';
import { printable } from '../render/text.ts';
import { junitXml } from './junit.ts';
import { messageOf, type OpenedPolicies, openCases, openPolicies } from './project.ts';
import { type PolicySession, rootOf } from './session.ts';

interface TestOptions {
  readonly root?: string;
  readonly junit?: string;
  readonly allowUncovered?: boolean;
}

/** Decides every case of a folder of policies. */
export function testPolicies(session: PolicySession, options: TestOptions): ExitCode {
  const { output } = session;
  const root = rootOf(session, options);
  const policies = openPolicies(root);
  const results = openCases(join(root, 'cases')).map((each) => resultOf(each, policies));
  const uncovered = undecidedPolicies(policies.bundle.policies, results);
  const failed = results.filter(({ differences }) => differences.length > 0);
  const covered = { policies: policies.bundle.policies, uncovered, allowed: options.allowUncovered ?? false };
  if (options.junit !== undefined) {
    mkdirSync(dirname(resolve(options.junit)), { recursive: true });
    writeFileSync(options.junit, junitXml(results, covered));
  }
  const isPassed = failed.length === 0 && (covered.allowed || uncovered.length === 0);
  const document = {
    passed: isPassed,
    cases: results.length,
    failed: failed.map(({ folder, claim, file, decision, differences }) => ({
      ...{ folder, claim, file, differences },
      reasons: decision?.reasons ?? [],
    })),
    policies: policies.bundle.policies.length,
    uncovered: uncovered.map(({ id, file, line }) => ({ id, file, line })),
  };
  output.show(document, () => lines(results, covered, relative('', root), output));
  return isPassed ? EXIT.ok : EXIT.refused;
}

function resultOf(it: ClaimedCase, { bundle, engine, findTool }: OpenedPolicies): CaseResult {
  try {
    return caseResult(it, engine, requestOf(it.case, bundle, findTool));
  } catch (error) {
    return { ...it, differences: [`cannot be decided: ${messageOf(error as Error)}`] };
  }
}

export interface Coverage {
  readonly policies: readonly BundledPolicy[];
  readonly uncovered: readonly BundledPolicy[];
  /** Nobody minds. */
  readonly allowed: boolean;
}

function lines(
  results: readonly CaseResult[],
  { policies, uncovered, allowed }: Coverage,
  root: string,
  { paint }: Output,
): readonly string[] {
  const failed = results.filter(({ differences }) => differences.length > 0);
  const counts = Object.keys(CASE_FOLDERS).map((name) => {
    const those = results.filter(({ folder }) => folder === name);
    return `${those.filter(({ differences }) => differences.length === 0).length} of ${those.length} ${name}`;
  });
  return [
    ...failed.flatMap((result) => [
      `${paint('red', 'failed')}  ${result.folder}: ${printable(result.claim)}  (${printable(join(root, result.file))})`,
      ...result.differences.map((difference) => `        ${printable(difference)}`),
      ...(result.decision?.reasons ?? []).map(({ message }) => `        because ${printable(message)}`),
    ]),
    ...uncovered.map(
      ({ id, file, line }) =>
        `${paint(allowed ? 'yellow' : 'red', 'untested')}  ${join(root, file)}:${line}: ${id} decided no case`,
    ),
    `${counts.join(', ')} cases hold; ${policies.length - uncovered.length} of ${policies.length} policies decided one`,
  ];
}
