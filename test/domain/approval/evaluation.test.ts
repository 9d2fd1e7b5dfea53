import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openCases, openPolicies } from '../../../cli/policy/project.ts';
import type { LedgerEvent } from '../../../contracts/events.ts';
import { evaluationCases, policyCases } from '../../../domain/approval/evaluation.ts';
import {
  ApprovalEventShape,
  type RecordedApproval,
  recordedApprovals,
} from '../../../domain/approval/recorded.ts';
import { decisionContext } from '../../../domain/audit/decision-context.ts';
import { loggedArguments } from '../../../domain/audit/event.ts';
import { caseResult, type PolicyCase, requestOf } from '../../../domain/policy/case.ts';
import { findTool } from '../../../functions/tools/registry.ts';
import { POLICIES } from '../../../infra/policy/paths.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { decided, eventsOfRun, executed, type Happened } from '../../support/metered.ts';

const APPROVAL = 'apr-1';
const verdict = (by: string, said: 'approve' | 'reject' | 'withdraw', state: string, more: object = {}) =>
  ({
    ...{ type: 'approval.verdict', callId: '0001-00', approvalId: APPROVAL, via: 'slack', afterSeconds: 42 },
    ...{ by, verdict: said, state, id: `0001-00/verdict/${by}/${said}`, ...more },
  }) as Happened;

function recorded(...happened: readonly Happened[]): RecordedApproval {
  const events = eventsOfRun({ at: '2026-11-21T09:00:00.000Z' }, ...happened);
  const [approval] = recordedApprovals(events.map((event) => ApprovalEventShape.parse(event)));
  return approval ?? assert.fail();
}

suite('a verdict as an evaluation case', () => {
  const context = {
    mode: 'autonomous',
    user: { id: 'ines' },
    scores: { injection: 0, sentiment: 2, topics: [] },
  };
  const more = {
    approvalId: APPROVAL,
    approverRole: 'manager',
    quorum: 2,
    digest: 'ab',
    policies: ['p/large'],
  };
  const asks = decided('0001-00', 'shop.refund', 'needs_approval', {
    ...more,
    context,
    arguments: { order_id: 'W1', note: 'hmac:0123456789abcdef' },
    unknownMember: 'of a later version',
  });

  test('has what the log has of the call, of the decision and of what was said', () => {
    const approval = recorded(
      asks,
      verdict('maria', 'approve', 'waiting'),
      verdict('theo', 'approve', 'approved', { note: 'checked by phone' }),
      decided('0001-00', 'shop.refund', 'allow', { approvalId: APPROVAL }),
      { ...executed('0001-00'), preview: 'as_shown' } as Happened,
    );
    const [first, second, ...others] = evaluationCases(approval);
    assert.deepEqual(others, []);
    const same = {
      ...{ v: 1, approvalId: APPROVAL, tenant: 'acme', runId: 'run-1', callId: '0001-00', workflow: 'desk' },
      ...{ agent: 'desk', tool: 'shop.refund', resource: 'Order/1', digest: 'ab', policyDigest: 'p' },
      arguments: { order_id: 'W1', note: 'hmac:0123456789abcdef' },
      ...{ policies: ['p/large'], reasons: [], context },
      asked: { at: '2026-11-21T09:00:00.000Z', approverRole: 'manager', quorum: 2 },
      ...{ verdict: 'approve', via: 'slack', afterSeconds: 42, outcome: 'approved' },
      execution: { status: 'succeeded', preview: 'as_shown' },
    };
    assert.deepEqual(first, { ...same, by: 'maria', at: '2026-11-21T09:00:01.000Z' });
    assert.deepEqual(second, {
      ...{ ...same, by: 'theo', at: '2026-11-21T09:00:02.000Z', note: 'checked by phone' },
    });
  });

  test('is one for each, those taken back too, and none of what nobody has said anything to', () => {
    const taken = recorded(
      asks,
      verdict('maria', 'approve', 'waiting'),
      verdict('maria', 'withdraw', 'waiting'),
    );
    assert.deepEqual(
      evaluationCases(taken).map((each) => [each.verdict, each.outcome]),
      [
        ['approve', 'waiting'],
        ['withdraw', 'waiting'],
      ],
    );
    assert.deepEqual(evaluationCases(recorded(asks)), []);
  });

  test('of whether a run may go on has why people were asked', () => {
    const reason = { code: 'same_call', message: 'the same call three times' };
    const questioned = {
      type: 'run.questioned',
      approvalId: 'go-1',
      approverRole: 'manager',
      reason,
    } as const;
    const answer = verdict('maria', 'reject', 'rejected', { approvalId: 'go-1', callId: '0006-go' });
    const [only] = evaluationCases(recorded(questioned, answer));
    assert.deepEqual(
      [only?.tool, only?.callId, only?.reasons, only?.outcome, only?.policies],
      ['countersign.continue_run', '0006-go', ['the same call three times'], 'rejected', []],
    );
    assert.ok(only && !('arguments' in only) && !('context' in only));
    assert.deepEqual(policyCases(recorded(questioned, answer), findTool), []);
  });
});

