import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { bundleKey } from '../../../contracts/log.ts';
import { canonicalJson } from '../../../domain/call/canonical.ts';
import { contentOf } from '../../../domain/policy/bundle.ts';
import type { ToolDefinition } from '../../../domain/tool/definition.ts';
import { NAMESPACES } from '../../../functions/tools/registry.ts';
import { buildPolicyBundle } from '../../../infra/policy/build-bundle.ts';
import { countersignIn } from '../../support/command-line.ts';
import { envelope, permit, policyRoot } from '../../support/policy-folder.ts';
import {
  ASKED,
  DESK_POLICIES,
  decision,
  digestOfPolicies,
  event,
  executed,
  MANAGER,
  POINTS,
  replayed,
  withEvents,
} from '../../support/replay.ts';

const CLOSED = event(9, 'run/closed', {
  type: 'run.closed',
  outcome: 'completed',
  spentMicroDollars: 40,
  calls: 1,
});
const ARGUMENTS = { member_id: 'm_1', points: 500, reason: 'goodwill' };
const verdict = (by: string, given: 'approve' | 'withdraw' = 'approve') =>
  event(4, `0001-00/verdict/${by}/${given}`, {
    ...{ type: 'approval.verdict', callId: '0001-00', approvalId: 'a-1', verdict: given, by, via: 'api' },
    ...{ afterSeconds: 2, state: 'approved' },
  });

function approvedRun(policyDigest: string, people = 1) {
  const call = { arguments: ARGUMENTS, policyDigest };
  const approved = { ...decisionContext(), approvals: { support_manager: people } };
  return [
    decision(1, { ...call, ...ASKED, ...MANAGER }),
    verdict('maria'),
    decision(5, {
      ...{ ...call, id: '0001-00/decided/a-1', policies: ['agents/desk/many'], approvalId: 'a-1' },
      context: approved,
    }),
    executed(6),
  ];
}

function decisionContext() {
  const { context } = decision(1) as { context?: object };
  return { mode: 'autonomous' as const, user: { id: 'ines' }, ...context };
}

test('a run is shown step by step, and every decision of it follows from the policies that it names', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const events = [...approvedRun(digestOfPolicies(folder.root)), CLOSED];
  const words = ['replay', 'run-1', '--recorded', folder.root];
  const { code, stdout } = await withEvents(words, events, folder);
  assert.equal(code, 0);
  for (const line of [
    /^1\/2 {2}call 0001-00 {2}loyalty\.add_points on Member\/m_1$/m,
    /arguments +member_id="m_1" points=500 reason="goodwill"$/m,
    /decided +needs_approval by agents\/desk\/many \(1 support_manager\), 2026-11-21T10:15:01/m,
    /said +maria approve, 2026/m,
    /decided +allow by agents\/desk\/many, 2026/m,
    /approval +a-1, approved by support_manager=1$/m,
    /under [0-9a-f]{12} +same$/m,
    /under policies of now +same$/m,
    /outcome +succeeded, 2026/m,
    /changed +members\/m_1: points 10 to 15$/m,
    /cost +\$0\.00004, released \$0\.00001$/m,
    /^2\/2 {2}2026-11-21T10:15:09.000Z {2}closed +completed/m,
    /^2 decisions$/m,
    /under the policies that they name +2 same$/m,
    /^no decision differs$/m,
  ]) {
    assert.match(stdout, line);
  }
});

test('a policy that has changed since shows as changed under the policies of now alone', async () => {
  using then = policyRoot(DESK_POLICIES);
  using now = policyRoot({ 'agents/desk.cedar': permit('few', POINTS, 'context.arguments.points <= 3') });
  const events = [decision(1, { policyDigest: digestOfPolicies(then.root) }), executed(2)];
  const { code, decisions, summary } = await replayed(events, now, then.root);
  assert.equal(code, 1);
  assert.deepEqual(decisions[0].recorded, { status: 'same' });
  assert.deepEqual(
    [decisions[0].current.status, decisions[0].current.from.kind, decisions[0].current.to.kind],
    ['changed', 'allow', 'deny'],
  );
  assert.equal(summary.current.changed, 1);
  const words = ['replay', 'run-1', '--recorded', then.root];
  const { stdout } = await withEvents(words, events, now);
  assert.match(stdout, /under policies of now +changed: allow -> deny by no policy$/m);
  assert.match(stdout, /^some decision differs$/m);
});

test('a decision that these policies do not make of these inputs does not follow', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const policyDigest = digestOfPolicies(folder.root);
  const follows = async (more: object) => {
    const { code, decisions } = await replayed([decision(1, { policyDigest, ...more })], folder);
    return [code, decisions[0].recorded.status];
  };
  assert.deepEqual(await follows({}), [0, 'same']);
  assert.deepEqual(await follows({ arguments: ARGUMENTS }), [1, 'changed'], 'too many points');
  assert.deepEqual(await follows({ decision: 'deny', policies: [] }), [1, 'changed'], 'refused');
  assert.deepEqual(await follows({ policies: ['agents/desk/many'] }), [1, 'changed'], 'by another policy');
  const both = ['agents/desk/few', 'agents/desk/many'];
  assert.deepEqual(await follows({ policies: both }), [1, 'changed'], 'by one policy more');
  const asked = { arguments: ARGUMENTS, ...ASKED, ...MANAGER };
  assert.deepEqual(await follows(asked), [0, 'same']);
  assert.deepEqual(await follows({ ...asked, quorum: 2 }), [1, 'changed'], 'by more people');
});

