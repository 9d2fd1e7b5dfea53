import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { DecisionKind } from '../../contracts/call.ts';
import { CASE_FOLDERS, type PolicyCase } from '../../domain/policy/case.ts';
import { bundle } from '../support/bundle.ts';
import { type ExpectedDecision, mutationCheck } from '../support/mutation/mutation-check.ts';
import { policyCases, requestOf } from '../support/policy-cases.ts';

function expected(kind: DecisionKind, it: PolicyCase): ExpectedDecision {
  return { request: requestOf(it, bundle), kind, policies: it.policies ?? [], quorum: it.quorum };
}

const cases = (['ALLOW', 'DENY', 'ASK'] as const).flatMap((folder) =>
  [...policyCases(folder).values()].map((it) => expected(CASE_FOLDERS[folder], it)),
);
const check = mutationCheck(bundle, cases);

for (const [file, policies] of Map.groupBy(bundle.policies, (policy) => policy.file)) {
  suite(`${file}: whatever is changed, a case notices`, () => {
    for (const policy of policies) {
      test(policy.id, (context) => {
        const { survivors, ...counts } = check(policy);
        context.diagnostic(JSON.stringify(counts));
        assert.deepEqual(survivors, [], survivors.join('\n'));
      });
    }
  });
}
