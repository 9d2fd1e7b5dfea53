import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainEngine } from '../../../bench/decision/plain-engine.ts';
import type { RunMode } from '../../../contracts/run.ts';
import { canonicalJson, digestOf } from '../../../domain/call/canonical.ts';
import { type ParsedProposal, parseProposal } from '../../../domain/call/proposal.ts';
import type { PolicyCase } from '../../../domain/policy/case.ts';
import { type Decision, decide, type PolicyEngine } from '../../../domain/policy/decide.ts';
import { groupsOf } from '../../../domain/policy/groups.ts';
import { type PolicyRequest, policyRequest } from '../../../domain/policy/request.ts';
import { type Origin, provenanceMembers } from '../../../domain/provenance/origin.ts';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import type { Facts } from '../../../domain/tool/facts.ts';
import { cedarEngine, PolicyError } from '../../../functions/adapters/cedar.ts';
import { findTool } from '../../../functions/tools/registry.ts';
import { bundle } from '../../support/bundle.ts';
import { chooser, fuzzing } from '../../support/fuzz.ts';
import { policyCases } from '../../support/policy-cases.ts';
import { seeded } from '../../support/random.ts';
import { randomProposals } from '../../support/random-proposals.ts';

const { seed, cases } = fuzzing(2500);

const CASES = (['ALLOW', 'DENY', 'ASK', 'ASK', 'ASK', 'ASK'] as const).flatMap((folder) => [
  ...policyCases(folder).values(),
]);
const CASES_BY_TOOL = Map.groupBy(CASES, ({ tool }) => tool);
const MODES: readonly RunMode[] = ['autonomous', 'autonomous', 'autonomous', 'read_only', 'stopped'];
const ORIGINS: readonly Origin[] = ['user', 'directory', 'trusted_tool', 'untrusted_tool', 'none', 'absent'];
const ROLES = ['customer', 'support_agent', 'store_staff', 'support_manager', '__proto__', ''];

const plain = plainEngine('fuzz-decisions', bundle);

type Parsed = Extract<ParsedProposal, { ok: true }>;

/** Who asks, under which circumstances, and what is known of it: of cases about the tool, and mixed among them. */
function surroundings(random: () => number) {
  const { below, one, oncein } = chooser(random);

  function facts(it: PolicyCase, other: PolicyCase, { resource: type }: ToolDefinition): Facts {
    const { id } = it.resource;
    const odd = oncein(40)
      ? { [one(['exists', 'owner', '__proto__', 'more'])]: one([1, null, 'a', {}, []]) }
      : {};
    const attributes = { ...it.resource.attributes, ...(oncein(3) ? other.resource.attributes : {}), ...odd };
    if (oncein(4) && 'owner' in attributes) {
      delete attributes.owner;
    }
    const call = Object.entries(it.facts ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' ? one([value, 0, 50000, 50001, -1, Number.MAX_SAFE_INTEGER]) : value,
    ]);
    return { resource: { type, id, attributes }, call: Object.fromEntries(call) };
  }

  return ({ definition, proposal }: Parsed): PolicyRequest => {
    const about = CASES_BY_TOOL.get(definition.name) ?? CASES;
    const [it, other] = [one(about), one(about)];
    const user = oncein(2)
      ? it.user
      : { id: one([it.user.id, 'somebody', '']), roles: [one(ROLES), one(ROLES)].slice(below(3)) };
    const counters = Object.keys(bundle.history).map((counter) => [counter, one([0, 0, 1, 1000])]);
    const places = provenanceMembers(definition);
    const roles = bundle.directory.approver_roles.map((role) => [role, below(3)]);
    return policyRequest({
      ...{ agent: oncein(4) ? one(CASES).agent : it.agent, workflow: it.workflow, tenant: 'acme', user },
      ...{ mode: one(MODES), definition, arguments: proposal.arguments },
      facts: facts(it, other, definition),
      at: new Date(below(2 ** 31) * 1000).toISOString(),
      history: Object.fromEntries(counters),
      origins: Object.fromEntries(places.map((place) => [place, one(ORIGINS)])),
      scores: { injection: one([0, 0, 500, 1000]), sentiment: one([0, 1000]), topics: [] },
      approvals: oncein(2) ? Object.fromEntries(roles) : { support_manager: 0 },
      ...(oncein(2) ? { breakGlass: { incident: 'INC-1' } } : {}),
    });
  };
}

/** @returns undefined when nothing is decided, for a reason that is documented */
function decided(by: PolicyEngine, request: PolicyRequest): Decision | undefined {
  try {
    return decide(by, request);
  } catch (error) {
    assert.ok(by === plain || error instanceof PolicyError, `${error}`);
    return undefined;
  }
}

/** A refusal with all its reasons has to fit into an item of the ledger. */
const LONGEST_MESSAGE = 1000;
const MOST_REASONS = 21;

