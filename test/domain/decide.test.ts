import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { decide } from '../../domain/policy/decide.ts';
import { policyRequest } from '../../domain/policy/request.ts';
import { defineTool, type ToolNamespace } from '../../domain/tool/definition.ts';
import { cedarEngine, PolicyError } from '../../functions/adapters/cedar.ts';

const pay = defineTool({
  name: 'bank.pay_bill',
  description: 'pays',
  input: z.strictObject({ cents: z.int(), to: z.string() }),
  output: z.string(),
  effect: 'write',
  idempotency: 'none',
  tier: 3,
  resource: 'Account',
  facts: z.object({ knownPayee: z.boolean() }),
  access: [],
  maximumCostMicroDollars: 1,
  timeoutSeconds: 1,
  loggedArguments: [],
});

const namespace: ToolNamespace = {
  name: 'bank',
  tableName: (_, table) => table,
  resources: [{ name: 'Account', attributes: z.object({ owner: z.string().optional(), limit: z.int() }) }],
  tools: [pay],
};

function decideWith(policies: Record<string, string>, cents: number, approvals = { manager: 0, auditor: 0 }) {
  const schema = cedarSchema([namespace], ['manager', 'auditor'], {});
  const bundled = Object.entries(policies).map(([id, text]) => {
    const annotations = Object.fromEntries(
      [...text.matchAll(/@(\w+)\("([^"]*)"\)/g)].map(([, name, value]) => [name, value]),
    );
    return { id, text, effect: 'permit' as const, annotations, scope: {}, reads: [], file: 'test', line: 1 };
  });
  const engine = cedarEngine({ schema, policies: bundled });
  const facts = {
    resource: { type: 'Account', id: 'A1', attributes: { owner: 'lena', limit: 100 } },
    call: { knownPayee: true },
  };
  const user = { id: 'lena', roles: ['customer'] };
  const parts = {
    agent: 'payer',
    workflow: 'bills',
    tenant: 'acme',
    user,
    mode: 'autonomous' as const,
    definition: pay,
  };
  const before = { at: '2026-01-31T09:00:00.000Z', history: {}, scores: { injection: 0 } };
  const request = policyRequest({ ...parts, ...before, arguments: { cents, to: 'X' }, facts, approvals });
  return decide(engine, request);
}

const SMALL = 'permit (principal, action, resource) when { context.arguments.cents <= 100 };';
const ASK_MANAGER =
  '@approvers("manager") @quorum("1") permit (principal, action, resource) when { context.arguments.cents <= 1000 && context.approvals.manager >= 1 };';
const ASK_TWO =
  '@approvers("auditor") @quorum("2") permit (principal, action, resource) when { context.approvals.auditor >= 2 };';

test('nothing permits: denied, and no policy is named', () => {
  const decision = decideWith({}, 50);
  assert.deepEqual(decision, {
    kind: 'deny',
    policies: [],
    reasons: [{ code: 'no_permit', message: 'no policy permits this call' }],
  });
});

test('a permit allows, and is named', () => {
  assert.deepEqual(decideWith({ small: SMALL }, 50), { kind: 'allow', policies: ['small'], reasons: [] });
});

test('denied as things stand but allowed with a quorum: people are asked, and the policy says whom', () => {
  const { kind, policies, quorum } = decideWith({ small: SMALL, ask: ASK_MANAGER }, 500);
  assert.deepEqual(
    { kind, policies, quorum },
    {
      kind: 'needs_approval',
      policies: ['ask'],
      quorum: { approverRole: 'manager', people: 1 },
    },
  );
});

test('the smallest quorum that would do is asked for', () => {
  assert.equal(decideWith({ two: ASK_TWO, ask: ASK_MANAGER }, 500).quorum?.people, 1);
  assert.equal(decideWith({ two: ASK_TWO, ask: ASK_MANAGER }, 5000).quorum?.people, 2);
});

test('one approval of two is not enough', () => {
  assert.equal(decideWith({ two: ASK_TWO }, 50, { manager: 0, auditor: 1 }).kind, 'needs_approval');
  assert.equal(decideWith({ two: ASK_TWO }, 50, { manager: 0, auditor: 2 }).kind, 'allow');
});

test('an approval of another role does not count', () => {
  assert.equal(decideWith({ ask: ASK_MANAGER }, 500, { manager: 0, auditor: 5 }).kind, 'needs_approval');
});

test('a guardrail wins over approvals, and its reason is told', () => {
  const guardrail = '@reason("payments are off") forbid (principal, action in [Action::"write"], resource);';
  const { kind, policies, reasons } = decideWith({ off: guardrail, ask: ASK_MANAGER }, 500, {
    manager: 1,
    auditor: 0,
  });
  assert.deepEqual(
    { kind, policies, reasons },
    {
      kind: 'deny',
      policies: ['off'],
      reasons: [{ code: 'forbidden', message: 'payments are off' }],
    },
  );
});

test('a policy that fails to evaluate decides nothing, rather than being left out', () => {
  // an overflow is the one failure that validation cannot exclude
  const failing = 'forbid (principal, action, resource) when { resource.limit * 9223372036854775807 > 0 };';
  assert.throws(() => decideWith({ small: SMALL, failing }, 50), PolicyError);
});

test('a request that does not fit the schema decides nothing', () => {
  assert.throws(() => decideWith({ small: SMALL }, 'fifty' as unknown as number), PolicyError);
});
