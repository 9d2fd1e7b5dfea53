import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { daysBetween } from '../../../cli/log/days.ts';
import { sinceOf } from '../../../cli/policy/backtest.ts';
import { shownDigest } from '../../../domain/audit/event.ts';
import { changeBetween, changeName, type Outcome, worstFirst } from '../../../domain/policy/changes.ts';
import type { RecordedDecision } from '../../../domain/policy/recorded.ts';
import { countersign, countersignIn } from '../../support/command-line.ts';
import { DIGEST_KEY } from '../../support/digest-key.ts';
import { APPROVED, envelope, permit, pointsCase, policyRoot } from '../../support/policy-folder.ts';
import { decided } from '../../support/recorded.ts';

const POINTS = 'loyalty.add_points';
const upTo = (points: number) => permit('few', POINTS, `context.arguments.points <= ${points}`);
const APPROVABLE = permit('many', POINTS, 'context.approvals.support_manager >= 1', APPROVED);
const CASES = {
  'cases/ALLOW/5-points.json': pointsCase(5, []),
  'cases/DENY/50-points.json': pointsCase(50, []),
};

async function backtested(
  policies: string,
  records: readonly RecordedDecision[],
  more: Record<string, unknown> = {},
) {
  using folder = policyRoot({ 'agents/desk.cedar': policies, ...more });
  const from = join(folder.project, 'events', `dt=${new Date().toISOString().slice(0, 10)}`);
  mkdirSync(from, { recursive: true });
  writeFileSync(join(from, 'batch.ndjson'), records.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const line = [
    'policy',
    'backtest',
    '--root',
    folder.root,
    '--from',
    join(folder.project, 'events'),
    '--json',
  ];
  const { code, stdout } = await countersign(line);
  return { code, ...JSON.parse(stdout) };
}

async function compared(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  ...options: readonly string[]
) {
  using one = policyRoot({ ...CASES, ...before });
  using other = policyRoot({ ...CASES, ...after });
  const { code, stdout } = await countersign(['policy', 'diff', one.root, other.root, '--json', ...options]);
  return { code, ...JSON.parse(stdout) };
}

test('a recorded call that would be decided alike is the same', async () => {
  const { code, decisions, same } = await backtested(upTo(5), [decided()]);
  assert.deepEqual([code, decisions, same], [0, 1, 1]);
});

test('a recorded call that would be denied is told, and is no failure', async () => {
  const { code, changed } = await backtested(upTo(4), [decided()]);
  assert.deepEqual(
    [code, changed[0].change, changed[0].direction, changed[0].runId],
    [0, 'ALLOW -> DENY', 'tighter', 'run-1'],
  );
});

test('a recorded call that was denied and would be allowed fails', async () => {
  const denied = decided({ decision: 'deny', policies: [], reasons: [{ code: 'no_permit', message: '' }] });
  const { code, changed } = await backtested(upTo(5), [denied]);
  assert.deepEqual([code, changed[0].change], [1, 'DENY -> ALLOW']);
});

test('a recorded call that people would have to approve is ALLOW -> ASK', async () => {
  const { changed } = await backtested(`${upTo(4)}${APPROVABLE}`, [decided()]);
  assert.deepEqual(
    [changed[0].change, changed[0].to.quorum],
    ['ALLOW -> ASK', { approverRole: 'support_manager', people: 1 }],
  );
});

test('what depends on a value that the log hides cannot be told, and names it', async () => {
  const hidden = decided({
    arguments: { member_id: shownDigest(DIGEST_KEY, 'm_9'), points: 5, reason: 'goodwill' },
  });
  const byMember = permit('few', POINTS, 'context.arguments.member_id == "m_9"');
  const { code, cannotTell } = await backtested(byMember, [hidden]);
  assert.deepEqual([code, cannotTell[0].needs], [0, ['context.arguments.member_id']]);
  assert.equal((await backtested(upTo(5), [hidden])).same, 1, 'a policy that does not look at it decides');
});

test('a hidden value that is not the user is known not to be the user', async () => {
  const own = permit('few', POINTS, 'context.arguments.member_id == context.user.id');
  const given = { member_id: shownDigest(DIGEST_KEY, 'x'), points: 5, reason: 'goodwill' };
  const recorded = decided({ arguments: given });
  const { context } = recorded;
  assert.equal((await backtested(own, [recorded])).changed[0].change, 'ALLOW -> DENY');
  const ofUser = { ...recorded, context: { ...context, users: ['arguments.member_id'] } } as RecordedDecision;
  assert.equal((await backtested(own, [ofUser])).same, 1);
});

test('a hidden value that is the resource or the tenant is known to be it', async () => {
  const given = { member_id: shownDigest(DIGEST_KEY, 'x'), points: 5, reason: 'goodwill' };
  const recorded = decided({ arguments: given });
  const { context } = recorded;
  for (const [member, id] of [
    ['targets', 'm_1'],
    ['tenants', 'acme'],
  ] as const) {
    const known = {
      ...recorded,
      context: { ...context, [member]: ['arguments.member_id'] },
    } as RecordedDecision;
    const policy = permit('few', POINTS, `context.arguments.member_id == "${id}"`);
    assert.equal((await backtested(policy, [known])).same, 1, member);
  }
});

test('a redacted value is unknown', async () => {
  const redacted = decided({ arguments: { member_id: '[redacted: email]', points: 5, reason: 'goodwill' } });
  const { cannotTell } = await backtested(permit('few', POINTS, 'context.arguments.member_id != "m_1"'), [
    redacted,
  ]);
  assert.deepEqual(cannotTell[0].needs, ['context.arguments.member_id']);
});

test('a record without its context cannot be told, and one that a budget refused is not by policy', async () => {
  const { context: _, ...old } = decided({ callId: '0002-00' });
  const spent = decided({
    callId: '0003-00',
    decision: 'deny',
    reasons: [{ code: 'budget_exhausted', message: '' }],
  });
  const { cannotTell, outsidePolicy } = await backtested(upTo(5), [old as RecordedDecision, spent]);
  assert.deepEqual([cannotTell.length, outsidePolicy[0].code], [1, 'budget_exhausted']);
});

test('a tool that left the envelope is ALLOW -> DENY by the envelope', async () => {
  const more = { 'envelopes/desk.yaml': envelope({ tools: ['retail.get_order_details'] }) };
  const { changed } = await backtested(upTo(5), [decided()], more);
  assert.deepEqual([changed[0].change, changed[0].to.policies], ['ALLOW -> DENY', ['envelope']]);
});

test('events that were delivered twice count once, those before --since not at all', async () => {
  const early = decided({ callId: '0002-00', at: '2020-01-01T00:00:00.000Z' });
  assert.equal(
    (await backtested(upTo(5), [decided({ at: new Date().toISOString() }), decided(), early])).decisions,
    1,
  );
});

test('a line that is no event of a known version is exit code 2 with file and line', async () => {
  const strange = { ...decided(), v: 2 } as unknown as RecordedDecision;
  await assert.rejects(backtested(upTo(5), [decided(), strange]), {
    exitCode: 2,
    message: /batch\.ndjson:2: an event of version 2/,
  });
});

test('--since is a span or a date, and the days that are read begin one before', () => {
  const now = new Date('2026-11-21T10:00:00.000Z');
  assert.equal(sinceOf('36h', now).toISOString(), '2026-11-19T22:00:00.000Z');
  assert.equal(sinceOf('2w', now).toISOString(), '2026-11-07T10:00:00.000Z');
  assert.equal(sinceOf('2026-10-01', now).toISOString(), '2026-10-01T00:00:00.000Z');
  assert.throws(() => sinceOf('soon', now), { exitCode: 2 });
  assert.deepEqual(daysBetween(new Date('2026-11-20T00:00:00.000Z'), now), [
    '2026-11-19',
    '2026-11-20',
    '2026-11-21',
  ]);
});

test('equal sides differ in nothing', async () => {
  const { code, written, cases } = await compared(
    { 'agents/desk.cedar': upTo(5) },
    { 'agents/desk.cedar': upTo(5) },
  );
  assert.deepEqual([code, written.policies.changed, cases.changed, cases.decided], [0, [], [], 2]);
});

test('a looser policy is told with the deciding policies before and after, and fails unless nobody minds', async () => {
  const sides = [{ 'agents/desk.cedar': upTo(5) }, { 'agents/desk.cedar': upTo(50) }] as const;
  const { code, written, cases } = await compared(...sides);
  assert.deepEqual(
    [code, written.policies.changed.map(({ id }: { id: string }) => id)],
    [1, ['agents/desk/few']],
  );
  assert.deepEqual(
    cases.changed.map(({ change, claim, from, to }: Record<string, Outcome>) => [
      change,
      claim,
      from?.policies,
      to?.policies,
    ]),
    [['DENY -> ALLOW', '50 points', [], ['agents/desk/few']]],
  );
  assert.equal((await compared(...sides, '--fail-on', 'none')).code, 0);
});

test('a tighter policy fails only when any change does', async () => {
  const sides = [{ 'agents/desk.cedar': upTo(5) }, { 'agents/desk.cedar': upTo(4) }] as const;
  assert.equal((await compared(...sides)).code, 0);
  assert.equal((await compared(...sides, '--fail-on', 'any')).code, 1);
});

test('added and removed policies and fields of envelopes are listed', async () => {
  const { written } = await compared(
    { 'agents/desk.cedar': upTo(5) },
    { 'agents/desk.cedar': APPROVABLE, 'envelopes/desk.yaml': envelope({ mode: 'read_only' }) },
  );
  const ids = (of: readonly { id: string }[]) => of.map(({ id }) => id);
  assert.deepEqual(
    [ids(written.policies.added), ids(written.policies.removed)],
    [['agents/desk/many'], ['agents/desk/few']],
  );
  assert.deepEqual(written.envelopes.changed, [{ id: 'desk', fields: ['mode'] }]);
});

test('recorded runs are compared under both sides', async () => {
  using folder = policyRoot({});
  folder.write({ 'records.ndjson': `${JSON.stringify(decided())}\n` });
  const records = join(folder.root, 'records.ndjson');
  const sides = [{ 'agents/desk.cedar': upTo(4) }, { 'agents/desk.cedar': upTo(5) }] as const;
  const { code, records: found } = await compared(...sides, '--records', records);
  assert.deepEqual([code, found.decisions, found.changed[0].change], [1, 1, 'DENY -> ALLOW']);
});

test('a git revision is a side, with the policies as they were', async () => {
  using folder = policyRoot({ ...CASES, 'agents/desk.cedar': upTo(5) });
  const git = (...parameters: readonly string[]) => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
    assert.equal(spawnSync('git', ['-C', folder.project, ...who, ...parameters]).status, 0);
  };
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'before');
  folder.write({ 'agents/desk.cedar': upTo(50) });
  const { code, stdout } = await countersignIn(folder.project, ['policy', 'diff', 'HEAD', folder.root]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /DENY -> ALLOW {2}1, looser\n {2}DENY: 50 points\n {4}before: no policy permits it\n {4}after: {2}agents\/desk\/few/,
  );
  await assert.rejects(countersignIn(folder.project, ['policy', 'diff', '--', '--output=x', folder.root]), {
    exitCode: 2,
  });
});

