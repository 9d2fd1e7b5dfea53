import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { plainEngine } from '../../../bench/decision/plain-engine.ts';
import type { BundledPolicy, PolicyScope } from '../../../domain/policy/bundle.ts';
import { type Decision, decide, type PolicyEngine } from '../../../domain/policy/decide.ts';
import type { PolicyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { scopeOf } from '../../../infra/policy/policy-scope.ts';
import { seeded } from '../../support/random.ts';
import { randomCases, SCHEMA } from '../../support/random-policies.ts';

/** Sets of policies to try; more than in every run by `SLICE_SETS=20000 npm test -- --only unit cedar-slices`. */
const SETS = Number(process.env.SLICE_SETS ?? '150');
const REQUESTS_PER_SET = 20;
const MOST_POLICIES = 20;
/** So few that slices are parsed over one another all the time. */
const FEW_SLICES = 3;

/** With a type that requests are not checked for here, so that Cedar does. */
const CHECKED_BY_CEDAR = SCHEMA.replace(
  'entity Team in [Team]',
  'entity Team in [Team] = { network?: ipaddr }',
);
assert.notEqual(CHECKED_BY_CEDAR, SCHEMA);

type Outcome = Decision | { readonly allowed: boolean; readonly policies: readonly string[] } | string;

function bundled(text: string, index: number, narrowed: (scope: PolicyScope) => PolicyScope): BundledPolicy {
  const answer = policyToJson(text);
  assert.ok(answer.type === 'success', text);
  const { effect, annotations = {} } = answer.json;
  const scope = narrowed(scopeOf(answer.json));
  return { id: `p${index}`, text, effect, annotations, scope, reads: [], file: 'test', line: 1 };
}

/** What an engine says, or why it decides nothing. */
function outcome(ask: () => Outcome): Outcome {
  try {
    return ask();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message.startsWith('policies failed to evaluate') ? error.message : 'request does not fit';
  }
}

interface Tried {
  readonly policies: readonly BundledPolicy[];
  readonly request: PolicyRequest;
  readonly sliced: PolicyEngine;
  readonly plain: PolicyEngine;
}

function tryAll(
  seed: number,
  sets: number,
  check: (tried: Tried) => void,
  narrowed: (scope: PolicyScope) => PolicyScope = (scope) => scope,
): void {
  const random = randomCases(seeded(seed));
  for (let set = 0; set < sets; set += 1) {
    const policies = random.policies(MOST_POLICIES).map((text, index) => bundled(text, index, narrowed));
    const schema = set % 3 === 0 ? CHECKED_BY_CEDAR : SCHEMA;
    const sliced = cedarEngine({ schema, policies }, set % 2 === 0 ? FEW_SLICES : undefined);
    const plain = plainEngine('cedar-slices-test', { schema, policies });
    for (let each = 0; each < REQUESTS_PER_SET; each += 1) {
      check({ policies, request: random.request(), sliced, plain });
    }
  }
}

function shown({ policies, request }: Tried): string {
  return `${policies.map(({ id, text }) => `${id}: ${text}`).join('\n')}\n${JSON.stringify(request)}`;
}

suite('of random policies, entities and hierarchies', () => {
  test('a slice decides as all policies do, by the same policies, and fails with the same ones', () => {
    const seen = { allowed: 0, forbidden: 0, unmatched: 0, failed: 0, unfit: 0 };
    tryAll(1, SETS, (tried) => {
      const expected = outcome(() => tried.plain.evaluate(tried.request));
      assert.deepEqual(
        outcome(() => tried.sliced.evaluate(tried.request)),
        expected,
        shown(tried),
      );
      seen[kindOf(expected)] += 1;
    });
    for (const [kind, times] of Object.entries(seen)) {
      assert.ok(times > (SETS * REQUESTS_PER_SET) / 100, `${kind} ${times} times, expected one in 100`);
    }
  });

  test('a decision never crashes and never allows what all policies together do not', () => {
    const seen = { allow: 0, deny: 0, needs_approval: 0, undecided: 0 };
    tryAll(2, SETS, (tried) => {
      const expected = outcome(() => decide(tried.plain, tried.request));
      const decided = outcome(() => decide(tried.sliced, tried.request));
      if (typeof expected === 'string') {
        // with quorums that nothing in the slice asks for, policies are not tried: then it may decide, but not to allow
        const allows = typeof decided !== 'string' && 'kind' in decided && decided.kind === 'allow';
        assert.ok(!allows, shown(tried));
        seen.undecided += 1;
      } else {
        assert.deepEqual(decided, expected, shown(tried));
        seen[(decided as Decision).kind] += 1;
      }
    });
    for (const [kind, times] of Object.entries(seen)) {
      assert.ok(times > (SETS * REQUESTS_PER_SET) / 100, `${kind} ${times} times, expected one in 100`);
    }
  });

  /** Each a mistake that leaves out a policy which can match. */
  const TOO_NARROW: Readonly<Record<string, (scope: PolicyScope) => PolicyScope>> = {
    'a principal below another taken for that other': ({ principalWithin, ...scope }) =>
      principalWithin === undefined ? scope : { ...scope, principal: principalWithin.id },
    'a resource below another taken for that other': ({ resourceWithin, ...scope }) =>
      resourceWithin === undefined ? scope : { ...scope, resource: resourceWithin },
    'only the first of several actions': ({ actions, ...scope }) =>
      actions === undefined ? scope : { ...scope, actions: actions.slice(0, 1) },
    'groups taken for no tools': ({ actions, ...scope }) =>
      actions === undefined
        ? scope
        : {
            ...scope,
            actions: actions.filter((action) => !['all', 'read', 'write', 'tier1'].includes(action)),
          },
    'a resource of any type taken for an order': (scope) => ({ resourceType: 'Order', ...scope }),
  };

  for (const [mistake, narrowed] of Object.entries(TOO_NARROW)) {
    test(`${mistake} is found out`, () => {
      assert.throws(
        () =>
          tryAll(
            1,
            100,
            ({ sliced, plain, request }) => {
              assert.deepEqual(
                outcome(() => sliced.evaluate(request)),
                outcome(() => plain.evaluate(request)),
              );
            },
            narrowed,
          ),
        assert.AssertionError,
      );
    });
  }
});

function kindOf(outcome: Outcome): 'allowed' | 'forbidden' | 'unmatched' | 'failed' | 'unfit' {
  if (typeof outcome === 'string') {
    return outcome.startsWith('policies failed') ? 'failed' : 'unfit';
  }
  if ('allowed' in outcome && outcome.allowed) {
    return 'allowed';
  }
  return outcome.policies.length > 0 ? 'forbidden' : 'unmatched';
}

test('what Cedar cannot read is an error that decides nothing, and the engine goes on', () => {
  const policies = [bundled('permit (principal, action, resource);', 0, (scope) => scope)];
  const engine = cedarEngine({ schema: SCHEMA, policies });
  const request = { ...randomCases(seeded(4)).request(), action: { type: 'Action', id: 'get' } };
  const unreadable = { type: 'Order', id: 'half a pair \ud83d' };
  assert.throws(() => decide(engine, { ...request, resource: unreadable }), { name: 'PolicyError' });
  assert.throws(() => decide(engine, { ...request, action: { type: 'Action', id: 'constructor' } }), {
    name: 'PolicyError',
    message: "request does not fit the schema: it has no action 'constructor'",
  });
  assert.equal(decide(engine, request).kind, 'allow');
});