/** The decision of a case of this repository, as authorize records it. */
function asLogged(it: PolicyCase, decision: 'needs_approval' | 'allow'): Happened {
  const definition = findTool(it.tool) ?? assert.fail(it.tool);
  const { user, mode, resource, facts = {}, approvals = {}, history, provenance, scores } = it;
  const shown = loggedArguments(definition, it.arguments, { digestKey: DIGEST_KEY });
  const parts = {
    ...{ tenant: it.tenant, arguments: it.arguments, definition, user, mode, approvals, history },
    ...{ origins: provenance, facts: { resource, call: facts } },
    ...(scores === undefined ? {} : { scores: { injection: 0, sentiment: 0, topics: [], ...scores } }),
  };
  const context = decisionContext(parts, shown);
  const event: Partial<Extract<LedgerEvent, { type: 'call.decided' }>> = {
    ...{ agent: it.agent, workflow: it.workflow, tenant: it.tenant, policies: it.policies, context },
    arguments: shown,
    resource: `${resource.type}/${resource.id}`,
    approvalId: APPROVAL,
    ...(it.quorum === undefined ? {} : { approverRole: it.quorum.approverRole, quorum: it.quorum.people }),
  };
  const at = it.at ?? '2026-01-31T12:00:00.000Z';
  return { ...decided('0001-00', it.tool, decision, { ...event, at }), at } as Happened;
}

const COMPLETE = [
  'documents.restore_document',
  'loyalty.add_points',
  'retail.cancel_pending_order',
  'stock.reserve_stock',
];

suite('what people decided about, as cases of policies', () => {
  const policies = openPolicies(POLICIES);
  const asked = openCases(join(POLICIES, 'cases')).filter(({ folder }) => folder === 'ASK');
  const told = asked.map(({ claim, case: it }) => {
    const header = { agent: it.agent, workflow: it.workflow, tenant: it.tenant };
    const answer = { ...verdict('maria', 'reject', 'rejected'), ...header, at: '2027-01-01T00:00:00.000Z' };
    return { claim, it, made: policyCases(recorded(asLogged(it, 'needs_approval'), answer), findTool) };
  });

  test('hold the decision fast that was recorded, wherever the log knows all that it went by', () => {
    const complete = told.flatMap(({ claim, made }) =>
      made.flatMap((each) => ('case' in each ? [{ claim, each }] : [])),
    );
    // tools that declare all that their policies go by fit for the log
    assert.deepEqual([...new Set(complete.map(({ each }) => each.case.tool))].sort(), COMPLETE);
    for (const { claim, each } of complete) {
      const { case: document, folder, name } = each;
      const written = JSON.parse(JSON.stringify(document));
      const request = requestOf(written, policies.bundle, findTool);
      const result = caseResult({ folder, claim, file: name, case: written }, policies.engine, request);
      assert.deepEqual(result.differences, [], claim);
      assert.equal(folder, 'ASK');
      assert.match(name, /^[a-z0-9_-]+-that-people-have-rejected-apr-1$/i);
    }
  });

  test('are not written where it does not, and what is missing is named', () => {
    const missing = told.flatMap(({ it, made }) =>
      made.flatMap((each) => ('missing' in each ? [{ it, names: each.missing }] : [])),
    );
    assert.ok(missing.length > 0);
    for (const { it, names } of missing) {
      const known = [
        ...Object.keys(it.arguments).map((name) => `context.arguments.${name}`),
        ...Object.keys(it.facts ?? {}).map((name) => `context.facts.${name}`),
        ...Object.keys(it.resource.attributes).map((name) => `resource.${name}`),
      ];
      assert.ok(names.length > 0 && names.every((name) => known.includes(name)), `${it.tool}: ${names}`);
    }
  });

  test('are two of a call that people let through, and none of one that they have not decided', () => {
    const [first] = told.flatMap(({ it, made }) =>
      it.approvals === undefined && made.some((each) => 'case' in each) ? [it] : [],
    );
    assert.ok(first);
    const header = { agent: first.agent, workflow: first.workflow, tenant: first.tenant };
    const asks = asLogged(first, 'needs_approval');
    const approved = {
      ...verdict('maria', 'approve', 'approved'),
      ...header,
      at: '2027-01-01T00:00:00.000Z',
    };
    const { quorum: _, ...others } = first;
    const role = first.quorum?.approverRole ?? assert.fail();
    const through = {
      ...others,
      approvals: { [role]: first.quorum?.people ?? 1 },
      at: '2027-01-01T00:00:01.000Z',
    };
    const made = policyCases(recorded(asks, approved, asLogged(through, 'allow')), findTool);
    assert.deepEqual(
      made.map((each) => ('case' in each ? [each.folder, each.case.approvals, each.case.quorum] : each)),
      [
        ['ASK', undefined, first.quorum],
        ['ALLOW', { [role]: first.quorum?.people }, undefined],
      ],
    );
    assert.deepEqual(policyCases(recorded(asks), findTool), []);
    assert.deepEqual(
      policyCases(recorded(asks, approved), () => undefined),
      [
        {
          name: made.flatMap((each) => `ASK/${each.name}`)[0],
          missing: [`the tool ${first.tool}, which is not registered any more`],
        },
      ],
    );
  });
});