test('changes are listed from what must be looked at first, whatever order they come in', () => {
  const ask = (people: number): Outcome => ({
    kind: 'needs_approval',
    policies: [],
    quorum: { approverRole: 'r', people },
  });
  const of = (kind: Outcome['kind']): Outcome =>
    kind === 'needs_approval' ? ask(1) : { kind, policies: [] };
  const kinds = ['undecided', 'allow', 'needs_approval', 'deny'] as const;
  const pairs = kinds
    .flatMap((from) => kinds.map((to) => changeBetween(of(from), of(to))))
    .filter((each) => each !== undefined);
  const sorted = worstFirst(pairs.map((change) => ({ change }))).map(
    ({ change }) => `${changeName(change)} ${change.direction}`,
  );
  assert.deepEqual(sorted, [
    'DENY -> ALLOW looser',
    'UNDECIDED -> ALLOW looser',
    'ASK -> ALLOW looser',
    'DENY -> ASK looser',
    'UNDECIDED -> ASK looser',
    'ALLOW -> DENY tighter',
    'ALLOW -> UNDECIDED tighter',
    'ALLOW -> ASK tighter',
    'ASK -> DENY tighter',
    'ASK -> UNDECIDED tighter',
    'DENY -> UNDECIDED tighter',
    'UNDECIDED -> DENY tighter',
  ]);
  assert.equal(changeBetween(ask(2), ask(1))?.direction, 'looser');
  assert.equal(changeBetween(ask(1), ask(2))?.direction, 'tighter');
  const other = { ...ask(2), quorum: { approverRole: 'other', people: 3 } };
  assert.equal(changeBetween(ask(2), other)?.direction, 'looser', 'other people may approve');
});
