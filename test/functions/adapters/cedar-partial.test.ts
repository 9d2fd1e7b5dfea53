import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decision, decide } from '../../../domain/policy/decide.ts';
import { decidePartially, type Path } from '../../../domain/policy/partial.ts';
import type { PolicyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { cedarPartialEngine } from '../../../functions/adapters/cedar-partial.ts';
import { bundle } from '../../support/bundle.ts';
import { policyCases, requestOf } from '../../support/policy-cases.ts';
import { seeded } from '../../support/random.ts';

const full = cedarEngine(bundle);
const partial = cedarPartialEngine(bundle);
const requests = (['ALLOW', 'DENY', 'ASK'] as const).flatMap((folder) =>
  [...policyCases(folder)].map(([claim, it]) => ({
    claim: `${folder}: ${claim}`,
    request: requestOf(it, bundle),
  })),
);

/** Every attribute, fact and argument that a request has. */
function pathsOf({ context, entities, resource }: PolicyRequest): readonly Path[] {
  const attributes = entities.find(({ uid }) => uid.type === resource.type)?.attrs ?? {};
  return [
    ...Object.keys(attributes).map((name): Path => ['resource', name]),
    ...Object.keys(context.arguments).map((name): Path => ['context', 'arguments', name]),
    ...Object.keys(context.facts ?? {}).map((name): Path => ['context', 'facts', name]),
    ['context', 'user', 'roles'],
  ];
}

function outcome({ kind, policies, quorum }: Decision) {
  return { kind, policies, ...(quorum === undefined ? {} : { quorum }) };
}

test('with nothing hidden, every case of the project is decided as in full', () => {
  for (const { claim, request } of requests) {
    const decision = decidePartially(partial, { request, hidden: [], notTheUser: [] });
    assert.deepEqual(decision, outcome(decide(full, request)), claim);
  }
});

test('whatever is hidden, what is answered is what is decided in full, and what is needed was hidden', () => {
  const random = seeded(20261121);
  const kinds = new Set<string>();
  for (const { claim, request } of requests) {
    const expected = decide(full, request).kind;
    const hidden = pathsOf(request).filter(() => random() < 0.4);
    const { id } = request.context.user;
    const notTheUser = hidden.filter((path) => valueAt(request, path) !== id);
    const decision = decidePartially(partial, { request, hidden, notTheUser });
    kinds.add(decision.kind);
    if (decision.kind === 'unknown') {
      const names = hidden.map((path) => path.join('.'));
      assert.ok(decision.needs.length > 0, claim);
      assert.ok(
        decision.needs.every((need) => names.some((name) => need.startsWith(name))),
        claim,
      );
    } else {
      assert.equal(decision.kind, expected, `${claim}, hidden ${hidden.map((path) => path.join('.'))}`);
    }
  }
  assert.deepEqual([...kinds].sort(), ['allow', 'deny', 'needs_approval', 'unknown']);
});

function valueAt(request: PolicyRequest, [head, ...path]: Path): unknown {
  const attributes = request.entities.find(({ uid }) => uid.type === request.resource.type)?.attrs;
  let value: unknown = head === 'resource' ? attributes : request.context;
  for (const name of path) {
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  return value;
}

test('what the schema requires and a request does not have is unknown, and not absent', () => {
  const own = requests.find(({ claim }) => claim === 'ALLOW: a refund of exactly 500 dollars needs nobody');
  assert.ok(own);
  const { facts: _, ...context } = own.request.context;
  const decision = decidePartially(partial, {
    request: { ...own.request, context },
    hidden: [],
    notTheUser: [],
  });
  assert.deepEqual(decision, { kind: 'unknown', needs: ['context.facts.refundCents'] });
});
