import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { asksFor, contextReads, keptOf } from '../../domain/policy/context-reads.ts';
import { defineTool } from '../../domain/tool/definition.ts';

const base = {
  ...{ description: 'd', input: z.strictObject({}), output: z.string(), resource: 'R', access: [] },
  ...{ maximumCostMicroDollars: 0, timeoutSeconds: 1, loggedArguments: [] },
} as const;
const send = defineTool({
  ...{ ...base, name: 'x.send_mail', effect: 'write', tier: 2, idempotency: 'none', kinds: ['egress'] },
});
const look = defineTool({ ...base, name: 'x.look_up', effect: 'read', tier: 0 });

const policy = (scope: object, ...reads: string[]) => ({ scope, reads });
const readsOf = (...policies: ReturnType<typeof policy>[]) =>
  [...contextReads(policies, 'desk', send)].sort();

test('a call is asked for what every policy asks that can match it', () => {
  assert.deepEqual(
    readsOf(
      policy({}, 'history.a'),
      policy({ principal: 'desk' }, 'history.b'),
      policy({ actions: ['x.send_mail'] }, 'provenance.body'),
      policy({ actions: ['x.look_up', 'egress'] }, 'provenance.texts'),
      policy({ actions: ['tier2'] }, 'scores.injection'),
      policy({ actions: ['write'] }, 'scores.topics'),
    ),
    ['history.a', 'history.b', 'provenance.body', 'provenance.texts', 'scores.injection', 'scores.topics'],
  );
});

test('what a policy asks that cannot match is not asked for', () => {
  assert.deepEqual(
    readsOf(
      policy({ principal: 'other' }, 'history.a'),
      policy({ actions: ['x.look_up'] }, 'history.b'),
      policy({ actions: ['read', 'tier3', 'money'] }, 'history.c'),
    ),
    [],
  );
});

test('groups of principals and any resource count as matching', () => {
  const within = { principalWithin: { type: 'Agent', id: 'fleet' } };
  const other = { resource: { type: 'R', id: 'another' }, resourceType: 'Other' };
  assert.deepEqual(readsOf(policy(within, 'history.a'), policy(other, 'history.b')), [
    'history.a',
    'history.b',
  ]);
});

test('a part is asked for by any of its members, and by nothing that only begins like it', () => {
  assert.equal(asksFor(new Set(['history.a']), 'history'), true);
  assert.equal(asksFor(new Set(['provenance.*']), 'provenance'), true);
  assert.equal(asksFor(new Set(['history.scores', 'scoresheet.x']), 'scores'), false);
});

test('a run keeps names or scores as soon as one of its agent’s tools is decided by them', () => {
  const of = (...policies: ReturnType<typeof policy>[]) => keptOf(policies, 'desk', [look, send]);
  assert.deepEqual(of(), { names: false, scores: false });
  assert.deepEqual(of(policy({}, 'history.a')), { names: false, scores: false });
  assert.deepEqual(of(policy({ actions: ['egress'] }, 'provenance.texts')), { names: true, scores: false });
  // scores are kept beside names
  assert.deepEqual(of(policy({ actions: ['read'] }, 'scores.injection')), { names: true, scores: true });
  assert.deepEqual(of(policy({ actions: ['money'] }, 'scores.injection')), { names: false, scores: false });
});