test('what the log hides is unknown, and never the same', async () => {
  using folder = policyRoot({
    'agents/desk.cedar': permit('for', POINTS, 'context.arguments.reason == "goodwill"'),
  });
  const policyDigest = digestOfPolicies(folder.root);
  const hidden = { ...ARGUMENTS, reason: 'sha256:0123456789abcdef' };
  const { code, decisions, summary } = await replayed(
    [decision(1, { policyDigest, arguments: hidden, policies: ['agents/desk/for'] })],
    folder,
  );
  assert.equal(code, 0, 'nothing is known to differ');
  const needs = ['context.arguments.reason'];
  assert.deepEqual(decisions[0].recorded, { status: 'unknown', needs });
  assert.deepEqual(decisions[0].current, { status: 'unknown', needs });
  assert.deepEqual([summary.recorded.same, summary.recorded.unknown], [0, 1]);
});

test('of what is partly hidden a policy that does decide has to be named', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const policyDigest = digestOfPolicies(folder.root);
  const hidden = { member_id: 'm_1', points: 5, reason: 'sha256:0123456789abcdef' };
  const { code, decisions } = await replayed([decision(1, { policyDigest, arguments: hidden })], folder);
  assert.deepEqual([code, decisions[0].recorded], [0, { status: 'same' }]);
  const forged = await replayed(
    [decision(1, { policyDigest, arguments: hidden, policies: ['agents/desk/many'] })],
    folder,
  );
  assert.deepEqual([forged.code, forged.decisions[0].recorded.status], [1, 'changed']);
});

test('without the very policies that a decision names nothing is said of it under them', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const { code, decisions } = await replayed([decision(1)], folder);
  assert.equal(code, 0);
  assert.equal(decisions[0].recorded.status, 'unknown');
  const found = digestOfPolicies(folder.root);
  assert.deepEqual(decisions[0].recorded.needs, [
    `the policies of digest ${'0'.repeat(64)}: what is there has ${found}`,
  ]);
  assert.deepEqual(decisions[0].current, { status: 'same' });
});

test('a copy of the log is read with the policies that it keeps, and they are believed by their digest alone', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const bundle = buildPolicyBundle(folder.root, NAMESPACES);
  const copy = join(folder.project, 'copy');
  const events = [decision(1, { policyDigest: bundle.digest }), executed(2)];
  const other = decision(1, { runId: 'run-2' });
  const lines = [...events, ...events, other].map((each) => canonicalJson(each)).join('\n');
  mkdirSync(join(copy, 'events', 'dt=2026-11-21'), { recursive: true });
  mkdirSync(join(copy, 'bundles'));
  writeFileSync(join(copy, 'events', 'dt=2026-11-21', 'one.ndjson'), `${lines}\n`);
  const line = ['replay', 'run-1', '--root', folder.root, '--tenant', 'acme', '--dir', copy, '--json'];
  const recordedBy = async () => {
    const { stdout } = await countersignIn(folder.project, line);
    const steps = stdout.trim().split('\n');
    assert.equal(steps.length, 2, 'one call, though the log has it twice, and the summary');
    return JSON.parse(steps[0] ?? '').decisions[0].recorded;
  };
  assert.match((await recordedBy()).needs[0], /bundles\/[0-9a-f]{64}\.json: ENOENT/);
  const file = join(copy, bundleKey(bundle.digest));
  writeFileSync(file, canonicalJson(contentOf(bundle)));
  assert.deepEqual(await recordedBy(), { status: 'same' });
  const looser = { ...contentOf(bundle), policies: bundle.policies.slice(0, 1) };
  writeFileSync(file, canonicalJson(looser));
  assert.match((await recordedBy()).needs[0], /what is there has [0-9a-f]{64}$/);
  writeFileSync(file, 'not json');
  assert.match((await recordedBy()).needs[0], /what is there has none, it is no json$/);
});

test('decisions on a tool that was declared otherwise then are unknown, and on others are not', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const recordedWith = async (changed: string) => {
    const namespaces = NAMESPACES.map((namespace) => ({
      ...namespace,
      tools: namespace.tools.map((tool: ToolDefinition) =>
        tool.name === changed ? { ...tool, input: tool.input.extend({ note: z.string() }) } : tool,
      ),
    }));
    const bundle = buildPolicyBundle(folder.root, namespaces);
    const file = join(folder.project, `${changed}.json`);
    writeFileSync(file, JSON.stringify(bundle));
    const { decisions } = await replayed([decision(1, { policyDigest: bundle.digest })], folder, file);
    return decisions[0].recorded;
  };
  assert.deepEqual(await recordedWith('loyalty.get_points'), { status: 'same' });
  const needs = [`tool '${POINTS}' as it was declared then`];
  assert.deepEqual(await recordedWith(POINTS), { status: 'unknown', needs });
});

