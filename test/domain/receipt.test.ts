import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LedgerEvent } from '../../contracts/events.ts';
import { accountOf } from '../../domain/audit/receipt.ts';
import { EventsDiffer, proofOf } from '../../domain/audit/receipt-proof.ts';
import { runOf } from '../../domain/audit/run-account.ts';
import { digestOf } from '../../domain/call/canonical.ts';
import { grantOf } from '../../domain/policy/grant.ts';
import { closed, decided, eventsOfRun, opened, requested } from '../support/metered.ts';
import { loggedAmongOthers, madeLog, PRICES, RUN_EVENTS, receiptIn } from '../support/receipts.ts';

const account = (events: readonly LedgerEvent[]) => accountOf(runOf(events), events, PRICES);

suite('the account of a run', () => {
  test('tells who answers for it and what it was allowed to do', () => {
    const { startedBy, owner, permission, run } = account(RUN_EVENTS);
    assert.deepEqual([startedBy, owner, run.user.id], ['app', 'desk', 'ines']);
    assert.deepEqual(permission, {
      ...{ mode: 'autonomous', capMicroDollars: 1_000_000, capChanges: [], laterPolicyDigests: [] },
    });
  });

  test('has every decision of a call, and the last as the one that counted', () => {
    const [, refused, asked] = account(RUN_EVENTS).calls;
    assert.deepEqual(
      [refused, asked].map((call) => call?.decisions.map(({ decision }) => decision)),
      [['deny'], ['needs_approval', 'allow']],
    );
    assert.deepEqual([refused?.decision, asked?.decision], ['deny', 'allow']);
    assert.deepEqual(asked?.approval?.quorum, 2);
    assert.equal(asked?.approval?.verdicts.length, 2);
  });

  test('adds up what each model was asked', () => {
    const expected = { answers: 3, inputTokens: 300, outputTokens: 30, costMicroDollars: 150 };
    assert.deepEqual(account(RUN_EVENTS).models, [{ model: 'large', ...expected }]);
  });

  test('names policies that were deployed while it ran', () => {
    const events = eventsOfRun(
      {},
      ...[requested(), opened(), decided('0001-00', 'a.b', 'deny', { policyDigest: 'later' })],
    );
    assert.deepEqual(account(events).permission.laterPolicyDigests, ['later']);
  });

  test('tells what people made of the cap, and what they were asked about the run', () => {
    const change = { beforeMicroDollars: 1, capMicroDollars: 2, by: 'maria', note: 'more' };
    const events = eventsOfRun(
      {},
      ...[requested(), opened(), { type: 'budget.cap_changed', ...change } as const],
      {
        ...{ type: 'run.questioned', approvalId: 'go-1', approverRole: 'manager' },
        reason: { code: 'loop', message: 'the same call three times' },
      },
      {
        ...{ type: 'approval.verdict', callId: '', approvalId: 'go-1', verdict: 'approve', by: 'theo' },
        ...{ via: 'slack', afterSeconds: 3, state: 'approved' },
      },
      { type: 'run.continued', approvalId: 'go-1' },
    );
    const { permission, questions } = account(events);
    assert.deepEqual(permission.capChanges, [{ at: events[2]?.at, ...change }]);
    assert.deepEqual(
      questions.map(({ continued, verdicts }) => [continued, verdicts[0]?.by, verdicts[0]?.via]),
      [[true, 'theo', 'slack']],
    );
  });

  test('of a run that was never opened, or is not over, says so', () => {
    const [first = assert.fail(), second = assert.fail()] = eventsOfRun({}, requested(), opened());
    assert.equal(runOf([first]).status, 'requested');
    assert.equal(account([first]).permission.mode, undefined);
    assert.equal(runOf([first, second]).status, 'open');
    assert.throws(() => runOf([second]), /no run\.requested among 1 events/);
  });

  test('has the outcome of the run with its reason', () => {
    const { outcome, reason, closedAt } = runOf(
      eventsOfRun({}, requested(), closed('failed', 'step_failed')),
    );
    assert.deepEqual([outcome, reason?.code], ['failed', 'step_failed']);
    assert.ok(closedAt);
  });
});

