/**
 * Proves on the synthesized templates who can do what. The judge is not this project's own: `@cloud-copilot/iam-simulate`
 * evaluates identity policies, boundaries, session policies, trust policies and resource policies by AWS's published
 * rules, actions and condition keys. It is AGPL-3.0-or-later, a development dependency that nothing shipped contains or
 * calls. The rows are data, in `iam/`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentCases } from './iam/agent-cases.ts';
import { auditorCases } from './iam/auditor-cases.ts';
import { arnOf } from './iam/calls.ts';
import { ADMINISTRATOR, type Case, roleCaller } from './iam/cases.ts';
import { controlPlaneCases } from './iam/control-plane-cases.ts';
import { type DeployedPolicies, deployedPolicies } from './iam/deployed-policies.ts';
import { documentInjectionCases } from './iam/document-injection-cases.ts';
import { type Call, type Caller, verdictOn } from './iam/evaluate.ts';
import { injectionCases } from './iam/injection-cases.ts';
import { logCases } from './iam/log-cases.ts';
import { toolCases } from './iam/tool-cases.ts';
import { type Assumption, assumptions, callsOf, serviceRoleCases } from './iam/trust-cases.ts';
import { MISPLACED_TRUST, WEAKNESSES, withRole } from './iam/weakened.ts';
import { synthesized } from './synthesized.ts';

/** What the proof began with; rows may be added, not lost. */
const MINIMUM_DENIED = 2000;
const MINIMUM_ALLOWED = 150;
const FUNCTIONS = 23;

const policies = deployedPolicies(synthesized());

const cases: readonly Case[] = [
  ...controlPlaneCases(policies),
  ...(await toolCases(policies)),
  ...(await agentCases(policies)),
  ...(await injectionCases(policies)),
  ...(await documentInjectionCases(policies)),
  ...serviceRoleCases(policies),
  ...logCases(policies),
  ...auditorCases(policies),
];
const becoming: readonly Assumption[] = await assumptions(policies);

/** By who makes the calls. */
function grouped<T extends { readonly who: string }>(rows: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(rows, ({ who }) => who)];
}

for (const [who, rows] of grouped(cases)) {
  const allowed = rows.filter(({ may }) => may).map(({ what }) => what);
  const count = allowed.length === 0 ? 'none' : `exactly ${allowed.length}`;
  test(`${who} may make ${count} of ${rows.length} calls`, async () => {
    const verdicts = await Promise.all(rows.map(({ caller, call }) => verdictOn(policies, caller, call)));
    const found = rows.filter((_, index) => verdicts[index] === 'Allowed').map(({ what }) => what);
    assert.deepEqual(found, allowed);
  });
}

for (const { who, what, may, caller, request } of becoming) {
  test(`${who} ${may ? 'may' : 'may not'} ${what}`, async () => {
    assert.equal(await isAssumed(policies, caller, request), may);
  });
}

/** Assuming takes every right that the request makes use of. */
async function isAssumed(
  judged: DeployedPolicies,
  caller: Caller,
  request: Assumption['request'],
): Promise<boolean> {
  const verdicts = await Promise.all(callsOf(request).map((call) => verdictOn(judged, caller, call)));
  return verdicts.every((verdict) => verdict === 'Allowed');
}

test('the table holds hundreds of calls that must be denied, and every one that the code makes', () => {
  const denied = [...cases, ...becoming].filter(({ may }) => !may).length;
  const allowed = cases.length + becoming.length - denied;
  assert.ok(denied >= MINIMUM_DENIED, `${denied} denied`);
  assert.ok(allowed >= MINIMUM_ALLOWED, `${allowed} allowed`);
});

test('each call would be allowed if none of these policies were there, so each denial is their doing', async () => {
  const calls = new Map(cases.map(({ call }) => [JSON.stringify(call), call]));
  // a key's own policy is what lets the account's identities use it at all
  const ofKeys = [...policies.resourcePolicies].filter(([arn]) => arn.includes(':kms:'));
  const nothing: DeployedPolicies = { ...policies, roles: new Map(), resourcePolicies: new Map(ofKeys) };
  for (const call of calls.values()) {
    assert.equal(await verdictOn(nothing, ADMINISTRATOR, call), 'Allowed', JSON.stringify(call));
  }
});

test('every function writes its own logs and no other', async () => {
  const functions = [...policies.roles.keys()].filter((name) =>
    policies.arns.has(`AWS::Lambda::Function ${name.replace(/Role$/, 'Function')}`),
  );
  assert.equal(functions.length, FUNCTIONS);
  for (const name of functions) {
    const written = await Promise.all(
      functions.map((other) => verdictOn(policies, roleCaller(policies, name), writeTo(other))),
    );
    assert.deepEqual(
      functions.filter((_, index) => written[index] === 'Allowed'),
      [name],
    );
  }
});

function logsOf(role: string): string {
  return role.replace(/Role$/, 'Logs');
}

function writeTo(role: string): Call {
  const group = arnOf(policies, 'Logs::LogGroup', logsOf(role)).replace(/:\*$/, '');
  return { action: 'logs:PutLogEvents', resource: `${group}:log-stream:2026/11/21/[$LATEST]0123` };
}

for (const [
  weakness,
  { weaken, session = (policy: string) => policy, cases: rowsOf, noticedBy },
] of Object.entries(WEAKNESSES)) {
  test(`the proof notices when ${weakness}`, async () => {
    const weak = weaken(policies);
    const rows = (await rowsOf(weak)).filter(({ who, what }) => `${who}: ${what}` === noticedBy);
    assert.equal(rows.length, 1, noticedBy);
    for (const { caller, call, may } of rows) {
      const weakCaller =
        caller.session === undefined
          ? caller
          : { ...caller, session: JSON.parse(session(JSON.stringify(caller.session))) };
      assert.equal((await verdictOn(weak, weakCaller, call)) === 'Allowed', !may);
    }
  });
}

for (const [row, misplace] of Object.entries(MISPLACED_TRUST)) {
  test(`the proof notices a trust under which ${row}`, async () => {
    const weak = withRole(policies, 'retail-support-Agent', ({ trust }) => ({
      trust: misplace(trust, policies.roles),
    }));
    const noticing = becoming.find(({ who, what }) => `${who} may ${what}` === row);
    assert.ok(noticing, row);
    assert.equal(await isAssumed(weak, noticing.caller, noticing.request), true);
    assert.equal(noticing.may, false);
  });
}
