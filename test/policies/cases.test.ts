import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import type { DecisionKind } from '../../contracts/call.ts';
import type { RunMode, User } from '../../contracts/run.ts';
import { approvalCounts } from '../../domain/approval/approval.ts';
import { decide, type Quorum } from '../../domain/policy/decide.ts';
import { policyRequest } from '../../domain/policy/request.ts';
import type { Facts } from '../../domain/tool/facts.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { findTool, NAMESPACES } from '../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../infra/policy/build-bundle.ts';
import { POLICIES } from '../../infra/policy/paths.ts';

/** A request in `policies/cases/`; its file name is the claim, its folder the decision. */
interface Case {
  readonly agent: string;
  readonly workflow: string;
  readonly tenant: string;
  readonly user: User;
  readonly mode: RunMode;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  readonly resource: Facts['resource'];
  readonly facts?: Record<string, unknown>;
  readonly approvals?: Record<string, number>;
  /** The incident of an active grant; absent when there is none. */
  readonly breakGlass?: { readonly incident: string };
  /** The policies that must have decided. */
  readonly policies: readonly string[];
  readonly quorum?: Quorum;
}

const FOLDERS: Record<string, DecisionKind> = { ALLOW: 'allow', DENY: 'deny', ASK: 'needs_approval' };

const bundle = buildPolicyBundle(POLICIES, NAMESPACES);
const engine = cedarEngine(bundle);
/** Policies that decided a case, with the tools of those cases; and the tools that some case denies. */
const toolsByPolicy = new Map<string, Set<string>>();
const deniedTools = new Set<string>();

for (const [folder, expected] of Object.entries(FOLDERS)) {
  for (const file of readdirSync(join(POLICIES, 'cases', folder))) {
    const claim = basename(file, '.json').replaceAll('-', ' ');
    test(`${folder}: ${claim}`, () => {
      const it: Case = JSON.parse(readFileSync(join(POLICIES, 'cases', folder, file), 'utf8'));
      const definition = findTool(it.tool);
      assert.ok(definition, `tool ${it.tool} is registered`);
      const input = definition.input.parse(it.arguments);
      const approvals = { ...approvalCounts(bundle.directory.approver_roles, undefined), ...it.approvals };
      const facts = { resource: it.resource, call: it.facts ?? {} };
      const decision = decide(
        engine,
        policyRequest({ ...it, definition, arguments: input, facts, approvals }),
      );
      assert.equal(decision.kind, expected, JSON.stringify(decision.reasons));
      assert.deepEqual(decision.policies, it.policies);
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