suite('the proof of a run', () => {
  test('says of events that are not integrated, or not signed for yet, that they wait', async () => {
    const log = madeLog(RUN_EVENTS.slice(0, 10));
    const ahead = { ...log, leafOf: (event: LedgerEvent) => RUN_EVENTS.indexOf(event) };
    for (const each of [log, ahead]) {
      const { proof } = await receiptIn(each);
      assert.equal(proof.pending, 5);
      assert.match(proof.says, /^5 of the 15 events are not under a signed checkpoint yet/);
      assert.deepEqual(
        proof.entries.map(({ leaf, path }) => leaf !== undefined && path !== undefined),
        RUN_EVENTS.map((_, index) => index < 10),
      );
    }
  });

  test('of a log that was never signed has the events alone', async () => {
    const proof = await proofOf(RUN_EVENTS, 'log', undefined, () => undefined);
    assert.deepEqual([proof.checkpoint, proof.pending, proof.hashes], [undefined, 15, []]);
    assert.match(proof.says, /nothing was ever signed/);
  });

  test('is refused for an event that is another one in the log, by its name', async () => {
    const { tree, leafOf } = loggedAmongOthers(RUN_EVENTS);
    const [first = assert.fail(), ...others] = RUN_EVENTS;
    const changed = { ...first, at: '2026-11-21T10:00:00.001Z' };
    await assert.rejects(
      proofOf([changed, ...others], 'log', tree, (event) => leafOf(event) ?? leafOf(first)),
      (error) =>
        error instanceof EventsDiffer && error.message.includes(`event ${first.id} of ${changed.at}`),
    );
  });
});

suite('what an envelope grants', () => {
  const envelope = {
    ...{ version: '3', workflow: 'desk', agent: 'desk', owner: 'desk', steward: 'platform' },
    ...{ reviewer_role: 'manager', mode: 'autonomous', loops: {}, logging: {} },
    models: { reasoning: 'large' },
    budgets: { hard_cost_cap_usd: 1, max_tool_calls: 7 },
    permissions: { allowed_tools: [] },
  };
  const policy = (id: string, annotations = {}) => ({
    ...{ id, text: `permit; // ${id}`, effect: 'permit', annotations, scope: {}, reads: [] },
    ...{ file: '', line: 1 },
  });
  const bundle = {
    digest: 'p',
    envelopes: { desk: envelope },
    policies: [policy('agents/desk/large', { reason: 'much money' }), policy('agents/desk/other')],
    destinations: {},
  } as unknown as Parameters<typeof grantOf>[1];
  const ofRun = {
    ...account(RUN_EVENTS),
    envelopeDigest: digestOf(envelope),
  };

  test('is of the run when envelope and policies have its digests, with the policies that decided', () => {
    const granted = grantOf(ofRun, bundle, []);
    assert.equal(granted?.source, 'of_the_run');
    assert.deepEqual(
      [granted.steward, granted.reviewerRole, granted.toolCallsPerRun],
      ['platform', 'manager', 7],
    );
    assert.deepEqual(
      granted.policies.map(({ id, reason }) => [id, reason]),
      [['agents/desk/large', 'much money']],
    );
  });

  for (const [what, account] of [
    ['an envelope', { ...ofRun, envelopeDigest: 'another' }],
    ['policies', { ...ofRun, policyDigest: 'another' }],
  ] as const) {
    test(`is called that of today when the run had other ${what}`, () => {
      assert.equal(grantOf(account, bundle, [])?.source, 'deployed_now');
    });
  }

  test('is nothing when the workflow is no longer deployed', () => {
    assert.equal(grantOf({ ...ofRun, run: { ...ofRun.run, workflow: 'gone' } }, bundle, []), undefined);
  });
});
