import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainEngine } from '../../../bench/decision/plain-engine.ts';
import type { PolicyRequest } from '../../../domain/policy/request.ts';
import { cedarEngine } from '../../../functions/adapters/cedar.ts';
import { bundle } from '../../support/bundle.ts';
import { policyCases, requestOf } from '../../support/policy-cases.ts';

/** One case of each tool. */
const requests = new Map(
  (['ALLOW', 'DENY', 'ASK'] as const)
    .flatMap((folder) => [...policyCases(folder).values()])
    .map((it) => [it.tool, requestOf(it, bundle)]),
);

const sliced = cedarEngine(bundle);
const plain = plainEngine('request-check-test', bundle);

/** What a value may be replaced by: other types, edges of numbers, and what Cedar reads as more than text. */
const REPLACEMENTS: readonly unknown[] = [
  ...['text', '', 0, -1, 1.5, 2 ** 53, -(2 ** 60), 1e300, true, null, [], ['text'], [1], [[]], {}],
  ...[{ member: 'text' }, { __entity: { type: 'Agent', id: 'retail-support' } }],
  ...[{ __extn: { fn: 'decimal', arg: '1.5' } }, { __extn: { fn: 'ip', arg: '10.0.0.1' } }],
  ...[{ fn: 'decimal', arg: '1.5' }, { type: 'Agent', id: 'retail-support' }, { __expr: 'true' }],
];

type Path = readonly (string | number)[];

/** Every place in a value that is not the value itself, outside in. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([name, member]) => [[...path, name], ...pathsIn(member, [...path, name])]);
}

function replaced<T>(
  value: T,
  path: Path,
  change: (holder: Record<string | number, unknown>, name: string | number) => void,
): T {
  const copy = structuredClone(value);
  const name = path.at(-1) ?? '';
  const holder = path
    .slice(0, -1)
    .reduce((each: unknown, step) => (each as Record<string | number, unknown>)[step], copy);
  change(holder as Record<string | number, unknown>, name);
  return copy;
}

/** The request with one thing changed in its context or in the attributes of an entity. */
function* changed(request: PolicyRequest): Generator<readonly [string, PolicyRequest]> {
  const { context, entities } = request;
  const open = { context, attributes: entities.map(({ attrs }) => attrs) };
  const whole = (from: typeof open): PolicyRequest => ({
    ...request,
    context: from.context,
    entities: entities.map((entity, index) => ({ ...entity, attrs: from.attributes[index] ?? {} })),
  });
  for (const path of pathsIn(open).filter(({ length }) => length > 1)) {
    const at = path.join('.');
    yield [`${at} removed`, whole(replaced(open, path, (holder, name) => delete holder[name]))];
    yield [`${at}, with a stranger beside`, whole(replaced(open, path, addStranger))];
    for (const other of REPLACEMENTS) {
      const change = (holder: Record<string | number, unknown>, name: string | number) => {
        holder[name] = other;
      };
      yield [`${at} = ${JSON.stringify(other)}`, whole(replaced(open, path, change))];
    }
  }
}

function addStranger(holder: Record<string | number, unknown>): void {
  if (!Array.isArray(holder)) {
    holder.stranger = 1;
  }
}

function answer(engine: typeof sliced, request: PolicyRequest): unknown {
  try {
    return engine.evaluate(request);
  } catch {
    return 'refused';
  }
}

/** Cedar's whole numbers have 64 bits; what JSON cannot hold exactly is refused here. */
const UNSAFE = /= -?(9007199254740992|1152921504606847000)$/;

for (const [tool, request] of requests) {
  test(`what Cedar refuses of a request for ${tool} is refused, and nothing else`, () => {
    let refusals = 0;
    for (const [what, other] of changed(request)) {
      const [expected, found] = [answer(plain, other), answer(sliced, other)];
      if (!(UNSAFE.test(what) && found === 'refused')) {
        assert.deepEqual(found, expected, what);
      }
      refusals += Number(expected === 'refused');
    }
    assert.ok(refusals > 50, `${refusals} changes that Cedar refuses`);
  });
}

test('another type of principal, resource or action is refused', () => {
  for (const request of requests.values()) {
    const { principal, resource, action } = request;
    const others: PolicyRequest[] = [
      { ...request, principal: { ...principal, type: resource.type } },
      { ...request, resource: principal },
      { ...request, action: { ...action, type: 'Agent' } },
      { ...request, action: { ...action, id: 'retail.no_such_tool' } },
      {
        ...request,
        entities: [...request.entities, { uid: { type: 'Stranger', id: '1' }, attrs: {}, parents: [] }],
      },
      { ...request, entities: [{ uid: principal, attrs: {}, parents: [resource] }] },
    ];
    for (const other of others) {
      assert.deepEqual(
        [answer(plain, other), answer(sliced, other)],
        ['refused', 'refused'],
        JSON.stringify(other),
      );
    }
  }
});
