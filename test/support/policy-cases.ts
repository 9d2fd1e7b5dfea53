import { join } from 'node:path';
import type { PolicyBundle } from '../../domain/policy/bundle.ts';
import { type CaseFolder, type PolicyCase, requestOf as requestOfCase } from '../../domain/policy/case.ts';
import type { PolicyRequest } from '../../domain/policy/request.ts';
import { findTool } from '../../functions/tools/registry.ts';
import { readCases } from '../../infra/policy/cases.ts';
import { POLICIES } from '../../infra/policy/paths.ts';

const CASES = readCases(join(POLICIES, 'cases'));

/** Every case of a folder, by its claim. */
export function policyCases(folder: CaseFolder): ReadonlyMap<string, PolicyCase> {
  return new Map(CASES.filter((each) => each.folder === folder).map((each) => [each.claim, each.case]));
}

/** What authorize would ask about a case, with the tools of the project. */
export function requestOf(
  it: PolicyCase,
  bundle: Pick<PolicyBundle, 'directory' | 'history'>,
): PolicyRequest {
  return requestOfCase(it, bundle, findTool);
}