function assertExplained(reasons: readonly { readonly code: string; readonly message: string }[]): void {
  assert.ok(reasons.length > 0 && reasons.length <= MOST_REASONS, `refused for ${reasons.length} reasons`);
  for (const { code, message } of reasons) {
    assert.match(code, /^[a-z_]+$/);
    assert.ok(message !== '' && message.isWellFormed(), code);
    assert.ok(message.length < LONGEST_MESSAGE, `${message.length} characters: ${code}`);
  }
}

/** What was parsed is what is decided on and what is bound by the digest, however often it is read again. */
function assertParsedOnce({ definition, proposal }: Parsed): void {
  for (const name of Object.keys(proposal.arguments)) {
    assert.ok(Object.hasOwn(definition.input.shape, name), `argument '${name}' is none of the tool's`);
  }
  for (const text of [JSON.stringify(proposal), canonicalJson(proposal)]) {
    const again = parseProposal(JSON.parse(text), findTool);
    assert.ok(again.ok, 'what was parsed does not parse again');
    assert.equal(digestOf(again.proposal), digestOf(proposal));
  }
}

/** By heads, as the build reads them, and without asking Cedar. */
function assertPermitted(decision: Decision, { principal, action }: PolicyRequest): void {
  assert.notEqual(decision.policies.length, 0, 'allowed by no policy');
  const definition = findTool(action.id) as ToolDefinition;
  for (const id of decision.policies) {
    const policy = bundle.policies.find((each) => each.id === id);
    assert.equal(policy?.effect, 'permit', id);
    assert.ok([undefined, principal.id].includes(policy.scope.principal), id);
    const named = [action.id, ...groupsOf(definition)];
    assert.ok(policy.scope.actions?.some((each) => named.includes(each)) ?? true, id);
  }
}

/** How often each kind of answer was given. @throws AssertionError with the case that went wrong */
function fuzz(engine: PolicyEngine, times: number): ReadonlyMap<string, number> {
  const random = seeded(seed);
  const propose = randomProposals(random, CASES);
  const surround = surroundings(random);
  const seen = new Map<string, number>();
  for (let index = 0; index < times; index += 1) {
    const text = propose();
    try {
      const kind = tryOne(engine, text, surround);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    } catch (error) {
      assert.fail(
        `${(error as Error).stack}\ncase ${index} of FUZZ_SEED=${seed}: ${text.slice(0, SHOWN_LENGTH)}`,
      );
    }
  }
  return seen;
}

const SHOWN_LENGTH = 2000;

function tryOne(engine: PolicyEngine, text: string, surround: ReturnType<typeof surroundings>): string {
  const parsed = parseProposal(JSON.parse(text), findTool);
  if (!parsed.ok) {
    assertExplained(parsed.reasons);
    assert.ok(parsed.tool !== '' && parsed.tool.length <= 128 && parsed.tool.isWellFormed(), parsed.tool);
    return parsed.reasons[0]?.code ?? '';
  }
  assertParsedOnce(parsed);
  const request = surround(parsed);
  assert.equal(request.context.arguments, parsed.proposal.arguments);
  const [decision, expected] = [decided(engine, request), decided(plain, request)];
  if (expected === undefined) {
    // with quorums that nothing in the slice asks for, policies are not tried: then it may decide, but not to allow
    assert.notEqual(decision?.kind, 'allow', 'allowed what plain Cedar does not decide');
  } else {
    assert.deepEqual(decision, expected);
  }
  if (decision?.kind === 'allow') {
    assertPermitted(decision, request);
  }
  if (decision?.kind === 'deny') {
    assertExplained(decision.reasons);
  }
  return decision?.kind ?? 'undecided';
}

/** Every way in which a proposal can end here. */
const KINDS = [
  ...['malformed_proposal', 'unknown_tool', 'invalid_arguments', 'undecided'],
  ...['allow', 'deny', 'needs_approval'],
];

test(`of ${cases} random proposals none crashes the decision, or is allowed where all policies together do not (FUZZ_SEED=${seed})`, (context) => {
  const seen = fuzz(cedarEngine(bundle), cases);
  context.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  for (const kind of KINDS) {
    assert.ok((seen.get(kind) ?? 0) > cases / 1000, `${kind} ${seen.get(kind)} times, expected one in 1000`);
  }
});

/** Each lets through, or forgets, what all policies together do not. */
const WRONG: Readonly<Record<string, (right: PolicyEngine) => PolicyEngine>> = {
  'that leaves out a guardrail': () =>
    cedarEngine({
      ...bundle,
      policies: bundle.policies.filter(({ id }) => id !== 'guardrails/mode/stopped'),
    }),
  'that allows what nothing permits': (right) => ({
    ...right,
    evaluate: (request) => ({ ...right.evaluate(request), allowed: true }),
  }),
  'that takes a failure for an answer': (right) => ({
    ...right,
    evaluate: (request) => {
      try {
        return right.evaluate(request);
      } catch {
        return { allowed: true, policies: [] };
      }
    },
  }),
};

for (const [which, wrong] of Object.entries(WRONG)) {
  test(`an engine ${which} is found out`, () => {
    assert.throws(() => fuzz(wrong(cedarEngine(bundle)), cases), assert.AssertionError);
  });
}
