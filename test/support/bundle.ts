import { countersigningPolicies, eligibleIn } from '../../functions/adapters/countersigning.ts';
import { configuredDirectory } from '../../functions/adapters/directory.ts';
import { findTool, NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { POLICIES } from '../../infra/policy/paths.ts';

/** What decides, as it is deployed. */
export const bundle = buildPolicyBundle(POLICIES, NAMESPACES);

/** The people of `policies/directory.yaml`. */
export const directory = configuredDirectory(bundle.directory, bundle.slack);

/** Who may countersign, by `policies/countersigning`. */
export const mayCountersign = countersigningPolicies(bundle);

/** Who of them could approve. */
export const eligible = eligibleIn(bundle, directory);

/** What the functions of the API are given, but for the database and the clock. */
export const deployed = { bundle, directory, findTool };

/** As API Gateway names a person of `policies/directory.yaml`. */
export function arnOf(person: string): string {
  return `arn:aws:sts::000000000000:assumed-role/countersign-people/${person}`;
}