test('a refusal by something else is no decision of policies, but an envelope that has the tool has not refused it', async () => {
  using folder = policyRoot(DESK_POLICIES);
  using without = policyRoot({
    ...DESK_POLICIES,
    'envelopes/desk.yaml': envelope({ tools: ['retail.get_order_details'] }),
  });
  const refused = (code: string, root: string) => [
    decision(1, {
      ...{ decision: 'deny', policies: [], context: undefined, policyDigest: digestOfPolicies(root) },
      reasons: [{ code, message: 'no' }],
    }),
  ];
  const budget = await replayed(refused('budget_exhausted', folder.root), folder);
  assert.deepEqual(budget.decisions[0].recorded, { status: 'not_by_policy', code: 'budget_exhausted' });
  assert.equal(budget.code, 0);
  const rightly = await replayed(refused('tool_not_in_envelope', without.root), without);
  assert.deepEqual([rightly.code, rightly.decisions[0].recorded], [0, { status: 'same' }]);
  const wrongly = await replayed(refused('tool_not_in_envelope', folder.root), folder);
  assert.deepEqual([wrongly.code, wrongly.decisions[0].recorded.status], [1, 'changed']);
});

test('approvals that a decision counts and nobody gave contradict the record', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const digest = digestOfPolicies(folder.root);
  const contradictions = async (events: Parameters<typeof replayed>[0]) => {
    const { code, steps } = await replayed(events, folder);
    return [code, ...steps[0].contradictions];
  };
  assert.deepEqual(await contradictions(approvedRun(digest)), [0]);
  assert.deepEqual(await contradictions(approvedRun(digest, 2)), [
    1,
    'it was decided with the approvals of 2, and the record has those of 1',
  ]);
  const withdrawn = [...approvedRun(digest), verdict('maria', 'withdraw')];
  assert.deepEqual(await contradictions(withdrawn), [
    1,
    'it was decided with the approvals of 1, and the record has those of 0',
  ]);
});

test('what was executed without a decision that allows it contradicts the record', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const denied = decision(1, { decision: 'deny', policies: [], arguments: ARGUMENTS });
  for (const events of [[executed(2)], [denied, executed(2)]]) {
    const { code, steps } = await replayed(events, folder);
    assert.deepEqual(
      [code, steps[0].contradictions],
      [1, ['it was executed, and no decision of the record allows it']],
    );
  }
});

test('what somebody wrote into the record moves no cursor', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const reasons = [{ code: 'no_permit', message: '\u001b[2Jcleared' }];
  const events = [
    decision(1, { decision: 'deny', policies: ['\u001b[31mred'], reasons, resource: 'Member/\u009b' }),
  ];
  const { stdout } = await withEvents(['replay', 'run-1'], events, folder);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('a forged record that makes no request, or no event, is shown and decided of as little as it says', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const policyDigest = digestOfPolicies(folder.root);
  const points = { __extn: { fn: 'no_such_function', arg: 'x' } };
  const forged = decision(1, { policyDigest, arguments: { ...ARGUMENTS, points } });
  const { code, decisions } = await replayed([forged], folder);
  assert.deepEqual(
    [code, decisions[0].recorded.status, decisions[0].current.status],
    [0, 'unknown', 'unknown'],
  );
  assert.match(decisions[0].recorded.needs[0], /^inputs that can be decided on: /);
  const opened = { ...CLOSED, id: 'run/opened', type: 'run.opened' } as never;
  const { stdout } = await withEvents(['replay', 'run-1'], [opened], folder);
  assert.match(stdout, /^1\/1 {2}not as an event should be \(.*\): \{"v":1,/m);
});

test('a record that cannot be read, and a run that is in none, are exit code 2', async () => {
  using folder = policyRoot(DESK_POLICIES);
  const replay = (events: Parameters<typeof replayed>[0], ...more: string[]) =>
    withEvents(['replay', 'run-1', ...more], events, folder);
  await assert.rejects(replay([]), { exitCode: 2, message: /no events of run 'run-1' of tenant 'acme'/ });
  await assert.rejects(replay([decision(1, { policies: 'all' as never })]), {
    exitCode: 2,
    message: /event 1 of the run: policies: /,
  });
  const broken = { ...executed(1), effects: undefined } as never;
  await assert.rejects(replay([decision(1), broken]), { exitCode: 2, message: /event 2 of the run/ });
  const two = replay([decision(1)], '--bucket', '--dir', folder.root);
  await assert.rejects(two, { exitCode: 2, message: /one place to read the run from/ });
  await assert.rejects(replay([decision(1)], '--recorded', '/nowhere'), {
    exitCode: 2,
    message: /\/nowhere/,
  });
});
