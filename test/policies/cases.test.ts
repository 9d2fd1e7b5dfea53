import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CASE_FOLDERS, type CaseFolder } from '../../domain/policy/case.ts';
import { decide } from '../../domain/policy/decide.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { POLICIES } from '../../infra/policy/paths.ts';
import { policyCases, requestOf } from '../support/policy-cases.ts';

const bundle = buildPolicyBundle(POLICIES, NAMESPACES);
const engine = cedarEngine(bundle);
/** Policies that decided a case, with the tools of those cases; and the tools that some case denies. */
const toolsByPolicy = new Map<string, Set<string>>();
const deniedTools = new Set<string>();

for (const [folder, expected] of Object.entries(CASE_FOLDERS)) {
  for (const [claim, it] of policyCases(folder as CaseFolder)) {
    test(`${folder}: ${claim}`, () => {
      const decision = decide(engine, requestOf(it, bundle));
      assert.equal(decision.kind, expected, JSON.stringify(decision.reasons));
      assert.deepEqual(decision.policies, it.policies, 'a case here names the policies that decide it');
      assert.deepEqual(decision.quorum, it.quorum);
      for (const policy of decision.policies) {
        toolsByPolicy.set(policy, (toolsByPolicy.get(policy) ?? new Set()).add(it.tool));
      }
      if (expected === 'deny') {
        deniedTools.add(it.tool);
      }
    });
  }
}

after(() => {
  const undecided = bundle.policies.map(({ id }) => id).filter((id) => !toolsByPolicy.has(id));
  assert.deepEqual(undecided, [], 'policies that decided no case');
  const neverDenied = bundle.policies
    .filter(
      ({ effect, id }) =>
        effect === 'permit' && deniedTools.isDisjointFrom(toolsByPolicy.get(id) ?? new Set()),
    )
    .map(({ id }) => id);
  assert.deepEqual(neverDenied, [], 'permits whose tools no case denies');
});
