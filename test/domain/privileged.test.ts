import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { cedarSchema } from '../../domain/policy/cedar-schema.ts';
import { decide } from '../../domain/policy/decide.ts';
import { policyRequest } from '../../domain/policy/request.ts';
import { defineTool, type ToolNamespace } from '../../domain/tool/definition.ts';
import { cedarEngine } from '../../functions/adapters/cedar.ts';
import { POLICIES } from '../../infra/policy/paths.ts';

const definition = {
  description: 'removes an account',
  input: z.strictObject({ account: z.string() }),
  output: z.string(),
  effect: 'write',
  idempotency: 'none',
  resource: 'Account',
  access: [],
  maximumCostMicroDollars: 1,
  timeoutSeconds: 1,
  loggedArguments: [],
} as const;
const remove = defineTool({ ...definition, name: 'bank.remove_account', tier: 4 });
const freeze = defineTool({ ...definition, name: 'bank.freeze_account', tier: 3 });

const bank: ToolNamespace = {
  name: 'bank',
  tableName: (_, table) => table,
  resources: [{ name: 'Account', attributes: z.object({}) }],
  tools: [remove, freeze],
};

/** As it is deployed. */
const GUARDRAIL = readFileSync(join(POLICIES, 'guardrails', 'break-glass.cedar'), 'utf8');
const EVERYTHING = 'permit (principal, action, resource);';
const ASK =
  '@approvers("manager") @quorum("1") permit (principal, action, resource) when { context.approvals.manager >= 1 };';

function decided(
  tool: typeof remove | typeof freeze,
  policies: Record<string, string>,
  { incident, managers = 0 }: { readonly incident?: string; readonly managers?: number } = {},
) {
  const all = Object.entries({ guardrail: GUARDRAIL, ...policies }).map(([id, text]) => {
    const annotations = Object.fromEntries(
      [...text.matchAll(/@(\w+)\("([^"]*)"\)/g)].map(([, name, value]) => [name, value]),
    );
    return { id, text, effect: 'permit' as const, annotations, scope: {}, reads: [], file: 'test', line: 1 };
  });
  const schema = cedarSchema([bank], ['manager'], {});
  const engine = cedarEngine({ schema, policies: all });
  const request = policyRequest({
    agent: 'cleaner',
    workflow: 'closing',
    tenant: 'acme',
    user: { id: 'lena', roles: [] },
    mode: 'autonomous',
    definition: tool,
    arguments: { account: 'A1' },
    facts: { resource: { type: 'Account', id: 'A1', attributes: {} }, call: {} },
    approvals: { manager: managers },
    at: '2026-01-31T09:00:00.000Z',
    history: {},
    scores: { injection: 0 },
    breakGlass: incident === undefined ? undefined : { incident },
  });
  return { ...decide(engine, request), context: request.context };
}

test('a permit without any condition does not open a tool of tier 4, and the refusal says what would', () => {
  const { kind, policies, reasons } = decided(remove, { everything: EVERYTHING });
  assert.deepEqual([kind, policies], ['deny', ['guardrail']]);
  assert.match(reasons[0]?.message ?? '', /needs break-glass, .*: countersign break-glass open/);
});

test('under break-glass permits say what tier 4 may do, and without a permit it may nothing', () => {
  assert.equal(decided(remove, { everything: EVERYTHING }, { incident: 'INC-7' }).kind, 'allow');
  assert.equal(decided(remove, {}, { incident: 'INC-7' }).kind, 'deny');
});

test('an approval is no way around break-glass, and break-glass none around an approval', () => {
  assert.equal(decided(remove, { ask: ASK }, { managers: 1 }).kind, 'deny');
  assert.equal(decided(remove, { ask: ASK }, { incident: 'INC-7' }).kind, 'needs_approval');
  assert.equal(decided(remove, { ask: ASK }, { incident: 'INC-7', managers: 1 }).kind, 'allow');
});

test('a policy can ask for the incident', () => {
  const one =
    'permit (principal, action == Action::"bank.remove_account", resource) when { context.breakGlass.incident == "INC-7" };';
  assert.equal(decided(remove, { one }, { incident: 'INC-7' }).kind, 'allow');
  assert.equal(decided(remove, { one }, { incident: 'INC-8' }).kind, 'deny');
});

test('policies see break-glass for every call of tier 4 and for no other', () => {
  assert.deepEqual(decided(remove, {}).context.breakGlass, { active: false, incident: '' });
  assert.deepEqual(decided(remove, {}, { incident: 'INC-7' }).context.breakGlass, {
    active: true,
    incident: 'INC-7',
  });
  assert.equal(decided(freeze, {}, { incident: 'INC-7' }).context.breakGlass, undefined);
});

test('other tiers are none of break-glass', () => {
  assert.equal(decided(freeze, { everything: EVERYTHING }).kind, 'allow');
});
